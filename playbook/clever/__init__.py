"""Clever's side: the endpoint catalogue, the wire shapes, the client, and the snapshot on disk."""
