"""Lines that only pass a Clever id on: heads of functions, fields that a constructor fills, properties of a column.

Each of them stands beside the line that keeps the id or looks it up, and changes with that one.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migrate to the v3.x User ID")
"""

from __future__ import annotations

import re

from playbook.audit.flow.functions import Function
from playbook.audit.reading.paths import snake
from playbook.audit.view import View

OWN_FIELD = re.compile(
    r"^\s*(?:(?:this|self|\$this)\s*(?:\.|->)\s*|@)(?P<field>\w+)\s*=\s*\$?(?P<given>\w+)\s*;?\s*(?:end)?\s*\}?\s*$"
)
SETTER = re.compile(r"^(?:set|with|assign)_?|=$")
NAMED_COLUMN = re.compile(
    r"(?i)^\s*(?:@|#\[|\[)[\w\\.]*(?:column|field|index|prop|property|join)\w*\b[^\n]*\bname\w*[\"']?\s*(?:=|:)\s*[\"']"
)
FIELD = re.compile(
    r"^\s*(?:(?:public|private|protected|internal|readonly|static|final|val|var|lateinit)\s+)*"
    r"[\w?<>$]+(?:\s+[$\w]+)?\s*[?!]?\s*(?::\s*[\w| <>?]+)?\s*(?:=\s*(?:null|''|\"\")\s*)?[;,]?\s*$"
)
TYPE_ENTRY = re.compile(r"^\s*(?:export\s+)?type\s+\w+\s*=\s*\{")
MIGRATED = re.compile(r"multi_role_user_id")
CLASS_NAME = re.compile(r"^\s*(?:[a-z]+\s+)*(?:class|interface|struct|module|record|trait)\s+(?P<name>\w+)")
ONE_LINE_SETTER = re.compile(
    r"^\s*(?:public\s+|final\s+|internal\s+)*void\s+set\w+\s*\([^)]*\)\s*\{\s*(?:this\.)?\w+\s*=\s*\w+;\s*\}\s*$"
)
PROMISE = re.compile(
    r"^\s*(?:@\w+\s+)*(?:(?:public|protected|abstract|suspend|static|async|virtual)\s+)*(?:(?:fun|func|def|function|fn)\s+)?"
    r"(?:[\w<>\[\]?.]+(?:\s*,\s*[\w<>?]+>)*\s+)?\w*[cC]lever\w*\s*\([^(){}=]*\)"
    r"(?:\s*(?::|->|throws)?\s*[\w<>\[\]?|., \\*()]+)?\s*;?\s*$"
)
INTERFACE = re.compile(r"\b(?:interface|protocol|trait|abstract)\b")
DERIVES = re.compile(r"\b(?:extends|:)\s*[\w.]*Repository\b|(?:Crud|Jpa|Mongo)Repository|PagingAndSorting")
QUERIED = re.compile(
    r"@(?:Query|SqlQuery|SqlUpdate|Select|Update|Delete|Insert|NamedQuery)\b[^;{}]*(?i:clever)[^;{}]*\)\s*"
    r"(?:\w[\w<>?,. ]*)?$"
)
ANNOTATION = re.compile(r"^\s*(?:@|#\[)\w+\s*\([^\n]*[\"'][^\n]*\)\]?\s*$")
BEFORE = 200
NEAR = 1_200
LONG = 300  # characters of a line; nobody writes a setter that long


def is_passed_on(view: View, offset: int) -> bool:
    """Say whether the line of a place only passes the id on."""
    line = view.reading.text_of(view.reading.line_of(offset))
    if len(line) > LONG:
        return False
    if MIGRATED.search(line) or TYPE_ENTRY.match(line) or ONE_LINE_SETTER.match(line):
        return True
    if _is_class_name(view, line, offset) or _is_promise(view, line, offset):
        return True
    function = view.values.places.function_at(offset)
    is_headed = function is not None and not ANNOTATION.match(line) and _is_in_head(view, function, offset)
    if function is not None and (is_headed or _is_own_field(function, line)):
        return True
    return FIELD.match(line) is not None and _is_under_column(view, offset)


def _is_class_name(view: View, line: str, offset: int) -> bool:
    """Say whether a place is the name of a class: `class AddCleverIds`."""
    match = CLASS_NAME.match(line)
    start = view.reading.start_of(view.reading.line_of(offset))
    return match is not None and match.start("name") <= offset - start < match.end("name")


def _is_promise(view: View, line: str, offset: int) -> bool:
    """Say whether a line only promises a function, in an interface that makes no query of its name."""
    around = view.reading.class_at(offset)
    if around is None or not PROMISE.match(line):
        return False
    head = view.reading.content[max(0, around.start - BEFORE) : around.start + LONG].partition("{")[0]
    before = view.reading.content[max(0, offset - NEAR) : offset].rpartition(";")[2]
    return (INTERFACE.search(head) is not None and not DERIVES.search(head)) or QUERIED.search(before) is not None


def _is_in_head(view: View, function: Function, offset: int) -> bool:
    """Say whether a place is in the head of a function that has its body on lines of its own."""
    head = _end_of_head(view.reading.content, function, offset)
    return offset < head and view.reading.content.find("\n", head, function.end - 1) >= 0


def _end_of_head(content: str, function: Function, offset: int) -> int:
    """Return where the parameters of a function end; its start where it has none."""
    opened = _opening(content, function)
    if opened < 0:
        return content.find("\n", function.start) if "\n" not in content[function.start : offset] else function.start
    depth = 0
    for place in range(opened, min(function.end, opened + NEAR)):
        depth += {"(": 1, ")": -1}.get(content[place], 0)
        if depth == 0:
            return place
    return function.start


def _opening(content: str, function: Function) -> int:
    """Return where the parameters of a function begin; less than nothing where it has none."""
    head = content[function.start : min(function.end, function.start + NEAR)]
    name = re.escape(function.name).replace("_", "_?")
    named = re.search(rf"(?i)(?<![.:>])\b{name}\s*(?:<[^>\n]*>)?\s*\(", head) if function.name else None
    if named is not None:
        return function.start + named.end() - 1
    first = head.find("(")
    return function.start + first if first >= 0 and "\n" not in head[:first].strip() else -1


def _is_own_field(function: Function, line: str) -> bool:
    """Say whether a constructor or a setter does no more here than to keep what it is given."""
    match = OWN_FIELD.match(line)
    if match is None or snake(match["given"]) not in {each.name for each in function.parameters}:
        return False
    return function.is_constructor or SETTER.match(function.name) is not None or len(function.parameters) == 1


def _is_under_column(view: View, offset: int) -> bool:
    """Say whether the annotations above a property name its column, which is the place."""
    number = view.reading.line_of(offset) - 1
    while number > 0 and (above := view.reading.text_of(number)).lstrip()[:1] in ("@", "#", "["):
        if NAMED_COLUMN.match(above):
            return True
        number -= 1
    return False
