"""Moved fields read by SQL: columns of tables that Clever's answers were loaded into, and what it takes out of JSON.

A loader keeps Clever's own names, so the statement that reads its tables is where v3's places have to be learnt.

Source: the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from playbook.audit.evidence import names_clever
from playbook.audit.findings import Finding
from playbook.audit.rules.field_mentions import OF_A_CONTACT
from playbook.audit.rules.field_places import PLACES, TELLING, report_field
from playbook.audit.view import View

READ_IN_SQL = re.compile(
    r"(?:->>?|#>>?)\s*'\{?(?:[\w,]*,)?(\w+)\}?'|(?<=[\w)\"]):(?:\w+[.:])*?(\w+)(?=\s*(?:::|[,)]|\s|$))|"
    r"\bjson\w*\s*\([^()\n]*'(?:\$\.)?(?:[\w.]*\.)?(\w+)'",
    re.IGNORECASE | re.M,
)
ROLES = re.compile(r"[\"'.:_]roles\b")
SOURCE = re.compile(
    r"(?i)\b(?:from|join|using)\s+(?P<table>[\w.\"`\[\]{}$-]+)|\bsource\(\s*'(?P<source>\w+)'\s*,\s*'(?P<name>\w+)'|"
    r"\b(?P<json>json_table|openjson|jsonb?_to_recordset|lateral\s+flatten)\b"
)
DEFINES = re.compile(
    r"(?i)^\s*(?:create\s+(?:\w+\s+)*(?:table|index)\b(?!.*\bselect\b)|alter\s|drop\s|comment\s)", re.S
)
WRITTEN = re.compile(
    r"(?i)\binsert\s*(?:into\s+[\w.\"`]+\s*)?\([^()]*\)|\b(?:conflict|partition\s+by|index\s+\w+)\s*\([^()]*\)"
)
COLUMN = re.compile(r"(?P<owner>[\w$]+\.)?(?P<quote>[\"'`\[]?)\b(?P<name>[A-Za-z_]+)\b")
AS = re.compile(r"(?i)\bas\s+[\"`]?$")
SET = re.compile(r"(?i)\s*=\s*(?:\w+\.|excluded\b|@|:|\?|%s)")
TYPED = re.compile(
    r"(?i)[\"`\]]?\s+(?:varchar2?|text|char|nvarchar|int|integer|bigint|date|timestamp|string|number|boolean|uuid)\b"
)


def find_sql_fields(view: View) -> Iterator[Finding]:
    """Give the moved fields that the statements of a file take out of Clever's records."""
    content = view.reading.content
    if not view.evidence.speaks or ROLES.search(content):
        return
    fields = {next(group for group in match.groups() if group).lower() for match in READ_IN_SQL.finditer(content)}
    known = {*PLACES, *OF_A_CONTACT} if {"relationship", "phone"} <= fields else set(PLACES)
    for match in READ_IN_SQL.finditer(content):
        field = next(group for group in match.groups() if group).lower()
        if field in known and not _is_of_things(content, match.start()):
            yield report_field(view, match.start(match.lastindex or 0), field, match[0].strip(), "sql")
    plain = _without_comments(view)
    for statement in re.finditer(r"[^;]+", plain):
        if _reads_clever(view, statement[0]) and not _is_of_things(plain, statement.start()):
            yield from _of_statement(view, statement[0], statement.start())


def _is_of_things(content: str, offset: int) -> bool:
    """Say whether the statement around a place reads only tables of sections, schools and the like."""
    start, end = content.rfind(";", 0, offset) + 1, content.find(";", offset)
    statement = content[start : end if end >= 0 else None]
    tables = [
        match["name"] or match["table"] for match in SOURCE.finditer(statement) if match["name"] or match["table"]
    ]
    tables += re.findall(r"\b(?:source|ref)\(\s*'(?:\w+'\s*,\s*')?(\w+)'", statement)
    named = [table for table in tables if re.search(r"\w", table)]
    return bool(named) and all(re.search(r"(?i)section|school(?!_?admin)|course|term(?!\w)", table) for table in named)


def _without_comments(view: View) -> str:
    pieces, end = [], 0
    for token in view.reading.tokens:
        if token.kind == "comment":
            pieces += [view.reading.content[end : token.start], " " * (token.end - token.start)]
            end = token.end
    return "".join((*pieces, view.reading.content[end:]))


def _reads_clever(view: View, statement: str) -> bool:
    """Say whether a statement reads a table that Clever's answers are in: one of its name, a loader's, or JSON."""
    if DEFINES.match(statement):
        return False
    for match in SOURCE.finditer(statement):
        if match["source"] or names_clever(match[0]) or (match["json"] and names_clever(statement)):
            return True
    return view.evidence.is_in_path and SOURCE.search(statement) is not None


def _of_statement(view: View, statement: str, start: int) -> Iterator[Finding]:
    """Give the columns of a statement that are Clever's: with a telling one, all others of the same table."""
    written = [match.span() for match in WRITTEN.finditer(statement)]
    owners: dict[str, list[re.Match[str]]] = defaultdict(list)
    for match in COLUMN.finditer(statement):
        name, at = match["name"].lower(), match.start("name")
        is_written = any(first <= at < last for first, last in written) or _is_set(statement, match)
        is_word = match["quote"] == "'" and name not in TELLING and match["owner"] != "$."
        if name in PLACES and not is_written and not is_word:
            owners[(match["owner"] or "").lower()].append(match)
    for owner, matches in owners.items():
        if any(match["name"].lower() in TELLING for match in matches):
            for match in matches:
                field = match["name"].lower()
                yield report_field(view, start + match.start("name"), field, f"{owner}{field}", "sql")


def _is_set(statement: str, match: re.Match[str]) -> bool:
    """Say whether a column is the application's own: an alias, a declaration, what is set."""
    before, after = statement[max(0, match.start() - 12) : match.start()], statement[match.end("name") :][:40]
    is_alias = AS.search(before + match["quote"]) is not None and not match["owner"]
    return is_alias or TYPED.match(after) is not None or (not match["owner"] and SET.match(after) is not None)
