"""Where a file reads a section, a school or another record of which nothing moved, known by who asked for it.

Source: the v2.1 and v3.1 data models.
"""

from __future__ import annotations

from collections.abc import Iterator

from playbook.audit.flow.kinds import Kinds
from playbook.audit.flow.taken_apart import held_by
from playbook.audit.reading.node import Chain, Items, Node, Text
from playbook.audit.view import View

THING: Kinds = frozenset({"thing"})

Span = tuple[int, int]


def find_thing_reads(view: View) -> list[Span]:
    """Return the pieces of a file that take something out of what is known to be no person."""
    if not view.is_reached:
        return []
    return [span for node in view.nodes() for span in _of_node(view, node)]


def _of_node(view: View, node: Node) -> Iterator[Span]:
    if isinstance(node, Items):
        if node.bracket in ("{", "[") and node.items and held_by(view.values, node) == THING:
            yield node.start, node.end
    elif isinstance(node, Chain) and node.steps:
        yield from _of_chain(view, node)


def _of_chain(view: View, node: Chain) -> Iterator[Span]:
    """Give the steps and the texts of a chain that read a thing: `school.sis_id`, `pick(school, ["sis_id"])`."""
    held = view.values.walk(node)
    for place, step in enumerate(node.steps):
        texts = [each for each in step.arguments if _is_list_of_texts(each)]
        if held[place] == THING:
            yield step.start - 1, step.start + len(step.name) + 2
        elif not any(view.values.kinds(each) == THING for each in step.arguments):
            continue
        yield from ((each.start, each.end) for each in texts)


def _is_list_of_texts(node: Node) -> bool:
    return isinstance(node, Text) or (isinstance(node, Items) and all(isinstance(each, Text) for each in node.items))
