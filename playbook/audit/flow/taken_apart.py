"""What a value holds that a pattern takes apart, wherever the pattern stands.

An assignment, a loop's head, the parameters of a function or lambda, an arm of a case.
"""

from __future__ import annotations

import re

from playbook.audit.flow.kinds import NOTHING, PERSON, Kinds, reach_all
from playbook.audit.flow.lambdas import lambda_of
from playbook.audit.flow.loops import HEADS
from playbook.audit.flow.patterns import key_of
from playbook.audit.flow.values import Values
from playbook.audit.reading.node import Items, Node, Pair

ASSIGNS = ("=", ":=", "<-")
ARMS = ("case", "in", "when")
SUBJECTS = ("case", "match", "switch")
TYPED = re.compile(r"[}\])]\s*:\s*(?:[\w.]+<)?(\w+)")


def held_by(values: Values, pattern: Items) -> Kinds:
    """Return what the value is that a pattern takes apart; nothing where it is no pattern."""
    root, keys = _root_of(pattern)
    return reach_all(_held(values, root), *keys)


def _root_of(pattern: Node) -> tuple[Node, tuple[str, ...]]:
    """Return the whole pattern that a pattern is a part of, and the keys that lead to the part."""
    node, keys = pattern, tuple[str, ...]()
    while (parent := node.parent) is not None:
        if isinstance(parent, Pair) and parent.value is node and isinstance(parent.parent, Items):
            node, keys = parent.parent, (key_of(parent.key), *keys)  # `{ data: { grade } }`
        elif isinstance(parent, Items) and parent.lead not in HEADS and parent.bracket in ("(", "[", "{"):
            node = parent
        elif isinstance(parent, Pair) and parent.key is node and parent.operator == ":":
            node = parent  # its type: `({ grade }: Student)`
        else:
            break
    return node, keys


def _held(values: Values, root: Node) -> Kinds:
    parent = root.parent
    if isinstance(parent, Pair) and parent.key is root and parent.operator in ASSIGNS:
        return values.kinds(parent.value)
    if isinstance(parent, Items) and parent.lead in HEADS and root in parent.items[:-1]:
        return values.kinds(parent.items[parent.items.index(root) + 1])
    if (told := lambda_of(root)) is not None:
        return values.handed_to(told)
    if root.lead in ARMS or (isinstance(parent, Pair) and parent.operator in ("->", "=>") and parent.key is root):
        return _subject(values, root) | _parameter(values, root)
    return _parameter(values, root)


def _subject(values: Values, root: Node) -> Kinds:
    """Return what the case goes over whose arm a pattern is."""
    function = values.places.function_at(root.start)
    start = function.start if function is not None else 0
    before = [
        each
        for each in values.places.chains
        if each.lead in SUBJECTS and start <= each.start and each.end <= root.start
    ]
    return values.kinds(max(before, key=lambda each: each.start)) if before else NOTHING


def _parameter(values: Values, root: Node) -> Kinds:
    """Return what the parameter is handed that a pattern in the head of a function takes apart."""
    function = values.places.function_at(root.start)
    if function is None:
        return NOTHING
    written = values.places.reading.content[root.start : root.end]
    for index, each in enumerate(function.parameters):
        if each.pattern and each.pattern.startswith(written):
            typed = TYPED.search(each.pattern)
            declared = PERSON if typed and typed[1] in values.facts.records else NOTHING
            return values.parameters.kinds_of(function, f"#{index}") | declared
    return NOTHING
