"""Linking many accounts at once: ranges of the key, a few thousand a transaction, each row compared and journaled.

The new ids wait in a temporary table of the session. Comparing, journaling and writing happen inside the database, so
a million rows never travel; a row whose image differs is left out and judged by itself, so that its column is named.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Text,
    and_,
    between,
    cast,
    delete,
    exists,
    insert,
    literal,
    literal_column,
    select,
    text,
    true,
    update,
)

from playbook.accounts.image import columns_of, image_expression
from playbook.accounts.schema import Schema, untouched_columns
from playbook.applying.chain import BETWEEN, NULL_MARK, digest_lines
from playbook.applying.journal import CELLS
from playbook.applying.rows import Drift
from playbook.district import Accounts
from playbook.merging.plan import Header, Plan
from playbook.tables import TEXT

LOAD = 10_000
"""Rows that are sent to the temporary table at a time, where the engine has no bulk load."""


def is_bulk(plan: Plan) -> pd.Series:
    """Say which rows of a plan are links that can be written many at a time: single accounts, one cell each."""
    rows, header = plan.rows, plan.header
    if header.undoes or header.layout.credentials or not _column(header):
        return pd.Series(False, index=rows.index)
    alone = (rows["group"] == rows["account_id"]) & ~rows["account_id"].isin(set(rows["survivor_id"]) - {""})
    return (rows["kind"] == "link") & alone


@dataclass(frozen=True, slots=True)
class Staging:
    """Links that wait in the session's temporary table.

    Attributes:
        table: The temporary table: position, account, value, the expected before, image, row key.
        column: The column of the account table that is written.
        is_range: Keys are numbers, so that a batch is a range of them.
    """

    table: Table
    users: Table
    key: Column[Any]
    column: Column[Any]
    imaged: tuple[str, ...]
    is_range: bool
    where: str

    def link(self, connection: Connection, run: int, entry: int, batch: pd.DataFrame) -> set[int]:
        """Journal and link a batch's accounts that are as the plan saw them; return the positions of the others.

        Raises:
            Drift: What was journaled is not what was written.
        """
        if connection.dialect.name == "postgresql":
            journaled = self._link_at_once(connection, run, entry, batch)
            return self._unjournaled(connection, run, batch) if journaled < len(batch) else set()
        journaled = self._journal(connection, run, entry, batch)
        left = self._unjournaled(connection, run, batch) if journaled < len(batch) else set()
        position = self.table.columns.playbook_position
        for start in range(0, len(left), 500):
            connection.execute(delete(self.table).where(position.in_(sorted(left)[start : start + 500])))
        statement = update(self.users).where(*self._matching(batch))
        values = untouched_columns(self.users) | {self.column: self.table.columns.playbook_value}
        written = connection.execute(statement.values(values)).rowcount
        if written != journaled:
            raise Drift("racing_rows")
        return left

    def _link_at_once(self, connection: Connection, run: int, entry: int, batch: pd.DataFrame) -> int:
        """Write, and journal what was written, in one statement: a row is compared, locked and changed together."""
        staged = self.table.columns
        written = (
            update(self.users)
            .where(*self._matching(batch), *self._is_unchanged(connection))
            .values({self.column: staged.playbook_value})
            .returning(staged.playbook_position, staged.playbook_row_key, staged.playbook_before, staged.playbook_value)
            .cte("written")
        )
        return self._insert(connection, select(*self._cells(run, entry, written.columns)))

    def _journal(self, connection: Connection, run: int, entry: int, batch: pd.DataFrame) -> int:
        """Lock a batch's accounts, and journal those that are as the plan saw them; return how many."""
        values = select(*self._cells(run, entry, self.table.columns))
        values = values.where(*self._matching(batch), *self._is_unchanged(connection))
        return self._insert(connection, values.with_for_update())

    def _insert(self, connection: Connection, values: Select[Any]) -> int:
        statement = insert(CELLS).from_select(list(CELLS.columns.keys()), values)
        return int(connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount)

    def _cells(self, run: int, entry: int, rows: Any) -> list[ColumnElement[Any]]:
        """Return the journal's columns, in order, for rows that hold a link."""
        table, column = literal(self.users.name), literal(self.column.name)
        place = [
            literal(run),
            rows.playbook_position,
            literal(0),
            literal("update"),
            table,
            rows.playbook_row_key,
            column,
        ]
        return [*place, literal(entry), _kept(rows.playbook_before), _kept(rows.playbook_value)]

    def _unjournaled(self, connection: Connection, run: int, batch: pd.DataFrame) -> set[int]:
        """Return the positions of a batch that were not journaled."""
        position = self.table.columns.playbook_position
        done = exists().where(CELLS.c.run == run, CELLS.c.position == position, CELLS.c.part == 0)
        return set(connection.scalars(select(position).where(between(position, *_ends(batch)), ~done)))

    def digest(self, batch: pd.DataFrame) -> str:
        """Return the digest that the audit chain seals a batch's journal rows with."""
        before, value = pa.array(batch["before"]), pa.array(batch["user_id"])
        kept = pc.if_else(pc.equal(before, ""), NULL_MARK, pc.binary_join_element_wise("s", before, ":"))
        position = pc.cast(pa.array(batch["position"]), pa.string())
        place = (position, "0", "update", self.users.name, pa.array(batch["row_key"]), self.column.name)
        lines = pc.binary_join_element_wise(*place, kept, pc.binary_join_element_wise("s", value, ":"), BETWEEN)
        return digest_lines(lines.to_pylist())

    def _matching(self, batch: pd.DataFrame) -> list[ColumnElement[bool]]:
        staged = self.table.columns
        conditions = [self.key == staged.playbook_account, between(staged.playbook_position, *_ends(batch))]
        if self.is_range:
            keys = batch["account_id"].astype("int64[pyarrow]")
            conditions.append(between(self.key, int(keys.min()), int(keys.max())))
        return conditions

    def _is_unchanged(self, connection: Connection) -> list[ColumnElement[bool]]:
        """Return the conditions that an account is as the plan saw it and that its cell holds what it should."""
        image = image_expression(columns_of(self.users, self.imaged), connection.dialect.name)
        # "is true" keeps the image out of the join's key, where PostgreSQL would compute it twice a row.
        is_same = (self.table.columns.playbook_image == image).is_(true())
        where = [literal_column(f"({self.where})", Boolean)] if self.where else []
        return [is_same, self._holds_before(connection), *where]

    def _holds_before(self, connection: Connection) -> ColumnElement[bool]:
        before, column = self.table.columns.playbook_before, self.column
        is_equal: ColumnElement[bool] = column == before
        if connection.dialect.name == "mysql":  # where "a" equals "A", which an undo would not restore
            is_equal = cast(column, LargeBinary) == cast(before, LargeBinary)
        return and_(column.is_(None), before.is_(None)) | is_equal


