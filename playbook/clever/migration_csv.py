"""Read Clever's own migration CSVs: which v2 id became which v3 user, every row accounted for.

Clever publishes no list of the columns; `role_id` and `user_id` are what has been seen, so the reader takes any order
and the names that the documentation uses for the same two ids. The files cover only the districts that were connected
when they were requested, and are checked against the API by whoever matches.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide, "API v3.x Migration CSVs".
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import IO, Any

import pandas as pd

from playbook.clever.migration_files import BadFile, open_csvs
from playbook.clever.tables import MAPPING
from playbook.district import CLEVER_ID
from playbook.errors import Fault, InputError

ALIASES: Mapping[str, tuple[str, ...]] = {
    "legacy_id": ("role_id", "legacy_id", "previous_id", "v2_id"),
    "user_id": ("user_id", "v3_user_id", "multi_role_user_id", "id"),
    "role": ("role", "type", "user_type"),
    "district_id": ("district_id", "district"),
}
"""What each column may be called. A bare `id` counts only where no other name of the user id stands."""

ROLE_WORDS: Mapping[str, str] = {
    "student": "student",
    "teacher": "teacher",
    "contact": "contact",
    "staff": "staff",
    "schooladmin": "staff",
    "districtadmin": "district_admin",
}

FAULTS: Mapping[str, str] = {
    "blank_row": "neither id is there",
    "blank_legacy_id": "the v2 id is missing",
    "blank_user_id": "the v3 user id is missing",
    "malformed_legacy_id": "the v2 id is not 24 characters of 0-9 and a-f",
    "malformed_user_id": "the v3 user id is not 24 characters of 0-9 and a-f",
    "misaligned_row": "the row has more cells than the header",
    "foreign_district": "the row belongs to another district",
    "repeated_row": "an earlier row says the same",
    "conflicting_user": "one v2 id stands beside several user ids",
}
"""Why a row cannot be used; a row without fault has a blank code."""

MAX_LINE = 2**20


def read_migration_csvs(paths: Sequence[Path], district_id: str) -> pd.DataFrame:
    """Return every row of Clever's migration CSVs.

    Args:
        paths: Loose CSVs and zips of CSVs.
        district_id: The district that is being migrated; rows of another one are kept, with a fault.

    Returns:
        A `MAPPING` table sorted by file and line, ids in lower case. Rows with a blank `fault` hold each legacy id
        once; one user id beside several legacy ids is a person with several roles and no fault.

    Raises:
        InputError: A file is unsafe, unreadable, or lacks or repeats a column; all of them are listed.
    """
    faults: list[Fault] = []
    rows: list[pd.DataFrame] = []
    for path in paths:
        try:
            with open_csvs(Path(path)) as files:
                rows += [_read_csv(name, text, district_id) for name, text in files]
        except BadFile as error:
            faults.append(error.fault)
    if faults:
        raise InputError(
            f"{len(faults)} of the migration CSVs cannot be used",
            code="migration_csv",
            remedy="Correct the listed files or take them out of the district file; nothing was written.",
            faults=faults,
        )
    return MAPPING.make(_mark_repeats(pd.concat(rows, ignore_index=True))) if rows else MAPPING.empty()


def _read_csv(name: str, text: IO[str], district_id: str) -> pd.DataFrame:
    lines = _lines(name, text)
    header = next(lines, "")
    reader = csv.reader(chain([header], lines), delimiter=max(",;\t", key=header.count))
    try:
        names = [_normalised(cell) for cell in next(reader, [])]
        columns = _columns(name, names)
        rows = [
            _row(name, line, cells, columns, is_misaligned=len(cells) > len(names), district_id=district_id)
            for line, cells in _numbered(reader)
        ]
    except csv.Error:
        raise BadFile(name, "is not a CSV") from None
    return pd.DataFrame(rows, columns=list(MAPPING.columns))


def _lines(name: str, text: IO[str]) -> Iterator[str]:
    while line := text.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise BadFile(name, f"has a line of {MAX_LINE} characters or more")
        yield line


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows and the line that each begins at; lines without any cell are no rows."""
    line = reader.line_num
    for cells in reader:
        if cells:
            yield line + 1, cells
        line = reader.line_num


def _normalised(cell: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", cell.lower()).strip("_")


def _columns(name: str, names: Sequence[str]) -> dict[str, int]:
    """Return where each of our columns stands.

    Raises:
        BadFile: A column is repeated or missing, or two columns say the same thing.
    """
    repeated = {found for found in names if found and names.count(found) > 1}
    if repeated:  # other names are not shown: a file without header has a person in its first line
        known = sorted(repeated.intersection(chain.from_iterable(ALIASES.values())))
        raise BadFile(name, f"repeats {'the column ' + ', '.join(known) if known else 'a column'}", "keep one of them")
    columns: dict[str, int] = {}
    for column, aliases in ALIASES.items():
        present = [alias for alias in aliases if alias in names]
        if len(present) > 1 and present[-1] in ("id", "district"):
            present.pop()
        if len(present) > 1:
            raise BadFile(name, f"has several columns for {column}: {', '.join(present)}", "keep one of them")
        if present:
            columns[column] = names.index(present[0])
        elif column in ("legacy_id", "user_id"):
            raise BadFile(name, f"has no column for {column}", f"name it one of {', '.join(aliases)}")
    return columns


def _row(
    name: str, line: int, cells: list[str], columns: Mapping[str, int], *, is_misaligned: bool, district_id: str
) -> tuple[object, ...]:
    def cell(column: str) -> str:
        index = columns.get(column, len(cells))
        return cells[index].strip().lower() if index < len(cells) else ""

    legacy_id, user_id = cell("legacy_id"), cell("user_id")
    role = ROLE_WORDS.get(re.sub(r"[^a-z]", "", cell("role")), "")
    district = cell("district_id") if CLEVER_ID.fullmatch(cell("district_id")) else _district_in(name)
    fault = "misaligned_row" if is_misaligned else _fault(legacy_id, user_id, district, district_id)
    return legacy_id, user_id, role, district, name, line, fault


@cache
def _district_in(name: str) -> str:
    """Return the district that a file's name says, blank where it says none; the inner name of a zip comes first."""
    found = re.findall(r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])", name.lower())
    return found[-1] if found else ""


def _fault(legacy_id: str, user_id: str, district: str, district_id: str) -> str:
    if not legacy_id and not user_id:
        return "blank_row"
    for column, value in (("legacy_id", legacy_id), ("user_id", user_id)):
        if not value:
            return f"blank_{column}"
        if not CLEVER_ID.fullmatch(value):
            return f"malformed_{column}"
    return "foreign_district" if district and district != district_id else ""


def _mark_repeats(rows: pd.DataFrame) -> pd.DataFrame:
    """Mark rows that say again what an earlier one said, and every row of a legacy id with several user ids."""
    usable = rows[rows["fault"] == ""].sort_values(["file", "line"], kind="stable")
    users = usable.groupby("legacy_id")["user_id"].transform("nunique")
    repeated = usable.index[usable.duplicated(["legacy_id", "user_id"])]
    rows.loc[repeated, "fault"] = "repeated_row"
    rows.loc[usable.index[users > 1], "fault"] = "conflicting_user"
    return rows
