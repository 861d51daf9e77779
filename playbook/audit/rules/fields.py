"""Fields that v3 keeps under `roles.*`, renamed or reshaped, read from a Clever response in the old place.

A wrong place gives nothing rather than an error; real teams noticed after 75 and 833 days.

Source: https://dev.clever.com/docs/new-in-api-v3, and the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.accesses import path_of
from playbook.audit.findings import Finding
from playbook.audit.origins import asked_of, is_clever_object, is_clever_value, is_own_record, origin_of
from playbook.audit.reading.node import Chain, Items, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.rules.field_columns import find_sql_fields
from playbook.audit.rules.field_documents import find_document_fields
from playbook.audit.rules.field_others import is_another_field
from playbook.audit.rules.field_places import PEOPLE, PLACES, STRONG, report_field
from playbook.audit.rules.field_queries import find_field_queries
from playbook.audit.rules.field_records import find_records
from playbook.audit.rules.field_tables import find_field_constant, find_field_tables
from playbook.audit.rules.field_things import find_thing_reads
from playbook.audit.rules.field_told import find_told_fields
from playbook.audit.rules.field_values import (
    SPELLED_LOW,
    find_field_of_value,
    find_fields_taken_apart,
    is_no_person,
    is_of_things,
)
from playbook.audit.shape import knows_roles
from playbook.audit.view import View, key_name
from playbook.audit.words import words

OF_A_LOGIN = re.compile(r"auth")
"""What holds the credentials of a login, such as OmniAuth's hash: tokens, which nobody moved."""

MIGRATION = re.compile(r"\b(?:create_table|change_table|Schema::create|AsyncMigration|createTable|op\.add_column)\b")
ALIASES = {"sisid": "sis_id", "stateid": "state_id", "studentnumber": "student_number"}
"""Names that are written without a boundary, such as Go's `SISID`."""

V3_MARKS = words(
    "roles legacy_id student_relationships role_data role_object role_info staff_role teacher_role student_role"
)
OTHERS = re.compile(
    r"(?:^|_)(?:sections?|schools?|courses?|terms?|districts?|class(?:es|room)?s?|resources?|principal|params|row|csv|request|form|"
    r"config|settings|cookies|session|headers|options|opts|env|query|args|kwargs|self|this|cls|fields?|columns?|attributes_map|"
    r"canvas|google|classlink|oneroster|powerschool|assignments?|events?|props|state|theme|style|styles|error|errors|i18n|logger|table|schema|req|res|"
    r"changeset|faker|factory|local_\w+|db_\w+|existing\w*|model|orm|patron|account|current_user|locals|context|ctx)(?:$|\(\))"
)


def find_moved_fields(view: View) -> Iterator[Finding]:
    """Give every place of a file that reads a moved field in its v2 place."""
    found = list(_find(view))
    things = find_thing_reads(view) if found else []
    for each in found:
        offset = view.reading.start_of(each.line) + each.column - 1
        is_of_thing = any(start <= offset < end for start, end in things)
        if view.is_document or not (is_of_thing or is_another_field(view, each)):
            yield each


def _find(view: View) -> Iterator[Finding]:
    if view.is_document:
        yield from find_document_fields(view) if view.evidence.speaks or view.evidence.shape else ()
        return
    if MIGRATION.search(view.reading.content):
        return
    yield from find_records(view)
    if not (view.evidence.speaks or view.evidence.shape or view.is_reached):
        return
    if view.reading.language == "sql":
        yield from find_sql_fields(view)
        return
    for node in view.nodes():
        if isinstance(node, Chain):
            if view.is_reached:
                yield from find_field_of_value(view, node)
            yield from _of_access(view, node)
        elif isinstance(node, Pair):
            yield from _of_pattern(view, node)
            if view.evidence.is_about:
                yield from find_field_constant(view, node)
        elif isinstance(node, Text):
            yield from find_field_queries(view, node)
        elif isinstance(node, Items):
            yield from find_fields_taken_apart(view, node)
            if view.evidence.is_about or view.evidence.shape:
                yield from find_field_tables(view, node)
    yield from find_told_fields(view)


