"""What an application calls the fields that moved: columns of its own by the same names, properties by other names.

Reading a column of its own reads no answer of Clever's; reading a property that a declaration names on the wire does.
Told by migrations, models, table definitions, annotations and tags, in the ways in which frameworks write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from playbook.audit.reading.paths import snake

TELLING = (
    "sis_id|state_id|student_number|teacher_number|dob|ell_status|hispanic_ethnicity|iep_status|frl_status|"
    "graduation_year|staff_id|district_username|phone_type"
)
COMMON = "grade|school|schools|title|gender|race|home_language|department|location|credentials|phone|relationship"
"""What others than Clever call fields too: these tell only in a file that speaks of Clever."""

UNMOVED = ("id", "name", "email", "type", "data", "first", "last", "middle", "district", "created", "status", "value")
"""What Clever's records or their parts have too, in the same place as ever."""

FIELDS = re.compile(rf"\b(?:{TELLING})\b")
ALL_FIELDS = re.compile(rf"\b(?:{TELLING}|{COMMON})\b")
TYPES = "varchar2?|char|text|string|integer|int|bigint|uuid|date|datetime|timestamp|number|nvarchar|citext"
OWN_COLUMN = re.compile(
    rf"(?:^|[\s(,;])t\.(?:string|text|integer|date|datetime|bigint|column|citext)[ (]+[:\"'](?P<a>{TELLING})\b|"
    rf"\b(?:add_column|add_index|add|addColumn|column|rename_column)\b[^\n]*?[:\"'](?P<b>{TELLING})\b|"
    rf"->\w+\(\s*[\"'](?P<c>{TELLING})[\"']\s*[,)][^\n]*;|"
    rf"(?:^|[(,])\s*[\"`\[]?(?P<d>{TELLING})[\"`\]]?\s+(?:{TYPES})\b|"
    rf"\b(?P<e>{TELLING})\s*(?::\s*Mapped\[[^\n]*|)=?\s*(?:models\.\w+Field|(?:db|sa)\.Column|Column|mapped_column|orm\.\w+)\(|"
    rf"^\s*field\s+:(?P<f>{TELLING}),\s*:(?:{TYPES})\b|^\s*@Column[^\n]*\b(?P<g>{TELLING})\b",
    re.M | re.I,
)
WIRED = re.compile(
    rf"^[ \t]*(?P<go>[A-Z]\w*)[ \t]+\S+[ \t]+`[^`\n]*\bjson:\"(?:{TELLING}|{COMMON})[,\"]|"
    rf"(?:SerialName|SerializedName|JsonProperty|JsonPropertyName|JsonKey|Json|Expose|JsonAlias|serde)\w*\s*\(?[^\n]*?"
    rf"[\"'](?:{TELLING}|{COMMON})[\"'][^\n]*?[)\]]\s*(?:[\w<>?\[\],.]+\s+){{0,4}}?(?P<after>[A-Za-z]\w*)\s*(?=[:;=,)]|\{{\s*get)|"
    rf"^[ \t]*case\s+(?P<swift>\w+)\s*=\s*\"(?:{TELLING}|{COMMON})\"|"
    rf"^[ \t]*(?P<python>[a-z]\w*)\s*:[^\n=]+=\s*\w*[Ff]ield\([^\n]*alias\s*=\s*[\"'](?:{TELLING}|{COMMON})[\"']",
    re.M,
)
MAX_WINDOW = 500
MAX_WINDOWS = 400  # of a file that people wrote; data has more, and declares nothing


def find_own_columns(text: str) -> frozenset[str]:
    """Return the moved fields that a file declares as columns of the application's own."""
    return frozenset(
        name.lower()
        for _, window in _windows(text, FIELDS)
        for match in OWN_COLUMN.finditer(window)
        for name in match.groupdict().values()
        if name
    )


def find_renames(text: str, *, is_speaking: bool) -> dict[str, str]:
    """Return the properties, in snake case, that a file keeps moved fields in under other names, with each field.

    Args:
        is_speaking: The file names Clever.
    """
    found: dict[str, str] = {}
    for field, window in _windows(text, ALL_FIELDS if is_speaking else FIELDS):
        match = WIRED.search(window)
        name = snake(match[match.lastgroup or 0]) if match and field in match[0] else field
        if name not in (field, *UNMOVED):
            found[name] = field
    return found


def _windows(text: str, fields: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Give each telling name with its line and the next; a line that nobody wrote by hand declares nothing."""
    for match in islice(fields.finditer(text), MAX_WINDOWS):
        start = text.rfind("\n", max(0, match.start() - MAX_WINDOW), match.start()) + 1
        end = text.find("\n", match.end(), match.end() + MAX_WINDOW)
        following = text.find("\n", end + 1, end + MAX_WINDOW) if end >= 0 else -1
        if match.start() - start < MAX_WINDOW:
            yield match[0], text[start : following if following >= 0 else match.end() + MAX_WINDOW]
