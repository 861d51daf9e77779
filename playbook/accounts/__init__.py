"""The vendor's side, reading: account tables, where ids are kept, and what references an account."""
