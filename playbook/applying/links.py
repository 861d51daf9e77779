"""Linking many accounts at once: ranges of the key, a few thousand a transaction, each row compared and journaled.

The new ids wait in a temporary table of the session. Comparing, journaling and writing happen inside the database, so
a million rows never travel; a row whose image differs is left out and judged by itself, so that its column is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import csv
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
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
    select,
    text,
    update,
)

from playbook.accounts.image import columns_of, image_expression
from playbook.accounts.schema import Schema
from playbook.applying.chain import cell_line
from playbook.applying.journal import CELLS
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

    def journal(self, connection: Connection, run: int, entry: int, batch: pd.DataFrame) -> int:
        """Lock a batch's accounts, and journal those that are as the plan saw them; return how many."""
        staged = self.table.columns
        image = image_expression(columns_of(self.users, self.imaged), connection.dialect.name)
        values = select(
            literal(run),
            staged.playbook_position,
            literal(0),
            literal("update"),
            literal(self.users.name),
            staged.playbook_row_key,
            literal(self.column.name),
            literal(entry),
            _kept(staged.playbook_before),
            _kept(staged.playbook_value),
        ).where(*self._matching(batch), staged.playbook_image == image, self._holds_before(connection))
        if self.where:
            values = values.where(text(f"({self.where})"))
        statement = insert(CELLS).from_select(list(CELLS.columns.keys()), values.with_for_update(of=self.users))
        return int(connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount)

    def write(self, connection: Connection, batch: pd.DataFrame) -> int:
        """Write a batch's new ids; return how many rows took one."""
        statement = update(self.users).where(*self._matching(batch))
        return int(connection.execute(statement.values({self.column: self.table.columns.playbook_value})).rowcount)

    def drop_unjournaled(self, connection: Connection, run: int, batch: pd.DataFrame) -> set[int]:
        """Take the links out of a batch that were not journaled, and return their positions."""
        position = self.table.columns.playbook_position
        first, last = _ends(batch)
        done = exists().where(CELLS.c.run == run, CELLS.c.position == position, CELLS.c.part == 0)
        query = select(position).where(between(position, first, last), ~done)
        left = set(connection.scalars(query))
        for start in range(0, len(left), 500):
            connection.execute(delete(self.table).where(position.in_(sorted(left)[start : start + 500])))
        return left

    def lines(self, batch: pd.DataFrame) -> Iterator[str]:
        """Yield a batch's journal rows as the lines that the audit chain seals."""
        table, column = self.users.name, self.column.name
        for position, key, before, value in zip(
            batch["position"], batch["row_key"], batch["before"], batch["user_id"], strict=True
        ):
            kept = f"s:{before}" if before else None
            yield cell_line((position, 0, "update", table, key, column, kept, f"s:{value}"))

    def _matching(self, batch: pd.DataFrame) -> list[ColumnElement[bool]]:
        staged = self.table.columns
        conditions = [self.key == staged.playbook_account, between(staged.playbook_position, *_ends(batch))]
        if self.is_range:
            keys = batch["account_id"].astype("int64[pyarrow]")
            conditions.append(between(self.key, int(keys.min()), int(keys.max())))
        return conditions

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
    row_keys = [json.dumps({key.name: f"{tag}:{account}"}, ensure_ascii=False) for account in links["account_id"]]
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
