"""Decisions by a value that is known to be the type of `/me`, whatever the application calls it.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Account for Identity API Changes")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.flow.calls import Called
from playbook.audit.flow.handing import find_asked, find_handed
from playbook.audit.flow.keeping import find_kept
from playbook.audit.flow.kinds import NOTHING, PATH, TYPE, Kinds, taken_by_index
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.rules.known_columns import find_uses
from playbook.audit.rules.role_chains import goes_on
from playbook.audit.rules.role_names import is_carried
from playbook.audit.rules.role_reading import READ_ROLES, report_role
from playbook.audit.rules.role_switch import switch_body
from playbook.audit.rules.role_words import is_role_word, tells_role
from playbook.audit.view import View

DECIDES = re.compile(r"(?:^|_)(?:map_)?(?:roles?|home|land|landing|redirect|dest|destination|area|desk)(?:$|_)")
COMPARES = re.compile(
    r"^(?:in|equals|equals_ignore_case|eql\??|is_equal_to_string|strcmp|strcasecmp|in_array|include\??|includes|contains|member\??|"
    r"starts?_?with\??|ends?_?with\??|has_suffix|has_prefix|str_ends_with|compare|is|matches|match\??|"
    r"assert_equals?|assertEqual|assert_same|expect|to_be|to_equal|eq)$"
)
LOOKS_UP = re.compile(r"^(?:get|fetch|getOrDefault|get_or_default|getOrElse|dig|GetValueOrDefault|lookup)$")
ASKS_ROLE = re.compile(r"(?i)^is_?(?:student|teacher|(?:school|district)_?admin)\??$|^(?:student|teacher|\w*admin)\?$")
"""What an identity is asked: `me.isStudent()`, `me.teacher?`."""

NO_USE = re.compile(r"(?i)(?:drop|remove)_?column|^\s*(?:\w+\s+)*(?:enum|class|interface|struct|trait|record)\s+\w")
"""Lines that do away with a column, or declare a class of its name."""

CLAUSES = ("def", "defp")
SWITCHES = ("case", "switch", "match", "when")
SWITCHED_BEHIND = re.compile(r"\s*(?:match|switch)\s*\{")
COMPARISONS = ("==", "===", "eq", "!=", "!==", "in", "is", "is not")


def find_role_values(view: View) -> Iterator[Finding]:
    """Give the reads, comparisons, switches and tables of the type that Clever sent."""
    if not (view.is_reached or view.evidence.project.facts.carriers):
        return
    for handed in find_handed(view.values, "type", DECIDES):
        yield _told_at(view, handed.offset, handed.name, "handed")
    for asked in find_asked(view.values):
        yield _told_at(view, asked.offset, asked.name, "asked")
    for kept in find_kept(view.values, "type"):
        yield _told_at(view, kept.offset, kept.name, "kept")
    for use in find_uses(view, view.evidence.project.facts.marks):
        if not NO_USE.search(view.reading.text_of(view.reading.line_of(use.offset))):
            yield _told_at(view, use.offset, use.name, use.variant)
    for function in view.values.places.functions:
        if view.values.parameters.takes_type(function):
            yield _told_at(view, function.start, function.name, "type")
    clauses: set[str] = set()
    for node in view.nodes():
        if isinstance(node, Chain) and node.lead in CLAUSES:
            yield from _of_clause(view, node, clauses)
        elif isinstance(node, Chain):
            yield from _of_chain(view, node)
        elif isinstance(node, Join) and node.operator in COMPARISONS and len(node.items) == 2:
            yield from _of_join(view, node)
        elif isinstance(node, Pair) and node.value is not None:
            yield from _of_pattern(view, node)
        elif isinstance(node, Items) and node.lead in SWITCHES and any(is_type(view, each) for each in node.items):
            yield _told(view, node.start, node, "role_switch")  # `case {type, person} do`


def _of_chain(view: View, node: Chain) -> Iterator[Finding]:
    if isinstance(node.parent, Chain) and node.parent.head is node:
        return
    held = view.values.walk(node)
    if isinstance(node.head, Items) and view.values.places.is_slashed(node.head) and held[0] == TYPE:
        yield _told(view, node.start, node, "type")  # Play's `(js \ "type").as[String]`
        return
    for place, step in enumerate(node.steps):
        if "me" in held[place] and held[place + 1] == {"type"}:
            if goes_on(view, node):
                return
            yield _told(view, step.start or node.start, node, "type")
            return
        if "me" in held[place] and ASKS_ROLE.match(step.name):
            yield _told(view, node.start, node, "role_switch")
            return
        if step.kind == "key" and step.arguments and _looks_up(view, node, place):
            yield _told(view, node.start, step.arguments[0], "role_table")
            return
    if (decided := _decided_in_call(view, node, held)) is not None:
        if goes_on(view, node):
            return
        yield _told(view, decided.start, decided, "role_switch")
    elif is_switched(view, node) and (is_type(view, node) or (is_carried(view, node) and _has_role_arms(view, node))):
        yield _told(view, node.start, node, "role_switch")


def is_switched(view: View, node: Node) -> bool:
    """Say whether a switch goes over a node: its keyword stands in front of it, or behind it in C# and Scala."""
    if node.lead in SWITCHES:
        return True
    following = view.reading.content[node.end : node.end + 40]
    return view.reading.language in ("scala", "csharp") and SWITCHED_BEHIND.match(following) is not None


