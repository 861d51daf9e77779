"""Finding, adding, changing and removing many rows with one statement each, every row journaled as its own action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy import any_ as any_of
from sqlalchemy.types import NullType

from playbook.accounts.image import OURS
from playbook.accounts.schema import untouched_columns
from playbook.applying.cells import Cells, Row, row_text
from playbook.applying.chain import digest_cells
from playbook.applying.journal import CELLS
from playbook.applying.rows import Drift, Writer
from playbook.applying.staging import array_literal, unnested
from playbook.applying.values import assignable, decode, kept_row, readable_columns

Numbered = Sequence[tuple[int, Row]]
"""Rows, each with the position of the action that it belongs to."""


def find_all(writer: Writer, table: str, column: str, values: Iterable[str | None], *, where: str = "") -> list[Row]:
    """Return the rows whose column holds one of these kept values; a writer that writes locks them for itself."""
    source, dialect = writer.tables[table], writer.dialect
    query = select(*readable_columns(source, dialect)).where(_is_one_of(source.columns[column], values, dialect))
    query = query.where(text(f"({where})")) if where else query
    rows = writer.connection.execute(query.with_for_update() if writer.execute else query).mappings()
    return [kept_row(row) for row in rows]


def add_all(writer: Writer, table: str, rows: Numbered, by: Sequence[str]) -> None:
    """Insert rows and journal each as the database then has it.

    Args:
        by: The columns that tell the rows apart; the first is searched.

    Raises:
        Drift: The database does not have them afterwards.
    """
    plain = [{name: decode(value) for name, value in row.items()} for _, row in rows]
    insert_all(writer.connection, writer.tables[table], plain)
    made = {_place(row, by): row for _, row in rows}
    if not table.startswith(OURS):  # what the application's database makes of a row is not known
        found = find_all(writer, table, by[0], [row[by[0]] for _, row in rows])
        made = {place: row for row in found if (place := _place(row, by)) in made}
    for position, row in rows:
        if (whole := made.get(_place(row, by))) is None:
            raise Drift("racing_rows", [table])
        writer.record(position, "insert", table, writer.key_of(table, whole), ("", None, row_text(whole)))


def remove_all(writer: Writer, table: str, rows: Numbered) -> None:
    """Delete rows that were found, by their single key; the whole content of each is kept in the journal.

    Raises:
        Drift: Some are gone.
    """
    source = writer.tables[table]
    (key,) = source.primary_key.columns
    is_one = _is_one_of(key, [row[key.name] for _, row in rows], writer.dialect)
    if writer.connection.execute(delete(source).where(is_one)).rowcount != len(rows):
        raise Drift("racing_rows", [table])
    for position, row in rows:
        writer.record(position, "delete", table, writer.key_of(table, row), ("", row_text(row), None))


def change_all(writer: Writer, table: str, rows: Numbered, cells: Sequence[Row]) -> None:
    """Change the same cells of rows that were found, by their single key, and journal each cell.

    Args:
        cells: What each row shall hold; cells that hold it already are not journaled.

    Raises:
        Drift: Some rows are gone.
    """
    source = writer.tables[table]
    (key,) = source.primary_key.columns
    columns = [key, *(source.columns[name] for name in cells[0])]
    values = [
        [decode({**row, **new}[column.name]) for column in columns] for (_, row), new in zip(rows, cells, strict=True)
    ]
    if _change(writer.connection, source, columns, values) != len(rows):
        raise Drift("racing_rows", [table])
    for (position, row), new in zip(rows, cells, strict=True):
        changed = [(name, row[name], value) for name, value in new.items() if row[name] != value]
        writer.record(position, "update", table, writer.key_of(table, row), *changed)


def _change(connection: Connection, table: Table, columns: Sequence[Column[Any]], rows: Sequence[Sequence[Any]]) -> int:
    """Update rows, known by the first of the columns, with the values of the others; return how many there were."""
    names = [f"playbook_{number}" for number in range(len(columns))]
    key, *others = columns
    if connection.dialect.name == "postgresql":
        kinds = {name: ([row[n] for row in rows], Text()) for n, name in enumerate(names)}
        source = unnested(kinds, "playbook_rows_now").columns
        taken = [assignable(column.type) for column in columns]
        new: list[ColumnElement[Any]] = [cast(source[n], kind) for n, kind in zip(names, taken, strict=True)]
    else:
        new = [bindparam(name, type_=NullType()) for name in names]
    values = untouched_columns(table) | dict(zip(others, new[1:], strict=True))
    statement = update(table).where(key == new[0]).values(values)
    if connection.dialect.name == "postgresql":
        return int(connection.execute(statement).rowcount)
    return int(connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows]).rowcount)


def journal_all(writer: Writer, positions: Iterable[int]) -> tuple[set[int], str]:
    """Send what was journaled of many actions; return the positions of the others, and the digest that seals it."""
    if writer.journaled:
        insert_all(writer.connection, CELLS, writer.journaled)
    done = {cell["position"] for cell in writer.journaled}
    return {int(position) for position in positions} - done, digest_cells(writer.journaled)


def insert_all(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; a computed column is left to the database."""
    columns = [table.columns[name] for name in rows[0] if table.columns[name].computed is None]
    if connection.dialect.name == "postgresql":
        source = unnested({c.name: ([row[c.name] for row in rows], Text()) for c in columns}, "playbook_rows_now")
        values = select(*(cast(source.columns[column.name], assignable(column.type)) for column in columns))
        connection.execute(insert(table).from_select(columns, values))
        return
    statement = insert(table).values({c: bindparam(f"p{n}", type_=NullType()) for n, c in enumerate(columns)})
    connection.execute(statement, [{f"p{n}": row[c.name] for n, c in enumerate(columns)} for row in rows])


def _is_one_of(column: Column[Any], values: Iterable[str | None], dialect: str) -> ColumnElement[bool]:
    """Return the condition that a column holds one of these kept values; on MySQL, as its collation sees it."""
    plain = [decode(value) for value in values]
    if dialect == "postgresql":
        array = bindparam(None, array_literal(plain), type_=Text())
        return column == any_of(cast(array, ARRAY(column.type)))
    return column.in_(bindparam(None, plain, type_=NullType(), expanding=True))


def _place(row: Cells, by: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(row[name] for name in by)
