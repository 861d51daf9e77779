"""Branches that only sections, schools and the like come to: what is read there has not moved.

Told by the layout, which every language shares: the lines further left, above a place, that test for a kind.

Source: the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.reading.token import Reading

TESTS = re.compile(r"\b(?:if|elif|elsif|elseif|case|when|in)\b|=>|->|^\s*[\w|\"']+\)")
ARROWED = ("rust", "scala", "csharp")
"""Languages in which what stands in front of an arrow is an arm, not a key."""

NEGATED = re.compile(r"!=|!==|\bnot\b|\bunless\b|<>|!\w+[.(]")
THINGS = re.compile(
    r"[\"'`:](?:sections?|schools?|courses?|terms?|districts?)(?:\.[\w*]+)?(?:[\"'`]|\b(?!_))|"
    r"\b(?:[A-Z]+_)*(?:SECTION|SCHOOL|COURSE|TERM|DISTRICT)S?(?!_?ADMIN)(?:_(?:CREATED|UPDATED|DELETED))?\b|"
    r"^\s*(?:sections?|schools?|courses?|terms?|districts?)\)"
)
PEOPLE = re.compile(r"(?i)student|teacher|contact|school_?admin|district_?admin|staff|user|person")
FARTHEST = 60  # lines


def is_guarded_by_thing(reading: Reading, offset: int) -> bool:
    """Say whether a place is in a branch that is for no person, as far as its text tests say."""
    for test in _tests_around(reading, offset):
        if PEOPLE.search(test):
            return False
        if THINGS.search(test):
            return NEGATED.search(test) is None
    return False


def _tests_around(reading: Reading, offset: int) -> Iterator[str]:
    """Give the tests around a place, the innermost first: that in front of it in its line, then those further left."""
    function = reading.function_at(offset)
    first = reading.line_of(function.start) if function is not None else 1
    number = reading.line_of(offset)
    line = reading.text_of(number)
    before = line[: offset - reading.start_of(number)]
    if TESTS.search(before) and ("=>" not in before or reading.language in ARROWED):
        yield before
    indent = len(line) - len(line.lstrip())
    for each in range(number - 1, max(first, number - FARTHEST) - 1, -1):
        above = reading.text_of(each)
        column = len(above) - len(above.lstrip())
        if above.strip() and column < indent:
            indent = column
            if TESTS.search(above):
                yield above
