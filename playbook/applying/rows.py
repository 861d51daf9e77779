"""Writing one row at a time, each write compared with what was there and journaled in the same transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Delete,
    Insert,
    LargeBinary,
    Table,
    Update,
    and_,
    cast,
    delete,
    insert,
    literal,
    null,
    or_,
    select,
    text,
    update,
)

from playbook.accounts.image import OURS
from playbook.accounts.schema import untouched_columns
from playbook.applying.cells import Cell, Cells, Row, moved_key, row_text
from playbook.applying.ciphers import RunKey, hide_cell
from playbook.applying.inserting import insert_row, missing_key
from playbook.applying.journal import CELLS
from playbook.applying.marking import row_marks
from playbook.applying.pretending import Pretence
from playbook.applying.values import are_numbers, encode, kept_row, readable, writable

MARKS = "marks"
"""The journal's action that says what moved rows held in their other cells: by row key, one mark a column."""


class Drift(Exception):
    """A row is not what the plan, or an undo, expects it to be."""

    def __init__(self, code: str, columns: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.columns = tuple(columns)


@dataclass(slots=True)
class Writer:
    """Writes the rows of one action after another, and the journal rows that record them.

    A dry run is the same writer with `execute` off: it reads, compares and shows its statements, and sends none.

    Attributes:
        connection: A transaction of the caller; the writer never commits.
        tables: The reflected tables by name, and the playbook's own.
        run: The run's number.
        entry: The entry of the audit chain that will seal the journal rows.
        execute: Whether writes are sent to the database.
        absent: Tables, and columns as `table.column`, that a dry run would add first: nothing is in them yet.
        show: Gets every statement as text, where somebody wants to read them.
        journaled: The journal rows of the transaction so far.
        most: Rows that one transaction gives away at most, so that nobody waits for it long.
        key: Encrypts the journal; a dry run needs none.
        accounts: The account table, whose keys are no secret: the plan tells them.
        pretence: What a dry run would have written.
    """

    connection: Connection
    tables: Mapping[str, Table]
    run: int
    entry: int
    execute: bool
    absent: frozenset[str] = frozenset()
    show: Callable[[str], None] | None = None
    journaled: list[dict[str, Any]] = field(default_factory=list)
    most: int = 2_000
    key: RunKey | None = None
    accounts: str = ""
    pretence: Pretence = field(default_factory=Pretence)
    position: int = 0
    _part: int = 0

    @property
    def dialect(self) -> str:
        """The engine's name, as SQLAlchemy has it."""
        return self.connection.dialect.name

    def begin(self, position: int, *, part: int = 0) -> None:
        """Start the next action; `part` goes on where an earlier transaction of the same action ended."""
        self.position, self._part = position, part

    def find(
        self, table: str, cells: Cells, *, where: str = "", among: Sequence[Cells] = (), most: int | None = None
    ) -> list[Row]:
        """Return the rows that hold these values, locked until the transaction ends, in the order of their keys.

        Args:
            where: A condition that they meet as well.
            among: The keys that they are looked for among; by default all.
            most: How many are returned at most; by default all.
        """
        if table in self.absent:
            return []
        source = self.tables[table]
        columns = [self._readable(column).label(column.name) for column in source.columns]
        query = select(*columns).where(self.matching(source, cells)).order_by(*source.primary_key.columns)
        query = query.where(text(f"({where})")) if where else query
        query = query.where(self._among(source, among)) if among else query
        gone = self.pretence.gone.get(table, ())
        query = query.limit(most if most is None else most + len(gone))
        query = query.with_for_update() if self.execute else query
        found = [kept_row(row) for row in self.connection.execute(query).mappings()]
        return [*self.pretence.left(source, found), *self._pretended(table, cells, where, among)][:most]

    def change(self, table: str, key: Cells, column: str, before: str | None, after: str | None) -> None:
        """Change one cell from what it must hold to what it shall hold.

        Raises:
            Drift: It holds something else.
        """
        if before == after:
            return
        source = self.tables[table]
        target = source.columns[column]
        statement = (
            update(source)
            .where(self.matching(source, {**key, column: before}))
            .values(untouched_columns(source) | {target: writable(target, after, self.dialect)})
        )
        if self._write(statement, expected=1) != 1:
            raise Drift("changed", [f"{table}.{column}"])
        if not self.execute:
            for row in self.find(table, moved_key(key, column, before)):
                self.pretence.change(source, row, {column: after})
        self._journal("update", table, moved_key(key, column, after), column, before, after)

    def change_many(
        self, table: str, keys: Sequence[Cells], column: str, before: str | None, after: str | None
    ) -> list[Cells]:
        """Change one cell of many rows that must all hold the same; return the keys of those that do not.

        Args:
            keys: The rows' keys, of the same columns each, and none of them the column that is changed.
        """
        source = self.tables[table]
        target = source.columns[column]
        rows = self.find(table, {column: before}, among=keys)
        held = {row_text(self.key_of(table, row)) for row in rows}
        there = [key for key in keys if row_text(key) in held]
        if there:
            statement = update(source).where(self._among(source, there), self._equals(target, before))
            statement = statement.values(untouched_columns(source) | {target: writable(target, after, self.dialect)})
            if self._write(statement, expected=len(there)) != len(there):
                raise Drift("racing_rows", [f"{table}.{column}"])
        for key in there:
            self._journal("update", table, key, column, before, after)
        return [key for key in keys if row_text(key) not in held]

    def repoint(self, table: str, column: str, rows: Sequence[Row], before: str, after: str, *, where: str) -> None:
        """Give rows that were found, and locked, to another account with one statement.

        Raises:
            Drift: The rows are no longer the ones that were found.
        """
        if not rows:
            return
        source = self.tables[table]
        target = source.columns[column]
        statement = update(source).where(self._equals(target, before))
        if where:
            statement = statement.where(text(f"({where})"))
        statement = statement.values(untouched_columns(source) | {target: writable(target, after, self.dialect)})
        if self._write(statement, expected=len(rows)) != len(rows):
            raise Drift("racing_rows", [f"{table}.{column}"])
        marks: dict[str, str] = {}
        for row in rows:
            key = moved_key(self.key_of(table, row), column, after)
            self._journal("update", table, key, column, before, after)
            marks[row_text(key)] = row_marks(source, row)
            if not self.execute:
                self.pretence.change(source, row, {column: after})
        self._journal(MARKS, table, {}, column, None, json.dumps(marks, ensure_ascii=False))

    def add(self, table: str, row: Cells, key: Sequence[str] = ()) -> Cells:
        """Insert a row and return its key: the columns `key`, else the primary key."""
        source = self.tables[table]
        made = dict(row) | missing_key(self.connection, source, row)
        given = {source.columns[name]: value for name, value in made.items() if source.columns[name].computed is None}
        statement = insert_row(source, {c: writable(c, value, self.dialect) for c, value in given.items()})
        if self.execute:
            result = self.connection.execute(statement)
            for column, value in zip(source.primary_key.columns, result.inserted_primary_key or (), strict=False):
                made.setdefault(column.name, encode(str(value) if self.dialect == "postgresql" else value))
        else:
            self._write(statement, expected=1)
            self.pretence.add(source, made)
        names = key or [column.name for column in source.primary_key.columns]
        named = {name: made.get(name) for name in names}
        is_known = not self.execute or table.startswith(OURS)  # what the application's database makes of a row is not
        whole = made if is_known else self.find(table, named)[0]
        self._journal("insert", table, named, "", None, row_text(whole))
        return named

    def remove(self, table: str, row: Row) -> None:
        """Delete a row that was found; its whole content is kept in the journal."""
        source = self.tables[table]
        key = self.key_of(table, row)
        if self._write(delete(source).where(self.matching(source, key)), expected=1) != 1:
            raise Drift("racing_rows", [table])
        if not self.execute:
            self.pretence.change(source, row, None)
        self._journal("delete", table, key, "", row_text(row), None)

    def confirm(self, table: str) -> None:
        """Record the action even where it found all in place already."""
        if self._part == 0:
            self._journal("none", table, {}, "", None, None)

    def record(self, position: int, action: str, table: str, key: Cells, *cells: Cell) -> None:
        """Journal what was done to one row, as all that an action did."""
        self.begin(position)
        for column, before, after in cells:
            self._journal(action, table, key, column, before, after)

    def flush(self) -> None:
        """Send the journal rows of the transaction; the caller commits them together with what they record."""
        if self.execute and self.journaled:
            self.connection.execute(insert(CELLS), self.journaled)
        elif not self.execute:
            for row in self.journaled:
                self._write(insert(CELLS).values(row), expected=1)

    def counts(self) -> dict[str, int]:
        """Return how many rows the transaction has written, by table."""
        return dict(Counter(row["table_name"] for row in self.journaled if row["action"] not in ("none", MARKS)))

    def key_of(self, table: str, row: Cells) -> Cells:
        """Return the part of a row that names it."""
        return {column.name: row[column.name] for column in self.tables[table].primary_key.columns}

    def _pretended(self, table: str, cells: Cells, where: str, among: Sequence[Cells]) -> Iterator[Row]:
        """Yield the rows that a dry run would have made so; a condition is asked of the row that one comes from."""
        source = self.tables[table]
        for row, origin in self.pretence.find(table, cells, among):
            asked: list[Any] = [self.matching(source, origin), text(f"({where})")] if where and origin else []
            if not asked or self.connection.scalar(select(literal(1)).select_from(source).where(*asked)):
                yield row

    def _readable(self, column: Column[Any]) -> ColumnElement[Any]:
        return null() if f"{column.table.name}.{column.name}" in self.absent else readable(column, self.dialect)

    def _write(self, statement: Update | Delete | Insert, *, expected: int) -> int:
        if self.execute:
            return int(self.connection.execute(statement).rowcount)
        if self.show:
            self.show(str(statement.compile(dialect=self.connection.dialect, compile_kwargs={"literal_binds": True})))
        return expected

    def _journal(self, action: str, table: str, key: Cells, column: str, before: str | None, after: str | None) -> None:
        row = (self.run, self.position, self._part, action, table, row_text(key), column, self.entry, before, after)
        cell = dict(zip(CELLS.columns.keys(), row, strict=True))
        # The plan and the playbook's own tables tell the keys of accounts anyway; a number elsewhere tells nobody.
        is_known = table == self.accounts or table.startswith(OURS)
        is_key_clear = is_known or are_numbers(self.tables[table], key)
        if self.execute:
            assert self.key is not None  # whatever writes has a run, and the run its key
            self.journaled.append(self.key.encrypt_cell(cell, is_key_clear=is_key_clear))
        else:
            self.journaled.append(hide_cell(cell, is_key_clear=is_key_clear))
        self._part += 1

    def _among(self, table: Table, keys: Sequence[Cells]) -> ColumnElement[bool]:
        if len(keys[0]) > 1:
            return or_(*(self.matching(table, key) for key in keys))
        column = table.columns[next(iter(keys[0]))]
        return column.in_([writable(column, key[column.name], self.dialect) for key in keys])

    def matching(self, table: Table, cells: Cells) -> ColumnElement[bool]:
        """Return the condition that a row holds exactly these kept values."""
        return and_(*(self._equals(table.columns[name], value) for name, value in cells.items()))

    def _equals(self, column: Column[Any], value: str | None) -> ColumnElement[bool]:
        """Return the condition that a cell holds exactly a kept value: on MySQL text is compared by its bytes too."""
        if value is None:
            return column.is_(None)
        bound = writable(column, value, self.dialect)
        condition: ColumnElement[bool] = column == bound
        if self.dialect == "mysql" and value.startswith("s:"):
            condition = and_(condition, cast(column, LargeBinary) == cast(bound, LargeBinary))
        return condition