def _of_clause(view: View, node: Chain, seen: set[str]) -> Iterator[Finding]:
    """Give the first clause of a function that has one for each role: `defp home("student"), do: "/desk"`."""
    first = node.arguments[0] if node.arguments else None
    if node.callee in seen or not isinstance(first, Text) or not is_role_word(first.value):
        return
    seen.add(node.callee)
    yield _told(view, node.start, node, "role_switch")


def _looks_up(view: View, node: Chain, place: int) -> bool:
    """Say whether a key of a table is the type, or a name that carries it where the table is one of roles."""
    key = node.steps[place].arguments[0]
    if _is_in_path(node):
        return False
    if is_type(view, key):
        return True
    table = node.head if isinstance(node.head, Node) else Chain(node.start, node.start, head=node.head)
    return is_carried(view, key) and place == 0 and tells_role(view, table)


def _decided_in_call(view: View, node: Chain, held: list[Kinds]) -> Node | None:
    """Return what a call decides by: `"student".equals(kind)`, `in_array($kind, […])`, `LANDING.get(kind, "/")`."""
    for called in view.values.places.calls(node):
        looks_up = LOOKS_UP.match(called.written) is not None
        if not (COMPARES.match(called.name) or looks_up) or view.values.places.is_head(called, node):
            continue
        if called.name == "eq" and not called.owner:
            continue  # a query's, for the application's own column
        on = _before(node, called)
        given = next((each for each in called.arguments if is_type(view, each)), None)
        beside = [each for each in (*called.arguments, on) if each is not None]
        if given is not None and (looks_up or tells_role(view, *beside)):
            return given
        told = next((each for each in called.arguments if is_carried(view, each)), None)
        if told is not None and tells_role(view, *(each for each in beside if each is not told)):
            return told
        is_by = on is not None and (
            _held_before(held, node, called) == TYPE or is_type(view, on) or is_carried(view, on)
        )
        if is_by and not looks_up and tells_role(view, *called.arguments):
            return node
    return None


def _before(node: Chain, called: Called) -> Node | None:
    """Return what a call is made on."""
    end = called.place if node.steps[called.place].name else called.place - 1
    if end <= 0:
        bare = None if end else Chain(node.start, node.start, head=node.head)
        return node.head if isinstance(node.head, Node) else bare
    return Chain(node.start, node.steps[end].start, head=node.head, steps=node.steps[:end])


def _held_before(held: list[Kinds], node: Chain, called: Called) -> Kinds:
    return NOTHING if not called.place or node.steps[called.place].name else held[called.place - 1]


def _has_role_arms(view: View, subject: Node) -> bool:
    """Say whether the arms of a switch are role words."""
    return any(is_role_word(word) for word in re.findall(r"[\"':.](\w+)", switch_body(view, subject)))


def _of_join(view: View, node: Join) -> Iterator[Finding]:
    """Give a comparison, but for those that go on an `if` that has begun with one."""
    for subject, value in (node.items, reversed(node.items)):
        is_known = is_type(view, subject) or is_carried(view, subject)
        if is_known and tells_role(view, value) and not (goes_on(view, node) or _is_in_path(node)):
            yield _told(view, node.start, subject, "role_switch")
            return


def _is_in_path(node: Node) -> bool:
    """Say whether a comparison only chooses the path that Clever is asked for."""
    return any(isinstance(each, Text) and "/" in each.value for each in node.ancestors())


def _of_pattern(view: View, node: Pair) -> Iterator[Finding]:
    """Give an identity that is taken apart: `const { type, data } = await whoIs(token)`."""
    items = node.key.items if isinstance(node.key, Items) else ()
    keys = [each.key if isinstance(each, Pair) else each for each in items]
    names = {each.head for each in keys if isinstance(each, Chain)} | {
        each.value for each in keys if isinstance(each, Text)
    }
    held = view.values.kinds(node.value)
    if ("type" in names and "me" in held) or _is_from_link(view, node.value, held):
        yield _told(view, node.start, node, "type")


def _is_from_link(view: View, value: Node | None, held: Kinds) -> bool:
    """Say whether a pattern takes the role out of the path of a link: `[, , kind, id] = uri.split("/")`."""
    if "path" not in held or value is None:
        return False
    return any(taken_by_index(PATH, key) == TYPE for key in view.values.places.keys_taken(value))


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
