"""What a record of Clever's looks like where nobody names Clever: fields that few other answers have, read together.

A mapper that is handed a record by the file that asked for it says nothing of where the record is from; its fields do.

Source: the v2.1 data model.
"""

from __future__ import annotations

import re

from playbook.audit.accesses import path_of
from playbook.audit.reading.node import Chain, Items, Node, Text
from playbook.audit.reading.parser import Syntax
from playbook.audit.reading.paths import snake
from playbook.audit.reading.token import Reading
from playbook.audit.rosters import OTHER_ROSTERS
from playbook.audit.words import words

OWN_FIELDS = words(
    "sis_id district_username district_password teacher_number ell_status frl_status iep_status hispanic_ethnicity "
    "student_number state_id phone_type"
)
"""Fields that hardly any other roster calls so."""

OTHER_FIELDS = words(
    "dob grade school schools gender race relationship graduation_year home_language title credentials phone "
    "student_relationships middle last_modified enrollments"
)
NESTED = words("credentials.district_username name.first name.last name.middle location.zip")
"""What Clever nests and most applications keep flat."""

FOREIGN = re.compile(rf"(?i){OTHER_ROSTERS}|googleapis|csv|spreadsheet|xlsx|sftp")
WIRE = re.compile(
    r"(?:json|bson|mapstructure):\"([a-z_]+)|(?:JsonProperty|SerializedName|SerialName|JsonPropertyName|Json|rename|"
    r"JsonAlias|JsonKey|alias)\w*\s*(?:\(|=)[^\n\"]*\"([a-z_]+)\"|case\s+\w+\s*=\s*\"([a-z_]+)\""
)
SPELLED_AS_SENT = words("javascript typescript coffeescript dart lua")
"""Languages in which an attribute is a key of what was sent; a page shows what its own server sent."""

ROLES = re.compile(r"[\"'.:\[]roles\b|\blegacy_id\b")
ENOUGH = 2


def find_shape(reading: Reading, syntax: Syntax) -> frozenset[str]:
    """Return the names whose fields a file reads as Clever sends them; empty where too few are told.

    A class that is read from such a record stands as `class`, a table of its fields as `table`.
    """
    content = reading.content
    if not any(name in content for name in (*OWN_FIELDS, "SisId", "sisId")) or FOREIGN.search(content):
        return frozenset()
    read: dict[str, set[str]] = {}
    for node in syntax.nodes:
        if isinstance(node, Chain) and node.steps and not knows_roles(reading, node.start):
            _note(node, reading.language in SPELLED_AS_SENT, read)
    told = {name for names in read.values() for name in names}
    listed = {token.value.rpartition(".")[2] for token in reading.tokens if token.kind == "text"} & OWN_FIELDS
    wired = {name for groups in WIRE.findall(content) for name in groups if name in OWN_FIELDS | OTHER_FIELDS}
    found = set(read) if _is_enough(told) else set()
    kinds = {kind for kind, names in (("class", wired), ("table", listed)) if len(names) > 2 or _is_enough(names)}
    return frozenset(found | kinds)


def knows_roles(reading: Reading, offset: int) -> bool:
    """Say whether the function around a place, or the file where there is none, reads v3's roles."""
    function = reading.function_at(offset)
    start, end = (function.start, function.end) if function else (0, len(reading.content))
    return ROLES.search(reading.content, start, end) is not None


def _is_enough(told: set[str]) -> bool:
    return bool(told & (OWN_FIELDS | NESTED)) and len(told) >= ENOUGH and bool(told & OWN_FIELDS)


def _note(node: Chain, is_as_sent: bool, read: dict[str, set[str]]) -> None:
    """Note the fields that an access reads by their names as texts, or as attributes where those are keys."""
    if isinstance(node.parent, Chain) and node.parent.head is node:
        return
    path = path_of(node)
    for place in range(1, len(path)):
        if path[place] not in OWN_FIELDS | OTHER_FIELDS and path[place - 1] != "name":
            continue
        if not (_is_by_key(node, path[place]) or is_as_sent):
            continue
        nested = ".".join(path[place - 1 : place + 1])
        told = {path[place]} & (OWN_FIELDS | OTHER_FIELDS) | {nested} & NESTED
        if told:
            owner = next((part for part in reversed(path[:place]) if part not in ("credentials", "name", "[]")), "")
            read.setdefault(owner or path[0], set()).update(told)


def _is_by_key(node: Chain, field: str) -> bool:
    return any(
        isinstance(each, Text) and field in snake(each.value) for step in node.steps for each in _flat(step.arguments)
    )


def _flat(arguments: tuple[Node, ...]) -> list[Node]:
    return [each for argument in arguments for each in (argument.items if isinstance(argument, Items) else (argument,))]
