"""Ids that look like a person's Clever id and are none: those of schools, other providers' uids, v3's own ids.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migrate to the v3.x User ID")
"""

from __future__ import annotations

import re

from playbook.audit.findings import Finding
from playbook.audit.reading.paths import snake
from playbook.audit.rules.id_names import NO_PERSON
from playbook.audit.view import View

PROVIDERS = (
    r"google\w*|class_?link\w*|canvas|ed_?link|schoology|power_?school|skyward|microsoft|azure\w*|saml|ldap|facebook|"
    r"apple|one_?roster|infinite_?campus|github|okta|entra"
)
NAMED = re.compile(rf"(?i)[\"'.:](?:{PROVIDERS})\b")
OTHER = re.compile(rf"(?i)(?:^|_)(?:{PROVIDERS})(?:_|$)")
TABLE = re.compile(
    r"(?i)\b(?:(?:create|change|alter|drop)[_ ]?table(?: if not exists)?|(?:add|remove|drop|rename)_?(?:column|index)|"
    r"Schema::(?:create|table)|create\s+(?:unique\s+)?index[^\n;(]{0,80}?\son|"
    r"insert\s+into|delete\s+from|update|from)"
    r"(?:\s*\(\s*|\s+)[:\"'`\[]?(?:\w+\.)?[\"`]?(?P<table>\w+)"
)
THING = re.compile(
    r"(?:^|[a-z])(?:District|School|Section|Course|Term|Classroom)(?:s|Model|Entity|Row|Record|Table|Schema)?$"
)
METHOD_OF_THING = re.compile(r"func\s*\(\s*(?:\w+\s+)?\*?(?:District|School|Section|Course|Term)s?\)")
"""The head of a method of Go's, whose class stands in front of its name."""

OF_CLASS = re.compile(
    r"\b(?:static|self|cls)(?:::|\.)\w|(?:^|[=(\s])(?:find_by|find_or_\w+|first_or_\w+|where|create!?|upsert)\W*\(?"
)
PERSON = re.compile(r"teacher|student|user|staff|contact|admin|owner|person|guardian|parent|member|people")
JOINED = re.compile(r"(?i)\bjoin\b")
ENDED = re.compile(r"(?m)^\s*(?:end|\}|\);?)\s*;?\s*$|;\s*$")
V3_COLUMN = re.compile(r"^(?:\w+_)?clever_user_id$")
V2_COLUMN = re.compile(r"(?i)\b(?:\w+_)?clever_?id\b|legacy_?(?:clever_?)?ids?\b")
V3 = re.compile(r"v3(?:\.\d)?$")
V3_SPOKEN = re.compile(r"(?i)\bv3\b|v3\.\d|legacy_?id")
NEAR = 1_500


def is_of_others(view: View, finding: Finding) -> bool:
    """Say whether a place keeps an id that is no person's of Clever's v2."""
    offset = view.reading.start_of(finding.line) + finding.column - 1
    column = snake(finding.legacy.partition(" holds ")[0])
    if finding.variant != "strategy_uid" and PERSON.search(column) is None and _is_of_thing(view, offset):
        return True
    return _is_of_provider(view, offset, column) or _is_of_v3(view, column)


def _is_of_thing(view: View, offset: int) -> bool:
    """Say whether a place is in a class of schools, sections or districts, or in a statement about their table."""
    content = view.reading.content
    function, around = view.reading.function_at(offset), view.reading.class_at(offset)
    is_outside = around is not None and (function is None or function.start < around.start)
    if around is not None and THING.search(around.name) and (is_outside or _is_of_class(view, offset)):
        return True
    if function is not None and METHOD_OF_THING.match(content, function.start):
        return True
    start = max(0, offset - NEAR)
    line_end = content.find("\n", offset)
    tables = TABLE.finditer(content, start, line_end if line_end >= 0 else len(content))
    last = next((each for each in reversed(list(tables)) if each.start() <= offset), None)
    if last is None or not NO_PERSON.search(snake(last["table"])):
        return False
    between = content[last.end() : offset]
    return not ENDED.search(between) and not JOINED.search(between)


def _is_of_class(view: View, offset: int) -> bool:
    """Say whether a place asks the class that it stands in: `static::firstOrCreate(`, `self.find_by(`."""
    start = view.reading.start_of(view.reading.line_of(offset))
    return OF_CLASS.search(view.reading.content, start, offset) is not None


def _is_of_provider(view: View, offset: int, column: str) -> bool:
    """Say whether a column that anybody's id could be in is another provider's here: by its line, function or file."""
    line = view.reading.text_of(view.reading.line_of(offset))
    if "clever" in line.lower() or "clever" in column:
        return False
    if NAMED.search(line):
        return True
    function, around = view.reading.function_at(offset), view.reading.class_at(offset)
    names = [each.name for each in (function, around) if each is not None and each.name]
    names.append(view.below.rpartition("/")[2].partition(".")[0])
    told = [snake(name) for name in names]
    return any(OTHER.search(name) for name in told) and not any("clever" in name for name in told)


def _is_of_v3(view: View, column: str) -> bool:
    """Say whether a column is the one for v3's ids: the file, or the project, knows another for the old ones."""
    content, project = view.reading.content, view.evidence.project
    if V3_COLUMN.match(column) is None:
        return False
    told = {*project.versions, *(text for texts in project.constants.values() for text in texts)}
    if column.replace("_user_id", "_id") in project.facts.columns and any(V3.match(each) for each in told):
        return True
    return bool(V2_COLUMN.search(content)) and bool(V3_SPOKEN.search(content))
