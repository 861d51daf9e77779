"""Fields of the same name that did not move: a section's grade and school, the location of an HTTP response.

A record is a section where the code around reads of it what only sections have, or where the function is named so.

Source: the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re

from playbook.audit.findings import Finding
from playbook.audit.reading.paths import snake
from playbook.audit.rules.field_guards import is_guarded_by_thing
from playbook.audit.view import View

SHARED = ("grade", "school")
"""Fields that sections have too, in the same place as ever."""

REACH = (
    r"(?:\)?\??\.(?:data\.)?|->|\?->|&\.)(?:(?:get\w*|dig|fetch|opt\w*|at)\(\s*)?[\"':/]{0,2}|\[\s*[\"':]{1,2}|"
    r"\s*\\\s*\""
)
OF_SECTION = r"(?:teachers?|students|course(?:_?id|_name|_number)?|term_?id|subject|period|section_number)"
NAMED_SO = re.compile(r"(?:^|_)(?:sections?|class(?:es|rooms?)?|groups?|courses?|lessons?|rooms?)(?:_|$)")
OF_PEOPLE = re.compile(r"student|teacher|pupil|kid|child|person|people|user|staff|contact|member|learner|admin")
OWNER = re.compile(rf"(?P<owner>[$@]?\w+)(?:{REACH})$")
READ = re.compile(rf"(?P<owner>[$@]?\w+)(?:{REACH})")
HTTP = re.compile(
    r"(?i)(?:\bres(?:p(?:onse)?)?|window|document|router|headers?|browser|page|"
    r"\.\w+\([^()]*(?:\([^()]*\))?[^()]*\))\s*\.$"
)
NEAR = 800


def is_another_field(view: View, found: Finding) -> bool:
    """Say whether a finding is of a field that keeps its place in v3."""
    offset = view.reading.start_of(found.line) + found.column - 1
    content = view.reading.content
    field = re.match(r"[\"':]*(\w+)", content[offset : offset + 60])
    if is_guarded_by_thing(view.reading, offset):
        return True
    if field is None:
        return False
    line = content[content.rfind("\n", 0, offset) + 1 : offset]
    if snake(field[1]) == "location" and HTTP.search(line) is not None:
        return True
    if _is_own_record(view, offset, line):
        return True
    return (
        found.variant != "value"
        and snake(field[1]) in SHARED
        and _is_of_section(view, offset, line + content[offset : field.start(1) + offset])
    )


def _is_own_record(view: View, offset: int, line: str) -> bool:
    """Say whether a field is read from what also holds a Clever id under that name: the application's own record."""
    content = view.reading.content
    owner = OWNER.search(line) or READ.match(content, offset)
    if owner is None or "lever" not in content:
        return False
    function = view.reading.function_at(offset)
    start, end = (function.start, function.end) if function else (max(0, offset - NEAR), offset + NEAR)
    own = rf"(?<![\w.]){re.escape(owner['owner'])}(?:{REACH})(?:get)?(?i:clever_?(?:user_?)?u?id)\b"
    return re.search(own, content[start:end]) is not None


def _is_of_section(view: View, offset: int, before: str) -> bool:
    function = view.reading.function_at(offset)
    name = snake(function.name) if function is not None else ""
    if NAMED_SO.search(name) and not OF_PEOPLE.search(name):
        return True
    owner = OWNER.search(before)
    if owner is None:
        return False
    start = max(function.start if function is not None else 0, offset - NEAR)
    end = min(function.end if function is not None else len(view.reading.content), offset + NEAR)
    read = rf"(?<![\w.]){re.escape(owner['owner'])}(?:{REACH}){OF_SECTION}\b"
    return re.search(read, view.reading.content[start:end]) is not None