def stage_links(
    connection: Connection, schema: Schema, accounts: Accounts, header: Header, links: pd.DataFrame
) -> tuple[Staging, pd.DataFrame]:
    """Load links into the session's temporary table.

    Returns:
        The staging, and the links with what is expected before and the row's key in the journal.
    """
    users = schema.accounts
    key, column = users.columns[accounts.key], users.columns[_column(header)]
    is_number = isinstance(key.type, Integer)
    tag = "s" if not is_number or connection.dialect.name == "postgresql" else "i"
    row_keys = _row_keys(key.name, tag, links["account_id"], is_number=is_number)
    before = links["old_id"] if header.store == "replace" else pd.Series("", index=links.index, dtype=TEXT)
    links = links.assign(row_key=row_keys, before=before)
    table = Table(
        "playbook_staging",
        MetaData(),
        Column("playbook_position", Integer, primary_key=True, autoincrement=False),
        Column("playbook_account", key.type, nullable=False),
        Column("playbook_value", String(24), nullable=False),
        Column("playbook_before", column.type),
        Column("playbook_image", String(64), nullable=False),
        Column("playbook_row_key", Text, nullable=False),
        prefixes=["TEMPORARY"],
    )
    table.create(connection)
    _load(connection, table, links, is_number=is_number)
    imaged = schema.imaged
    return Staging(table, users, key, column, imaged, is_number, accounts.where), links


def _row_keys(name: str, tag: str, accounts: pd.Series, *, is_number: bool) -> pd.Series:
    """Return the accounts' keys as the journal writes them: JSON, put together at once where nothing needs quoting."""
    if is_number:
        return f'{{{json.dumps(name)}: "{tag}:' + accounts + '"}'
    keys = [json.dumps({name: f"{tag}:{account}"}, ensure_ascii=False) for account in accounts]
    return pd.Series(keys, index=accounts.index, dtype=TEXT)


def _load(connection: Connection, table: Table, links: pd.DataFrame, *, is_number: bool) -> None:
    account = links["account_id"].astype("int64[pyarrow]") if is_number else links["account_id"]
    before = links["before"].where(links["before"] != "")
    columns = [links["position"], account, links["user_id"], before, links["image"], links["row_key"]]
    names = list(table.columns.keys())
    if connection.dialect.name == "postgresql":
        rows = pa.table({name: pa.array(column) for name, column in zip(names, columns, strict=True)})
        buffer = pa.BufferOutputStream()
        csv.write_csv(rows, buffer, csv.WriteOptions(include_header=False))
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT csv)") as copy:
            copy.write(buffer.getvalue().to_pybytes())
        connection.execute(text(f"ANALYZE {table.name}"))
        return
    for start in range(0, len(links), LOAD):
        parts = [column.iloc[start : start + LOAD].to_list() for column in columns]
        rows_at_once = [dict(zip(names, row, strict=True)) for row in zip(*parts, strict=True)]
        connection.execute(insert(table), [{n: None if v is pd.NA else v for n, v in r.items()} for r in rows_at_once])


def _column(header: Header) -> str:
    return header.layout.v3_id if header.store == "beside" else header.layout.clever_id


def _ends(batch: pd.DataFrame) -> tuple[int, int]:
    return int(batch["position"].iloc[0]), int(batch["position"].iloc[-1])


def _kept(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a text as the journal keeps it; a null stays one."""
    return literal("s:", type_=Text()) + column