def _of_access(view: View, node: Chain) -> Iterator[Finding]:
    """`student["sis_id"]`, `data.credentials.district_username`, `user.dig("data", "dob")`, `s.getSisId()`."""
    if isinstance(node.parent, Chain) and node.parent.head is node:
        return
    if isinstance(node.head, str) and node.head[:1].isupper() and len(node.steps) == 1:
        return  # a constant: `Home.School`
    path = path_of(node)
    found = _moved(path)
    if found is None or _is_written(node) or _is_of_address(node, found[0]):
        return
    field, place = found
    if _is_class(view, node, field) or (field == "credentials" and OF_A_LOGIN.search(path[place - 1])):
        return
    if is_no_person(view, node) or is_of_things(view, node.start):
        return
    before = _without_siblings(node, path[:place])
    while len(before) > 1 and before[-1] in ("credentials", "[]"):
        before = before[:-1]
    if not before or any(part.endswith("()") and part[:-2] in PLACES for part in before[-1:]):
        return
    back = origin_of(view, node)
    before_back = back[: max(1, len(back) - (len(path) - place))]
    if V3_MARKS & {*before_back, *before} or _is_role_object(view, before, node):
        return
    if _is_somebody_elses(before) or _is_somebody_elses(before_back[-2:]):
        return
    if field in ("name", "type", "students") and not _is_contact(before):
        return
    if _accepts(view, node, field, before, before_back):
        yield report_field(view, _offset_of(node, field), field, ".".join(path[: place + 1]), "read")


def _is_class(view: View, node: Chain, field: str) -> bool:
    """Say whether what reads like a field is a class: `clever.School.find()`."""
    named = [step.name for step in node.steps if step.kind == "attribute" and snake(step.name) == field]
    return view.reading.language in SPELLED_LOW and any(name[:1].isupper() for name in named)


def _is_of_address(node: Chain, field: str) -> bool:
    """Say whether a field is only a word of an address that is asked: `get("https://…/schools")`."""
    texts = [each.value for step in node.steps for each in _flat(step.arguments) if isinstance(each, Text)]
    return any(field in text and ("://" in text or text.startswith("/")) for text in texts)


