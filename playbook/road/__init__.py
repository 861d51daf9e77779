"""The steps of the road: each reads what earlier steps wrote, calls the rooms, writes its artefacts and its summary."""
