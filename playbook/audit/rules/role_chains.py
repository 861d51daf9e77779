"""Which decision by a role begins a chain: an `else if`, and an `if` behind one that returned, only go on.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Account for Identity API Changes")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.reading.node import Chain, Join, Node, Text
from playbook.audit.view import View

GOES_ON = re.compile(r"\b(?:elif|elsif|elseif|else\s*if)\b")
RETURNED = re.compile(
    r"\bif\b([^\n]*(?:[^!=]==|\bequals|\beq\b)[^\n]*)(?:\{\s*|:\s*|\bthen\s*)?\n?"
    r"[ \t]*(?:return|redirect|throw|raise)\b[^\n]*\n"
    r"(?:[ \t]*(?:\}|end)[ \t]*\n)?$"
)
"""An `if` for one role that has just returned."""

NEAR = 400


def goes_on(view: View, node: Node) -> bool:
    """Say whether a decision goes on one that has begun above: by an `else if`, or behind an `if` that returned."""
    content = view.reading.content
    begins = content.rfind("\n", 0, node.start) + 1
    if GOES_ON.search(content[begins : node.start]):
        return True
    if isinstance(node, Chain) and not (node.callee or isinstance(node.parent, Join)):
        return False  # it is read, and decides nothing here
    before = RETURNED.search(content, max(0, begins - NEAR), begins)
    subject = next(_subjects(view, node), "")
    if before is None or not subject:
        return False
    return re.search(rf"(?<!\w){re.escape(subject)}(?!\w)", before[1]) is not None


def _subjects(view: View, node: Node) -> Iterator[str]:
    """Give what a decision is about, as it is spelled."""
    content = view.reading.content
    items = node.items if isinstance(node, Join) else ()
    if isinstance(node, Chain):
        items = (*(node.arguments if isinstance(node.head, Text) else ()), node)
    for each in items:
        if isinstance(each, Chain) and not isinstance(each.head, Text):
            yield content[each.start : each.end].partition("\n")[0]


def is_first_of_chain(view: View, node: Join) -> bool:
    """Say whether no comparison of the same name stands before this one in the same function."""
    function = view.reading.function_at(node.start)
    start = function.start if function else max(0, node.start - 600)
    before = view.reading.content[start : node.start]
    name = re.escape(view.reading.content[node.items[0].start : node.items[0].end])
    return not re.search(rf"(?<![\w.]){name}\s*(?:===?|eq)\s*[\"':]", before)
