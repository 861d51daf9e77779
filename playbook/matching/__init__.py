"""Who is who: accounts and users become pairs, ties, unmatched and conflicts. Pure."""
