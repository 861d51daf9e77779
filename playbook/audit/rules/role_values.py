"""Decisions by a value that is known to be the type of `/me`, whatever the application calls it.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Account for Identity API Changes")
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from playbook.audit.findings import Finding
from playbook.audit.flow.handing import find_handed
from playbook.audit.flow.keeping import find_kept
from playbook.audit.flow.kinds import NOTHING, TYPE, Kinds
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.roles import role_of
from playbook.audit.rules.role_reading import READ_ROLES, report_role
from playbook.audit.view import View

DECIDES = re.compile(r"(?:^|_)(?:map_)?(?:roles?|home|land|landing|redirect|dest|destination|area|desk)(?:$|_)")
COMPARES = re.compile(
    r"^(?:equals|equals_ignore_case|eql\??|is_equal_to_string|strcmp|strcasecmp|in_array|include\??|includes|contains|member\??|"
    r"start_with\??|end_with\??|starts_with|compare|is|matches)$"
)
LOOKS_UP = re.compile(r"^(?:get|fetch|getOrDefault|get_or_default|getOrElse|dig|GetValueOrDefault|lookup)$")
SWITCHES = ("case", "switch", "match", "when")


def find_role_values(view: View) -> Iterator[Finding]:
    """Give the reads, comparisons, switches and tables of the type that Clever sent."""
    if not (view.is_reached or view.evidence.project.facts.marks):
        return
    for handed in find_handed(view.values, "type", DECIDES):
        yield _told_at(view, handed.offset, handed.name, "handed")
    for kept in find_kept(view.values, "type"):
        yield _told_at(view, kept.offset, kept.name, "kept")
    compared: set[tuple[int, str]] = set()
    for node in view.nodes():
        if isinstance(node, Chain):
            yield from _of_chain(view, node)
        elif (
            isinstance(node, Join) and node.operator in ("==", "===", "eq", "!=", "!==", "in") and len(node.items) == 2
        ):
            yield from _of_join(view, node, compared)
        elif isinstance(node, Pair) and isinstance(node.key, Items) and node.value is not None:
            yield from _of_pattern(view, node)


def _of_chain(view: View, node: Chain) -> Iterator[Finding]:
    if isinstance(node.parent, Chain) and node.parent.head is node:
        return
    held = view.values.walk(node)
    for place in range(len(node.steps)):
        if "me" in held[place] and held[place + 1] == {"type"}:
            yield _told(view, node.steps[place].start or node.start, node, "type")
            return
        step = node.steps[place]
        if step.kind == "key" and step.arguments and is_type(view, step.arguments[0]):
            yield _told(view, node.start, step.arguments[0], "role_table")
            return
    if (decided := _decided_in_call(view, node, held)) is not None:
        yield _told(view, node.start, decided, "role_switch")
    elif node.lead in SWITCHES and is_type(view, node):
        yield _told(view, node.start, node, "role_switch")


def _decided_in_call(view: View, node: Chain, held: list[Kinds]) -> Node | None:
    """Return what a call decides by: `"student".equals(kind)`, `in_array($kind, […])`, `LANDING.get(kind, "/")`."""
    for called in view.values.places.calls(node):
        if not (COMPARES.match(called.name) or LOOKS_UP.match(called.written)) or view.values.places.is_head(
            called, node
        ):
            continue
        given = next((each for each in called.arguments if is_type(view, each)), None)
        before = node.steps[called.place - 1] if called.place else None
        owner = held[max(0, called.place - 1)] if before is not None and not node.steps[called.place].name else NOTHING
        beside = _words_of([*called.arguments, *([node.head] if isinstance(node.head, Node) else [])])
        if given is not None and (beside or LOOKS_UP.match(called.written)):
            return given
        if owner == TYPE and any(role_of(word) for word in beside):
            return node
    return None


def _words_of(nodes: Sequence[Node]) -> list[str]:
    texts = [each for node in nodes for each in (node.items if isinstance(node, Items) else (node,))]
    return [each.value for each in texts if isinstance(each, Text) and role_of(each.value)]


def _of_join(view: View, node: Join, compared: set[tuple[int, str]]) -> Iterator[Finding]:
    """Give the first comparison of a value in its function."""
    subject, value = node.items
    if isinstance(subject, Text):
        subject, value = value, subject
    texts = (
        [value] if isinstance(value, Text) else [each for each in getattr(value, "items", ()) if isinstance(each, Text)]
    )
    if not any(role_of(text.value) for text in texts) or not is_type(view, subject):
        return
    function = view.reading.function_at(node.start)
    key = (function.start if function else -1, view.reading.content[subject.start : subject.end])
    if key not in compared:
        compared.add(key)
        yield _told(view, node.start, subject, "role_switch")


def _of_pattern(view: View, node: Pair) -> Iterator[Finding]:
    """Give an identity that is taken apart: `const { type, data } = await whoIs(token)`."""
    items = node.key.items if isinstance(node.key, Items) else ()
    keys = [each.key if isinstance(each, Pair) else each for each in items]
    names = {each.head for each in keys if isinstance(each, Chain)} | {
        each.value for each in keys if isinstance(each, Text)
    }
    if "type" in names and "me" in view.values.kinds(node.value):
        yield _told(view, node.start, node, "type")


def is_type(view: View, node: Node) -> bool:
    """Say whether a node holds the type of `/me`, or is the session key or attribute that keeps it."""
    if "type" in view.values.kinds(node):
        return True
    if not isinstance(node, Chain) or not node.steps or node.steps[-1].kind == "call":
        return False
    return snake(node.steps[-1].name) in view.evidence.project.facts.marks


def _told_at(view: View, offset: int, what: str, variant: str) -> Finding:
    return report_role(view, offset, what, variant, READ_ROLES.format(what=what, id="{id}"))


def _told(view: View, offset: int, node: Node, variant: str) -> Finding:
    what = view.reading.content[node.start : node.end].partition("\n")[0][:40]
    return report_role(view, offset, what, variant, READ_ROLES.format(what=what, id="{id}"))
