"""What a pattern takes out of a value: `{ data: kite }`, `({ id, grade })`, `%{"data" => kite}`, `[key, row]`."""

from __future__ import annotations

from collections.abc import Iterator

from playbook.audit.reading.node import Chain, Items, Node, Pair, Text
from playbook.audit.reading.paths import snake

MAX_DEPTH = 6


def find_taken(pattern: Node | None, name: str) -> tuple[str, ...] | None:
    """Return the keys by which a pattern takes a name out of a value; None where it takes no such name."""
    return next((keys for taken, keys in names_taken(pattern) if taken == name), None)


def names_taken(pattern: Node | None, depth: int = 0) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the names that a pattern binds, in snake case, each with the keys that it is reached by."""
    if isinstance(pattern, Chain) and isinstance(pattern.head, str) and not pattern.steps:
        yield snake(pattern.head), ()
    elif isinstance(pattern, Pair) and pattern.operator == "=":
        yield from names_taken(pattern.key, depth + 1)  # a default
    elif isinstance(pattern, Items) and depth < MAX_DEPTH:
        for item in pattern.items:
            yield from _of_item(item, depth) if pattern.bracket == "{" else names_taken(item, depth + 1)


def _of_item(item: Node, depth: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the names that an entry of a dictionary's pattern binds: `data: kite`, `"data" => kite`, `grade`."""
    if isinstance(item, Pair) and item.operator in (":", "=>"):
        key = key_of(item.key)
        below = list(names_taken(item.value, depth + 1)) if item.value is not None else [(snake(key), ())]
        yield from ((name, (key, *keys)) for name, keys in below if key)
    else:
        yield from ((name, (name, *keys)) for name, keys in names_taken(item, depth + 1))


def key_of(key: Node | None) -> str:
    """Return the name of a pattern's key, as it is spelled."""
    if isinstance(key, Text):
        return key.value
    return key.head if isinstance(key, Chain) and isinstance(key.head, str) and not key.steps else ""
