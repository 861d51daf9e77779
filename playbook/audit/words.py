"""Word lists, written as one reads them."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Return the words of a text, separated by any space."""
    return frozenset(text.split())
