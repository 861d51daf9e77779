"""An account's image: the SHA-256 of its row, and of its credential row, as the database itself writes them as text.

The image is an SQL expression, so that reading and compare-and-set compute the very same thing, a million rows at a
time and without sending them anywhere. Every column counts, except what the playbook adds: the column that will hold
the v3 id (its value is compared by itself) and names that begin with `playbook_`.

Marks say *which* column changed when an image differs: four hexadecimal digits a column, in the order of `columns`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import reduce
from operator import add
from zlib import crc32

from sqlalchemy import ColumnElement, LargeBinary, Table, Text, cast, func
from sqlalchemy.sql import ColumnCollection
from sqlalchemy.sql.selectable import FromClause

OURS = "playbook_"
"""Tables and columns whose names begin so are the playbook's own."""

MARK = 4
_ARGUMENTS = 100
_NO_VALUE = "null"  # no four hexadecimal digits spell it


def imaged_columns(table: Table, *, without: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of the columns that an image covers, in the table's order."""
    return tuple(c.name for c in table.columns if c.name not in without and not c.name.startswith(OURS))


def columns_of(table: FromClause, names: Sequence[str]) -> list[ColumnElement[object]]:
    """Return columns by name, of a table or of a subquery that stands for it."""
    collection: ColumnCollection[str, ColumnElement[object]] = table.columns
    return [collection[name] for name in names]


def image_of(*cells: object) -> str:
    """Return a row's image where it is computed here: on SQLite, by a function of ours, and of files.

    Python's own notation tells a number from its text, and null from "".
    """
    return hashlib.sha256(repr(cells).encode()).hexdigest()


def marks_of(*cells: object) -> str:
    """Return a row's marks where they are computed here."""
    return "".join(_NO_VALUE if cell is None else f"{crc32(repr(cell).encode()) & 0xFFFF:04x}" for cell in cells)


def image_expression(columns: Sequence[ColumnElement[object]], dialect: str) -> ColumnElement[str]:
    """Return the image of a row as SQL: 64 hexadecimal digits.

    Args:
        columns: The account's columns, and its credential row's after them.
        dialect: `postgresql`, `mysql` or `sqlite`; the session settings of `playbook.accounts.engine` are assumed.
    """
    if dialect == "postgresql":  # a row's text tells null from "" and quotes what could be mistaken
        return func.encode(func.sha256(func.convert_to(cast(func.row(*columns), Text), "UTF8")), "hex")
    if dialect == "mysql":
        parts = [func.coalesce(func.concat(func.length(_bytes(c)), ":", _bytes(c)), "~") for c in columns]
        return func.sha2(func.concat(*parts), 256)
    digests = [func.playbook_image(*some, type_=Text()) for some in _some(columns)]
    return digests[0] if len(digests) == 1 else func.playbook_image(*digests, type_=Text())


def marks_expression(columns: Sequence[ColumnElement[object]], dialect: str) -> ColumnElement[str]:
    """Return a row's marks as SQL: four characters a column."""
    if dialect == "sqlite":
        return _joined([func.playbook_marks(*some, type_=Text()) for some in _some(columns)])
    return _joined([_mark(column, dialect) for column in columns])


def changed_columns(names: Sequence[str], before: str, after: str) -> tuple[str, ...]:
    """Return which columns differ between two rows' marks; none where a change kept its mark (1 in 65,536)."""
    cells = (slice(index * MARK, (index + 1) * MARK) for index in range(len(names)))
    return tuple(name for name, cell in zip(names, cells, strict=True) if before[cell] != after[cell])


def _mark(column: ColumnElement[object], dialect: str) -> ColumnElement[str]:
    hashed = func.md5(cast(column, Text) if dialect == "postgresql" else _bytes(column))
    return func.substr(func.coalesce(hashed, _NO_VALUE, type_=Text()), 1, MARK, type_=Text())


def _bytes(column: ColumnElement[object]) -> ColumnElement[object]:
    return cast(column, LargeBinary)


def _joined(parts: Sequence[ColumnElement[str]]) -> ColumnElement[str]:
    return reduce(add, parts[1:], parts[0])


def _some(columns: Sequence[ColumnElement[object]]) -> list[Sequence[ColumnElement[object]]]:
    """Return columns in groups that one function of SQLite can take."""
    return [columns[start : start + _ARGUMENTS] for start in range(0, len(columns), _ARGUMENTS)]