def _without_siblings(node: Chain, before: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a field is read from, without the fields that are taken beside it: `schools[["id", "sis_id"]]`."""
    lists = [each for step in node.steps for each in step.arguments if isinstance(each, Items) and len(each.items) > 1]
    beside = {snake(text.value) for each in lists for text in each.items if isinstance(text, Text)}
    return tuple(part for part in before if part not in beside) or before


def _moved(path: tuple[str, ...]) -> tuple[str, int] | None:
    """Return the moved field that a path reads, and where in the path it stands."""
    path = tuple(ALIASES.get(part, part) for part in path)
    for place, part in enumerate(path):
        if place and part in ("district_username", "district_password"):
            return part, place
    for place, part in enumerate(path):
        if place and part in PLACES and part != "credentials":
            return part, place
    if len(path) > 1 and path[-1] == "credentials":
        return "credentials", len(path) - 1
    if len(path) > 1 and path[-1] in ("name", "type", "students"):
        return path[-1], len(path) - 1
    if len(path) > 2 and path[-2] == "name" and path[-1].endswith("()"):
        return "name", len(path) - 2
    return None


def _is_contact(before: tuple[str, ...]) -> bool:
    return bool(re.search(r"contact|guardian|parent(?!s?_)", before[-1])) and not before[-1].endswith("()")


def _is_written(node: Chain) -> bool:
    parent = node.parent
    return isinstance(parent, Pair) and parent.key is node and parent.operator in ("=", "||=", "??=", "+=", ":=")


def _is_role_object(view: View, before: tuple[str, ...], node: Node) -> bool:
    """Say whether a name holds one role of a v3 user: given so, or the function's own parameter of that name."""
    return bool(
        re.search(r"(?:^|_)roles?(?:$|_(?:data|obj|object|info|attrs|hash|record|details|payload))", before[-1])
    )


def _is_somebody_elses(before: tuple[str, ...]) -> bool:
    if len(before) > 1 and before[-1] == "data":
        return re.search(r"section|school(?!_?admin)|course|term|district(?!_?admin)|event", before[-2]) is not None
    last = [part for part in before if part not in ("data", "object", "value", "body")]
    return bool(last) and bool(OTHERS.search(last[-1])) and not re.search(r"school_admin|district_admin", last[-1])


def _accepts(view: View, node: Chain, field: str, before: tuple[str, ...], back: tuple[str, ...]) -> bool:
    """Say whether a reading is of a Clever response rather than of the application's own records."""
    if is_clever_value(before) or (is_clever_value(back) and not is_own_record(back)):
        return True
    if is_clever_object(view, before[-1:]) and not is_own_record(back):
        return True
    asked = asked_of(view, node)
    if not asked and (is_own_record(back) or is_own_record(before)):
        return False
    if re.match(r"/(?:schools|sections|courses|terms|districts)(?:/\{[^}]*\})?$", asked):
        return False
    if asked:
        return True
    last = before[-1].removesuffix("()")
    if not PEOPLE.search(last):
        return False
    if _is_of_shape(view, node, before, _is_by_key(node, field)):
        return True
    if _is_by_key(node, field) or _is_getter(node, field):
        return view.evidence.is_about or (field in STRONG and view.evidence.mentions >= 2)
    if not view.evidence.is_about:
        return False
    if len(before) == 1 and re.fullmatch(r"user|account|member|profile|me", last):
        return "credentials" in view.reading.content[node.start : node.end] or _is_v3_user(view, last)
    if re.fullmatch(r"object|record|raw|payload|remote|incoming|upstream|external|item", last):
        return True
    is_known = len(back) > len(before) or any(part == "data" for part in before)
    return is_known or view.evidence.is_in_path or bool(view.evidence.bases)


def _is_of_shape(view: View, node: Node, before: tuple[str, ...], is_by_key: bool) -> bool:
    """Say whether what is read has the shape of a Clever record: told by its keys, or by the name that it goes by."""
    shape = view.evidence.shape - {"class", "table"}
    return bool(shape) and (is_by_key or before[-1] in shape) and not knows_roles(view.reading, node.start)


def _is_v3_user(view: View, name: str) -> bool:
    """Say whether the same name is read as a Clever user elsewhere in the file: half of it has moved already."""
    return re.search(rf"\b{name}\b[\w.\[\]\"'?]*[.\"'](?:roles|legacy_id)\b", view.reading.content) is not None


def _is_by_key(node: Chain, field: str) -> bool:
    """Say whether the field is reached by its name as a text, which an application's own records rarely are."""
    for chain in (node, *(each for each in node.ancestors() if isinstance(each, Chain))):
        for step in chain.steps:
            if any(isinstance(argument, Text) and field in snake(argument.value) for argument in _flat(step.arguments)):
                return True
    return False


def _flat(arguments: tuple[Node, ...]) -> list[Node]:
    return [each for argument in arguments for each in (argument.items if isinstance(argument, Items) else (argument,))]


def _is_getter(node: Chain, field: str) -> bool:
    return any(
        step.kind == "attribute" and step.name.startswith(("get", "Get")) and snake(step.name) == field
        for step in node.steps
    )


def _offset_of(node: Chain, field: str) -> int:
    """Return where the field's own name stands, which may be lines below the chain's beginning."""
    for step in node.steps:
        if step.kind == "attribute" and snake(step.name) == field:
            return step.start
        for argument in _flat(step.arguments):
            if isinstance(argument, Text) and field in snake(argument.value):
                return argument.start
    return node.start


def _of_pattern(view: View, node: Pair) -> Iterator[Finding]:
    """`const { sis_id, dob } = student` and Elixir's `%{"sis_id" => sis}`."""
    if (
        not isinstance(node.key, Items)
        or node.key.bracket != "{"
        or node.operator not in ("=", "<-")
        or node.value is None
    ):
        return
    names = [name for item in node.key.items for name in _named(item)]
    moved = [
        name for name in names if name in STRONG or name in ("grade", "school", "credentials", "relationship", "gender")
    ]
    path = origin_of(view, node.value)
    before = path or ("value",)
    if not moved or V3_MARKS & {*before} or "roles" in names or _is_somebody_elses(before) or is_own_record(before):
        return
    if _is_role_object(view, before, node):
        return
    if view.evidence.is_about and PEOPLE.search(before[-1].removesuffix("()")):
        yield report_field(view, node.key.start, moved[0], ", ".join(moved), "taken_apart")


def _named(item: Node) -> list[str]:
    if isinstance(item, Chain) and isinstance(item.head, str):
        return [snake(item.head)]
    if isinstance(item, Pair):
        return [key_name(item)]
    return []
