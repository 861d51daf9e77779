"""Names that the project gives the type of `/me` to, where one of them is read: `session["kind"]`, `account.role`.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Account for Identity API Changes")
"""

from __future__ import annotations

import re

from playbook.audit.flow.keeping import key_read
from playbook.audit.flow.kinds import CONVERSIONS
from playbook.audit.reading.node import Chain, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.rules.role_reading import is_not_identity
from playbook.audit.view import View

READS = re.compile(r"^(?:get|fetch|read)(?:_|$)")
GETS = re.compile(r"^(?:get|read|fetch|is)_(?=\w)")


def is_carried(view: View, node: Node) -> bool:
    """Say whether a node reads a name that is given the type of `/me` somewhere in the project."""
    if not isinstance(node, Chain):
        return False
    name, is_bare = name_read(node)
    facts = view.evidence.project.facts
    if name not in facts.carriers or any(is_not_identity(part) for part in _owner(node)):
        return False
    return not is_bare or _is_free(view, name, node)


def name_read(node: Chain) -> tuple[str, bool]:
    """Return the name that an access reads at its end, in snake case, and whether it stands alone."""
    steps = list(node.steps)
    while steps and (snake(steps[-1].name) in CONVERSIONS or (steps[-1].kind == "call" and not steps[-1].name)):
        if any(isinstance(each, Text) for each in steps[-1].arguments):
            break
        if len(steps) < 2 or steps[-1].name:
            steps.pop()
            continue
        break
    if not steps:
        return (
            (snake(node.head.rpartition(".")[2]), "." not in node.head) if isinstance(node.head, str) else ("", False)
        )
    last = steps[-1]
    first = last.arguments[0] if last.arguments else None
    if isinstance(first, Text):
        return snake(re.split(r"[./:]", first.value)[-1]), False
    if first is not None and (constant := key_read(first)):
        return constant, False
    if len(last.arguments) == 1 and isinstance(first, Pair) and isinstance(first.value, Text):
        return snake(first.value.value), False  # Swift's `string(forKey: "kind")`
    key = last.arguments[-1] if len(last.arguments) == 2 else None
    if isinstance(key, Text) and READS.search(steps[-2].name if len(steps) > 1 else str(node.head)):
        return snake(key.value), False  # Plug's `get_session(conn, :kind)`
    name = last.name
    if last.kind == "call" and not name:
        name = steps[-2].name if len(steps) > 1 else str(node.head)
    return GETS.sub("", snake(name)), False


def _owner(node: Chain) -> list[str]:
    names = [node.head] if isinstance(node.head, str) else []
    return [snake(name) for name in (*names, *(step.name for step in node.steps)) if name][:-1]


def _is_free(view: View, name: str, node: Chain) -> bool:
    """Say whether a bare name is a parameter or is taken from another carrier, rather than the application's own."""
    if name == "type" or view.values.places.looped(name, node.start) is not None:
        return False
    values = view.definitions.find(name, node.start)
    return not values or any(isinstance(each, Chain) and each is not node and is_carried(view, each) for each in values)
