"""Moved fields in configuration: a map from Clever's fields to the application's, or a list of what is picked.

The code that follows the map names no field; the document is what has to change.

Source: the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from playbook.audit.findings import Finding
from playbook.audit.reading.node import Items, Node, Pair, Text
from playbook.audit.rules.field_mentions import OF_A_CONTACT
from playbook.audit.rules.field_places import PLACES, STRONG, TELLING, report_field
from playbook.audit.rules.field_records import NO_PERSON, OTHERS
from playbook.audit.rules.field_tables import OURS, TABLE, TYPES
from playbook.audit.rules.field_told import find_told_fields
from playbook.audit.scopes import Keys, is_in_scope, keys_of
from playbook.audit.view import View

REACHED = re.compile(r"^(?:\$\.?|\{\{\s*|@\.?|/)?(?P<path>[a-z_]\w*(?:(?:\.|/|\[\d*\]\.?)[a-z_]\w*)*)(?:\s*\}\})?$")
WITHIN = re.compile(
    r"(?:^|[./])(?:data|object|record|raw|credentials|student|teacher|contact|user|person|response)[./]"
)
RECORDED = re.compile(rf"\\?\"(?P<field>{'|'.join(sorted(TELLING))})\\?\"\s*:(?=\s*\\?[\"\d])")
LISTED = re.compile(
    r"(?m)^(?P<indent>[ \t]*)[\"']?(?P<key>[\w.\-]*(?:fields?|columns?|attributes|attrs|select|include|keys|picks?))"
    r"[\"']?[ \t]*[:=][ \t]*(?:\n(?P<lines>(?:[ \t]*-[ \t]*[\"']?[\w.]+[\"']?[ \t]*(?:#[^\n]*)?(?:\n|\Z))+)|"
    r"\[(?P<flow>[^\]]*)\])"
)
ITEM = re.compile(r"[A-Za-z_][\w.]*")

ABOVE = 4_000  # characters, in which the name of a schema stands in front of its properties
BLOCK = re.compile(r"(?m)^(?P<indent> *)properties: *\n(?P<body>(?:(?P=indent) +[^\n]*(?:\n|\Z))+)")
JQ = re.compile(r"\bjq\b[^\n']*'(?P<program>[^'\n]*)'")


def find_document_fields(view: View) -> Iterator[Finding]:
    """Give the moved fields that a document of keys and values maps or picks where it is about Clever."""
    if re.search(r"(?:^|[.\"'\s/])roles[.\"'/]", view.reading.content):
        return
    mapped = [
        (keys_of(node), node, field) for node in view.nodes() if isinstance(node, Pair) and (field := _mapped(node))
    ]
    for parent, group in groupby(mapped, key=lambda each: each[0][:-1]):
        rows = list(group)
        if _is_map(view, parent, rows):
            for _, node, field in rows:
                yield report_field(view, node.start, field, field, "table")
    yield from _of_lists(view)
    yield from _of_schemas(view)
    yield from _of_programs(view)
    yield from _of_blocks(view)
    if view.is_test:
        yield from _of_recordings(view)


def _of_schemas(view: View) -> Iterator[Finding]:
    """Give the moved fields of a JSON schema of what Clever sends: `"properties": {"teacher_number": {…}}`."""
    declared = [
        (keys_of(node), node) for node in view.nodes() if isinstance(node, Pair) and isinstance(node.value, Items)
    ]
    rows = [(keys, node) for keys, node in declared if keys[-2:-1] == ("properties",)]
    for _, group in (
        groupby(rows, key=lambda row: row[0][:-1]) if view.evidence.is_in_path or view.evidence.bases else ()
    ):
        fields = [(keys[-1], node) for keys, node in group]
        names = {name for name, _ in fields}
        is_contact = bool(names & {"relationship", "phone_type"})
        if names & TELLING and not _is_of_things(fields[0][1]) and not NO_PERSON.search(view.below.rpartition("/")[2]):
            for name, node in fields:
                if name in PLACES or (is_contact and name in OF_A_CONTACT):
                    yield report_field(view, node.start, name, name, "declared")


def _of_programs(view: View) -> Iterator[Finding]:
    """Give the moved fields that a program of jq reads, where a document runs one on what Clever sent."""
    for match in JQ.finditer(view.reading.content) if view.evidence.bases or view.evidence.is_in_path else ():
        named = [each for each in re.finditer(r"\.([a-z_]+)\b", match["program"]) if each[1] in PLACES]
        is_of_people = re.search(r"student|teacher|contact", match.string[match.end() : match.end() + 60]) is not None
        told = next((each for each in named if each[1] in TELLING or is_of_people), None)
        if told is not None and not re.search(r"\broles\b", match["program"]):
            yield report_field(view, match.start("program") + told.start(1), told[1], told[1], "jq")


def _of_blocks(view: View) -> Iterator[Finding]:
    """Give the moved fields of a schema that is written in blocks: `properties:` and the fields below it."""
    content = view.reading.content
    for match in BLOCK.finditer(content) if view.evidence.bases or view.evidence.is_in_path else ():
        above = re.findall(
            rf"(?m)^ {{0,{max(0, len(match['indent']) - 1)}}}(\w+):",
            content[max(0, match.start() - ABOVE) : match.start()],
        )
        first = re.match(r" +", match["body"])
        fields = list(re.finditer(rf"(?m)^{first[0]}(\w+):", match["body"])) if first else []
        if {each[1] for each in fields} & TELLING and not (above and NO_PERSON.search(above[-1])):
            for each in fields:
                if each[1] in PLACES:
                    yield report_field(view, match.start("body") + each.start(1), each[1], each[1], "declared")


def _is_of_things(node: Node) -> bool:
    """Say whether a schema is of a section or a school."""
    keys = keys_of(node)
    return len(keys) > 2 and NO_PERSON.search(keys[-3]) is not None


def _of_recordings(view: View) -> Iterator[Finding]:
    """Give the moved fields of answers that were written down for tests, as bodies or as texts that hold one."""
    yield from find_told_fields(view)
    for match in RECORDED.finditer(view.reading.content):
        yield report_field(view, match.start("field"), match["field"], match["field"], "body")


def _mapped(pair: Pair) -> str:
    """Return the moved field that an entry maps to or from; blank where it maps none."""
    value = pair.value
    if not isinstance(value, Text) or value.value in TYPES:
        return ""
    reached = REACHED.match(value.value)
    theirs = re.split(r"[./]", reached["path"])[-1] if reached else ""
    if theirs in PLACES:
        return theirs
    key = keys_of(pair)[-1:]
    own = key[0].rpartition(".")[2] if key else ""
    return own if own in PLACES and OURS.fullmatch(value.value) and not value.value[:1].isupper() else ""


def _is_map(view: View, parent: Keys, rows: list[tuple[Keys, Pair, str]]) -> bool:
    if not any(field in STRONG for _, _, field in rows):
        return False
    if not (view.evidence.is_in_path or is_in_scope(parent, view.scopes) or _is_spelled_so(view)):
        return False
    reaches = any(WITHIN.search(row.value.value) for _, row, _ in rows if isinstance(row.value, Text))
    return reaches or any(TABLE.search(key.lower()) and key.lower() != "clever" for key in parent)


def _is_spelled_so(view: View) -> bool:
    """Say whether a document holds several of Clever's own names in a project that keeps none of them itself."""
    evidence = view.evidence
    if not evidence.project.is_clever or OTHERS.search(view.reading.content) or evidence.project.columns:
        return False
    held = {node.value for node in view.nodes() if isinstance(node, Text)} & TELLING
    return len(held) >= 2


def _of_lists(view: View) -> Iterator[Finding]:
    for match in LISTED.finditer(view.reading.content):
        start = match.start("lines") if match["lines"] else match.start("flow")
        items = list(ITEM.finditer(re.sub(r"#[^\n]*", lambda cut: " " * len(cut[0]), match["lines"] or match["flow"])))
        moved = [item for item in items if item[0].rpartition(".")[2] in PLACES]
        if not any(item[0].rpartition(".")[2] in STRONG for item in moved):
            continue
        if not (view.evidence.is_in_path or is_in_scope(_keys_at(view, match.start("key")), view.scopes)):
            continue
        for item in moved if match["lines"] else moved[:1]:
            field = item[0].rpartition(".")[2]
            yield report_field(view, start + item.start(), field, field, "picked")


def _keys_at(view: View, offset: int) -> Keys:
    """Return the keys that the document's key at an offset stands under."""
    token = next((each for each in view.reading.tokens if each.start == offset and each.kind == "name"), None)
    if token is not None:
        return tuple(token.value.split("."))
    around: list[Node] = [each for each in view.nodes() if each.start <= offset < each.end and isinstance(each, Pair)]
    return keys_of(around[0]) if around else ()


__all__ = ["find_document_fields"]
