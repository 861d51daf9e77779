"""The variables of loops that no assignment shows, and several names that get one value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.flow.functions import find_key
from playbook.audit.flow.patterns import names_taken
from playbook.audit.flow.several import taken_apart
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair
from playbook.audit.reading.parser import Syntax
from playbook.audit.reading.paths import snake
from playbook.audit.reading.token import Reading

BETWEEN = re.compile(r"\s*\)?\s*(?:of|in|<-|as)\s+[(\s]*(?:await\s+)?\(?$|\s*:\s*$")
SEVERAL = re.compile(r"(?:^|[;{\n(])\s*(?:var|let|const|auto)?\s*[(\[]?((?:\w+\s*,\s*)+)$")

HEAD = re.compile(r"\bfor(?:each)?\s*\(\s*(?:[\w<>\[\]?.]+\s+)?$")
HEADS = ("for", "foreach", "await")
"""What stands in front of a loop's head; JavaScript's may be `for await`."""


def find_loops(reading: Reading, syntax: Syntax) -> Iterator[tuple[str, int, Node]]:
    """Give names with where they are given a value, and the value; a key of it behind a colon, as in `kind:type`."""
    for node in syntax.nodes:
        if isinstance(node, Items) and node.lead in HEADS:
            yield from _of_head(reading, node)
        elif (
            isinstance(node, Join)
            and node.operator == "in"
            and HEAD.search(reading.content[max(0, node.start - 60) : node.start])
        ):
            for name, keys in names_taken(node.items[0]):  # C#'s `foreach (var row in await …)`
                yield f"{name}:{'.'.join(keys)}" if keys else name, node.start, node.items[-1]
        elif isinstance(node, Pair) and node.operator in (":=", "=", ":", "<-") and node.value is not None:
            yield from _of_several(reading, node, node.value)
            if node.key is not None:
                for name_, place in taken_apart(node.key, reading.content, reading.language):
                    yield f"{snake(name_)}:{place}", node.start, node.value
            if reading.language == "elixir" and isinstance(node.key, Items):
                written = reading.content[node.key.start : node.key.end]
                for name in set(re.findall(r"=>\s*(\w+)|\w:\s*(\w+)", written)):
                    told = snake(name[0] or name[1])
                    yield f"{told}:{find_key(written, told)}", node.start, node.value


def _of_head(reading: Reading, node: Items) -> Iterator[tuple[str, int, Node]]:
    for one, other in zip(node.items, node.items[1:], strict=False):
        if isinstance(one, Chain | Items) and BETWEEN.match(reading.content[one.end : other.start]):
            for name, keys in names_taken(one):
                yield f"{name}:{'.'.join(keys)}" if keys else name, node.start, other
    for item in node.items:  # Java's `for (Teacher t : page.data())`
        key = item.key if isinstance(item, Pair) and item.operator == ":" else None
        if isinstance(key, Chain) and isinstance(key.head, str) and not key.steps and item.value is not None:  # type: ignore[attr-defined]
            yield snake(key.head), node.start, item.value  # type: ignore[attr-defined]


def _of_several(reading: Reading, node: Pair, value: Node) -> Iterator[tuple[str, int, Node]]:
    """Go's `list, err := c.Instructors()`: the names in front of the last one."""
    before = reading.content[max(0, node.start - 80) : node.start]
    if node.operator in (":=", "=") and before.endswith((", ", ",")) and (match := SEVERAL.search(before)):
        names = re.findall(r"\w+", match[1])
        last = node.key.head if isinstance(node.key, Chain) and isinstance(node.key.head, str) else ""
        for place, name in enumerate([*names, last] if last else names):
            yield f"{snake(name)}:{place}", node.start, value
