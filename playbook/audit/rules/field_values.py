"""Moved fields read from what is known to be a person's record: asked from Clever here, or handed over by who asked.

Source: the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.accesses import path_of
from playbook.audit.findings import Finding
from playbook.audit.flow.kinds import Kinds
from playbook.audit.flow.patterns import key_of
from playbook.audit.flow.taken_apart import held_by
from playbook.audit.reading.node import Chain, Items, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.rules.field_places import PLACES, report_field
from playbook.audit.shape import knows_roles
from playbook.audit.view import View
from playbook.audit.words import words

ALIASES = {"sisid": "sis_id", "stateid": "state_id", "studentnumber": "student_number"}
SPELLED_LOW = words("javascript typescript tsx coffeescript python ruby php")
"""Languages in which a field of an answer does not begin with a capital."""

TOKENS = re.compile(r"(?:access_?|refresh_?)?[tT]oken|expires|secret|create|find|where|build|first|new")
UNSURE = frozenset({"open", "thing", "event"})
"""Kinds of what may be no person, whatever else it may be."""

NO_PERSON = re.compile(r"(?:^|(?<=_))(?:sections?|schools?|courses?|terms?|districts?|class(?:es|rooms?)?)(?:$|(?=_))")
PERSON = re.compile(
    r"student|teacher|pupil|person|people|user|contact|admin|staff|guardian|member|kid|child|learner|roster"
)
CONTACT = re.compile(r"contact|guardian|parent(?!s?_)|carer|caregiver")
OF_CONTACT = ("name", "students", "type")


def find_field_of_value(view: View, node: Chain) -> Iterator[Finding]:
    """Give the moved field that a chain reads from a person's record."""
    if isinstance(node.parent, Chain) and node.parent.head is node:
        return
    if _is_written(node):
        return
    held = view.values.walk(node)
    for place, step in enumerate(node.steps):
        if "person" not in held[place] or _is_another(view, node, place):
            continue
        for name, offset in _names(node, place):
            field = ALIASES.get(name) or view.evidence.project.renames.get(name, name)
            if field == "roles":
                return
            is_of_contact = field in OF_CONTACT and "contact" in held[place] and "open" not in held[place]
            if (field in PLACES or is_of_contact) and not knows_roles(view.reading, node.start):
                variant = "read" if held[place] & UNSURE else "value"
                yield report_field(view, offset or step.start, field, ".".join(path_of(node)[:3]) or field, variant)
                return


def _is_another(view: View, node: Chain, place: int) -> bool:
    """Say whether a step asks no field of a person: a class of an SDK, an OAuth token, what is named otherwise."""
    step = node.steps[place]
    if step.name[:1].isupper() and view.reading.language in SPELLED_LOW:
        return True
    following = node.steps[place + 1].name if place + 1 < len(node.steps) else ""
    if step.name == "credentials" and TOKENS.match(following):
        return True
    before = [each.name for each in node.steps[:place] if each.name] or [
        node.head if isinstance(node.head, str) else ""
    ]
    if NO_PERSON.fullmatch(snake(before[-1])) is not None:
        return True
    return bool(view.values.walk(node)[place] & UNSURE) and is_of_things(view, node.start)


def is_of_things(view: View, offset: int) -> bool:
    """Say whether the function around a place is named after what is no person: `def section(s)`."""
    function = view.reading.function_at(offset)
    return (
        function is not None
        and NO_PERSON.search(snake(function.name)) is not None
        and not PERSON.search(snake(function.name))
    )


def _names(node: Chain, place: int) -> list[tuple[str, int]]:
    """Return the names that a step reads a record by, each with where it stands."""
    step = node.steps[place]
    if step.kind == "attribute":
        return [(snake(step.name), step.start)]
    texts = [each for argument in step.arguments for each in _flat(argument) if isinstance(each, Text)]
    if step.kind == "key":
        return [(snake(part), text.start) for text in texts[:1] for part in text.value.split(".")]
    return [
        (snake(part), text.start) for text in texts for part in re.split(r"[./]", text.value) if len(text.value) < 60
    ]


def _flat(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Items) else (node,)


def _is_written(node: Chain) -> bool:
    parent = node.parent
    return isinstance(parent, Pair) and parent.key is node and parent.operator in ("=", "||=", "??=", "+=", ":=")


def find_fields_taken_apart(view: View, node: Items) -> Iterator[Finding]:
    """Give a record that is taken apart: `const { id, grade } = pupil`, a parameter's pattern, an arm of a case."""
    if not view.is_reached or node.bracket not in ("{", "["):
        return
    taken = {item: key for item in node.items if (key := _key_of(item, node.bracket))}
    moved = {item: key for item, key in taken.items() if key in PLACES}
    if not moved or "roles" in taken.values() or "person" not in held_by(view.values, node):
        return
    lines = {view.reading.line_of(item.start): item for item in reversed(moved)}
    for item in lines.values():
        yield report_field(view, item.start, moved[item], ", ".join(moved.values()), "taken_apart")


def _key_of(item: Node, bracket: str) -> str:
    """Return the key by which an entry of a pattern takes a value; in brackets, as PHP has them, only with an arrow."""
    if bracket == "[" and not (isinstance(item, Pair) and item.operator == "=>"):
        return ""
    return snake(key_of(item.key if isinstance(item, Pair) else item))


def is_no_person(view: View, node: Chain) -> bool:
    """Say whether a chain is known to read a school, a section or another record of which nothing moved."""
    if not view.is_reached:
        return False
    kinds: Kinds = frozenset().union(*view.values.walk(node)[:2])
    return kinds == {"thing"}
