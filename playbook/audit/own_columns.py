"""Which of the fields that moved an application also keeps under the same name: reading such a column reads no answer.

Told by migrations, models and table definitions, in the ways in which frameworks write them.
"""

from __future__ import annotations

import re

FIELDS = (
    "sis_id|state_id|student_number|teacher_number|dob|ell_status|hispanic_ethnicity|iep_status|frl_status|"
    "graduation_year|staff_id|district_username|phone_type"
)
TYPES = "varchar2?|char|text|string|integer|int|bigint|uuid|date|datetime|timestamp|number|nvarchar|citext"
OWN_COLUMN = re.compile(
    rf"(?:^|[\s(,;])t\.(?:string|text|integer|date|datetime|bigint|column|citext)[ (]+[:\"'](?P<a>{FIELDS})\b|"
    rf"\b(?:add_column|add_index|add|addColumn|column|rename_column)\b[^\n]*?[:\"'](?P<b>{FIELDS})\b|"
    rf"->\w+\(\s*[\"'](?P<c>{FIELDS})[\"']\s*[,)][^\n]*;|"
    rf"^\s*[\"`\[]?(?P<d>{FIELDS})[\"`\]]?\s+(?:{TYPES})\b|"
    rf"\b(?P<e>{FIELDS})\s*(?::\s*Mapped\[[^\n]*|)=?\s*(?:models\.\w+Field|(?:db|sa)\.Column|Column|mapped_column|orm\.\w+)\(|"
    rf"^\s*field\s+:(?P<f>{FIELDS}),\s*:(?:{TYPES})\b|^\s*@Column[^\n]*\b(?P<g>{FIELDS})\b|"
    rf"CREATE\s+TABLE[^;]*?\b(?P<h>{FIELDS})\s+(?:{TYPES})",
    re.M | re.I,
)


def find_own_columns(text: str) -> frozenset[str]:
    """Return the moved fields that a file declares as columns of the application's own."""
    return frozenset(name.lower() for match in OWN_COLUMN.finditer(text) for name in match.groupdict().values() if name)
