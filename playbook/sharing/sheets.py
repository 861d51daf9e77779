"""Sheets that district staff fill in: CSV or XLSX out and back in, all text, no formula ever run, nothing lost.

Source: OWASP, CSV injection; ECMA-376 part 1, 22.9.2.19, for characters that a workbook cannot hold.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation

from playbook.errors import Fault, InputError
from playbook.sharing.formulas import neutralise_formula, restore_formula
from playbook.tables import TEXT

MOST_ROWS = 1_048_575
_WIDEST = 60
_TO_FILL = PatternFill("solid", fgColor="FFF4D6")
_UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table of text as CSV that no spreadsheet runs; for its owner's eyes only."""
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        writer.writerows([neutralise_formula(cell) for cell in row] for row in _texts(table))


def write_xlsx(
    table: pd.DataFrame,
    path: Path,
    *,
    title: str,
    to_fill: Collection[str] = (),
    choices: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> None:
    """Write a table of text as a workbook in which every cell is typed as text; for its owner's eyes only.

    Args:
        table: What to write.
        path: Where.
        title: The sheet's name.
        to_fill: Columns that somebody is to fill in; they are coloured.
        choices: Columns to the words that may be picked there; a blank may stay.

    Raises:
        InputError: The table has more rows than a workbook can hold.
    """
    if len(table) > MOST_ROWS:
        raise InputError("the table has more rows than a workbook holds", remedy="Use the CSV.", code="too_many_rows")
    workbook = Workbook(write_only=True)
    workbook.properties.creator = "playbook"
    sheet = workbook.create_sheet(title)
    sheet.freeze_panes = "A2"
    for index, width in enumerate(_widths(table), 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    colours = [_TO_FILL if column in to_fill else None for column in table.columns]
    sheet.append(
        [_cell(sheet, str(name), bold=True, fill=fill) for name, fill in zip(table.columns, colours, strict=True)]
    )
    for row in _texts(table):
        sheet.append([_cell(sheet, text, fill=fill) for text, fill in zip(row, colours, strict=True)])
    for column, words in choices.items():
        sheet.data_validations.append(_picking(words, list(table.columns).index(column) + 1, len(table) + 1))
    path.touch(mode=0o600)
    workbook.save(path)


def read_sheet(path: Path) -> pd.DataFrame:
    """Read a sheet that was filled in; every cell is text, an empty one the empty text.

    Args:
        path: A `.csv` or `.xlsx` file, its first row the columns.

    Raises:
        InputError: It cannot be read, or names a column twice or not at all; all faults are listed.
    """
    read = _read_xlsx if path.suffix.lower() == ".xlsx" else _read_csv
    try:
        rows = list(read(path))
    except (OSError, UnicodeDecodeError, csv.Error, InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise InputError(f"{path.name} cannot be read as a sheet", remedy="Save it as CSV (UTF-8) or XLSX.") from None
    header, body = (rows[0], rows[1:]) if rows else ([], [])
    faults = [*_column_faults(header), *_row_faults(header, body)]
    if faults:
        raise InputError(f"{path.name} has faults", remedy="Correct the sheet; nothing was read.", faults=faults)
    filled = [row + [""] * (len(header) - len(row)) for row in body if any(row)]
    return pd.DataFrame(filled, columns=header, dtype=TEXT)


def _texts(table: pd.DataFrame) -> Iterator[list[str]]:
    return ([str(cell) for cell in row] for row in table.itertuples(index=False, name=None))


def _picking(words: Sequence[str], column: int, last: int) -> DataValidation:
    """Let one of a few words be picked in a column, from below its header down to a row."""
    picking = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True, showErrorMessage=True)
    picking.error = f"One of {', '.join(words)}, or nothing."
    letter = get_column_letter(column)
    picking.add(f"{letter}2:{letter}{max(last, 2)}")
    return picking


def _cell(sheet: Any, text: str, *, bold: bool = False, fill: PatternFill | None = None) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=_UNHOLDABLE.sub(_escape, text))
    cell.data_type = "s"  # openpyxl would type what begins with = as a formula
    cell.quotePrefix = True
    cell.font = Font(bold=bold)
    cell.alignment = Alignment(vertical="top", wrap_text=len(text) > _WIDEST)
    cell.number_format = "@"
    if fill is not None:
        cell.fill = fill
    return cell


def _escape(match: re.Match[str]) -> str:
    return f"_x{ord(match.group()):04X}_"


def _widths(table: pd.DataFrame) -> Iterable[int]:
    for column in table.columns:
        longest = max((len(str(cell)) for cell in table[column].head(200)), default=0)
        yield min(max(longest, len(str(column))) + 2, _WIDEST)


def _read_csv(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        start = file.read(4096)
        file.seek(0)
        delimiter = ";" if start.split("\n")[0].count(";") > start.split("\n")[0].count(",") else ","
        yield from ([restore_formula(cell) for cell in row] for row in csv.reader(file, delimiter=delimiter))


def _read_xlsx(path: Path) -> Iterator[list[str]]:
    workbook = load_workbook(path, read_only=True, data_only=False)
    try:
        for row in workbook.worksheets[0].iter_rows(values_only=True):
            yield [_text(value) for value in row]
    finally:
        workbook.close()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), str(value))


def _column_faults(header: Sequence[str]) -> Iterator[Fault]:
    if not header:
        yield Fault("row 1", "names no columns")
    if not all(name.isprintable() for name in header):
        yield Fault("row 1", "names a column with characters that cannot be seen")
    for column in sorted({name for name in header if header.count(name) > 1}):
        yield Fault("row 1", "names a column twice" if column else "has a column without a name", column)


def _row_faults(header: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[Fault]:
    for number, row in enumerate(body, 2):
        if any(row[len(header) :]):
            yield Fault(f"row {number}", f"has more cells than the {len(header)} columns")
