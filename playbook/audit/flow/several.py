"""Several values that go together: a function returns them at once, and a pattern or an index takes them apart again.

`return body["type"], body["data"]["id"]`, `{:ok, type, id}` and `Pair(type, id)` all keep the type at a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.flow.kinds import ID, TYPE, Kinds, kept_as
from playbook.audit.reading.node import Chain, Items, Node, Pair
from playbook.audit.words import words

RETURNS_SEVERAL = words("python go lua")
"""Languages in which a return lists its values without brackets."""

MAKES_TUPLE = words("Pair Triple Tuple ValueTuple tuple pair make_tuple Tuple2 Tuple3")
LISTS = ("[", "(")
MOST = 6
INNER = re.compile(r"[\[({][^\[\](){}]*[\])}]")
"""A pattern inside of a pattern."""


def keep_places(held: list[Kinds]) -> Kinds:
    """Return where a tuple keeps ids and the type of `/me`, by their places."""
    return frozenset(
        kept_as(kind, str(place))
        for place, kinds in enumerate(held)
        if kinds in (ID, TYPE) and len(held) > 1
        for kind in kinds
    )


def is_tuple(node: Items, language: str) -> bool:
    """Say whether what stands between brackets is a list of values rather than a record or a block."""
    is_listed = node.bracket in LISTS or (language == "elixir" and node.bracket == "{")
    return is_listed and not any(isinstance(each, Pair) for each in node.items)


def listed_behind(content: str, nodes: list[Node], first: Node) -> list[Node]:
    """Return a value and those that a return lists behind it.

    Args:
        nodes: The nodes of the function, by where they start.
    """
    found = [first]
    for node in nodes:
        between = content[found[-1].end : node.start]
        if node.start >= found[-1].end and node.parent is first.parent and between.strip() == ",":
            found.append(node)
    return found


def taken_apart(key: Node, content: str, language: str) -> Iterator[tuple[str, int]]:
    """Give the names of a pattern that takes a tuple apart, each with its place; `[, , kind]` leaves two out."""
    items: tuple[Node, ...] = ()
    if isinstance(key, Items) and is_tuple(key, language):
        items = key.items
        if language == "csharp" and len(items) % 2 == 0 and _is_typed(items):
            items = items[1::2]
    elif isinstance(key, Chain) and key.head == "list" and key.callee == "list":
        items = key.arguments
    for item in items[:MOST]:
        if isinstance(item, Chain) and isinstance(item.head, str) and not item.steps:
            yield item.head, INNER.sub("", content[key.start + 1 : item.start]).count(",")


def _is_typed(items: tuple[Node, ...]) -> bool:
    return all(isinstance(each, Chain) and each.head in ("string", "String", "int", "var") for each in items[::2])
