"""Fields, columns and mappings that keep a Clever id, which no expression shows.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migrate to the v3.x User ID")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.reading.token import Token
from playbook.audit.rules.id_names import is_clever_id, report_id
from playbook.audit.view import View

DECLARED = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s*|\[[A-Z][^\]]*\]\s*)*(?:(?:public|private|protected|internal|readonly|static|final|val|var|let|lateinit|virtual|override|pub|field|"
    r"attr_accessor|attr_reader|attribute|property|required|const|mutable|declare)\s+)*(?P<before>[\w<>\[\]?.:,|&\s*]*?)\b(?P<name>\w*[cC]lever\w*|\w*CLEVER\w*)\b"
    r"(?P<after>\s*[?!]?\s*(?::|;|\{\s*get|=\s*(?:mapped_column|Column|models\.|db\.|null|None|field|sa\.|String|Field|DS\.|attr)|\s+(?:string|String|varchar|VARCHAR|text|TEXT|CHAR|\*string|sql\.|uuid|null)|$|,))"
)


TITLE = re.compile(r"\bid\s*=\s*[\"']?$")
"""What stands in front of the name of a statement, in MyBatis' `<select id="byCleverId">`."""

MAPPED_SQL = re.compile(r"(?i)\b(?:insert|select|update|delete|where|set|and|or|on)\b[^\n<]*?\b(clever_\w*id)\b")
LABELLED = re.compile(r"(?:Field|Column|column|string|String)\w*\(.*[\"']Clever (?:\w+ )?(?:id|ID|Id|uid)[\"']")


def find_declarations(view: View) -> Iterator[Finding]:
    """Fields of classes, structs, schemas and tables, which no expression shows."""
    offset = 0
    commented = {view.reading.line_of(token.start) for token in view.reading.tokens if token.kind == "comment"}
    for number, line in enumerate(view.reading.content.splitlines(keepends=True), 1):
        match = DECLARED.match(line) if "lever" in line or "LEVER" in line else None
        if LABELLED.search(line) and number not in commented:
            yield report_id(view, offset + len(line) - len(line.lstrip()), line.split("=")[0].strip()[:40], "declared")
        if (
            match
            and is_clever_id(match["name"])
            and number not in commented
            and _is_declared(view, offset + match.start("name"), match, line)
        ):
            yield report_id(view, offset + match.start("name"), match["name"], "declared")
        offset += len(line)


def _is_declared(view: View, offset: int, match: re.Match[str], line: str) -> bool:
    """Say whether a line that looks like a field is one, and not a statement or an argument."""
    if re.match(
        r"\s*(?:return|if|elsif|elif|else|raise|throw|puts|print|log|import|from|require|use|def|end|when|case|"
        r"yield|await|export default|and|or)\b",
        line,
    ):
        return False
    language = view.reading.language
    if language in ("sql", "prisma", "graphql"):
        return True
    if any(token.kind == "text" and token.start <= offset < token.end for token in _around(view, offset)):
        return False
    after = match["after"].strip()
    if language == "go":
        return bool(re.match(r"\s*\w+\s+[*\w.\[\]]+\s*(?:`|$|//)", line))
    if after in ("", ",") and not match["before"].strip():
        return False
    function, around = view.reading.function_at(offset), view.reading.class_at(offset)
    if function is not None and (around is None or function.start > around.start):
        return False
    if around is not None:
        return True
    if language == "groovy":
        return True
    is_typed = language in ("typescript", "tsx", "rust", "swift", "apex", "kotlin", "scala", "csharp")
    return is_typed and after[:1] in (":", ";", "{", "?")


def _around(view: View, offset: int) -> list[Token]:
    return [token for token in view.reading.tokens if token.start <= offset < token.end]


def find_schema(view: View) -> Iterator[Finding]:
    """Columns in documents: Liquibase, Hibernate and Doctrine mappings, fixtures of a schema."""
    if not re.search(
        r"changeSet|hibernate-mapping|doctrine|createTable|addColumn|<mapper|resultMap|type\s+\w+\s*\{|<column|columns:",
        view.reading.content,
    ):
        return
    for match in MAPPED_SQL.finditer(view.reading.content) if view.reading.language == "xml" else ():
        if is_clever_id(match[1]):
            yield report_id(view, match.start(1), match[1], "sql")
    for token in view.reading.tokens:
        last = token.value.rpartition(".")[2]
        is_title = TITLE.search(view.reading.content, max(0, token.start - 12), token.start) is not None
        if token.kind in ("name", "text") and is_clever_id(last) and re.fullmatch(r"\w+", last) and not is_title:
            yield report_id(view, token.start, last, "column")
