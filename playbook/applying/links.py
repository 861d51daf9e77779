"""Linking many accounts at once: ranges of the key, a few thousand a transaction, each row compared and journaled.

Comparing, journaling and writing happen inside the database, so a million rows never travel; a row whose image differs
is left out and judged by itself, so that its column is named. Taking links back is the same, from the journal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    Table,
    Text,
    and_,
    between,
    cast,
    delete,
    insert,
    literal,
    literal_column,
    select,
    true,
    update,
)

from playbook.accounts.image import columns_of, image_expression
from playbook.accounts.schema import Schema, untouched_columns
from playbook.applying.journal import CELLS
from playbook.applying.journaled_links import digest_links, find_unfit, find_unjournaled
from playbook.applying.rows import Drift, Writer
from playbook.applying.staging import (
    LINK_COLUMNS,
    POSITION,
    link_types,
    load_table,
    staging_table,
    unnested,
)
from playbook.district import Accounts
from playbook.merging.layout import Credentials, Layout
from playbook.merging.plan import Header, Plan

SINGLE = frozenset({"link", "unlink"})
"""Kinds of operations that concern one account alone, unless it answers for others."""


def is_bulk(plan: Plan) -> pd.Series:
    """Say which rows of a plan are links of single accounts, one cell or row each, that can share a transaction."""
    rows, header = plan.rows, plan.header
    credentials = header.layout.credentials
    if credentials and header.store == "replace" and not _is_known_by_another(credentials):
        return pd.Series(False, index=rows.index)
    alone = (rows["group"] == rows["account_id"]) & ~rows["account_id"].isin(set(rows["survivor_id"].unique()) - {""})
    return rows["kind"].isin(list(SINGLE)) & alone


def _is_known_by_another(credentials: Credentials) -> bool:
    """Say whether credential rows are known by one column that no link changes."""
    return len(credentials.key) == 1 and credentials.key[0] not in (credentials.clever_id, credentials.version)


@dataclass(frozen=True, slots=True)
class Staging:
    """Links that wait to be written to one column of the account table.

    Attributes:
        table: The temporary table that they wait in; none on PostgreSQL, where a batch comes with its statement.
        column: The column of the account table that is written.
        is_range: Keys are numbers, so that a batch is a range of them.
        undone: The run whose links are taken back; 0 where links are made.
    """

    table: Table | None
    users: Table
    key: Column[Any]
    column: Column[Any]
    imaged: tuple[str, ...]
    is_range: bool
    where: str
    undone: int

    @property
    def name(self) -> str:
        """The table that is written."""
        return self.users.name

    def link(self, writer: Writer, batch: pd.DataFrame) -> tuple[set[int], str]:
        """Journal and link a batch's accounts that are as they should be.

        Returns:
            The positions of the others, and the digest that the audit chain seals the journal rows with.

        Raises:
            Drift: What was journaled is not what was written.
        """
        unfit = find_unfit(writer.connection, self.undone, self._place, batch) if self.undone else set()
        self._leave_out(writer.connection, unfit)
        fit = batch[~batch[POSITION].isin(unfit)]
        left = self._write(writer.connection, writer.run, writer.entry, fit) if len(fit) else set()
        return unfit | left, digest_links(self._place, fit[~fit[POSITION].isin(left)] if left else fit)

    def _write(self, connection: Connection, run: int, entry: int, batch: pd.DataFrame) -> set[int]:
        if self.table is None:
            journaled = self._link_at_once(connection, run, entry, batch)
            return find_unjournaled(connection, run, batch) if journaled < len(batch) else set()
        journaled = self._journal(connection, self.table, run, entry, batch)
        left = find_unjournaled(connection, run, batch) if journaled < len(batch) else set()
        self._leave_out(connection, left)
        statement = update(self.users).where(*self._matching(self.table, batch))
        values = untouched_columns(self.users) | {self.column: self.table.columns.playbook_value}
        if connection.execute(statement.values(values)).rowcount != journaled:
            raise Drift("racing_rows")
        return left

    @property
    def _place(self) -> tuple[str, str]:
        return self.users.name, self.column.name

    def _leave_out(self, connection: Connection, positions: set[int]) -> None:
        """Take links that must be judged one by one out of the temporary table."""
        if self.table is None:
            return
        for start in range(0, len(positions), 500):
            some = sorted(positions)[start : start + 500]
            connection.execute(delete(self.table).where(self.table.columns[POSITION].in_(some)))

    def _link_at_once(self, connection: Connection, run: int, entry: int, batch: pd.DataFrame) -> int:
        """Write, and journal what was written, in one statement: a row is compared, locked and changed together."""
        kinds = link_types(self.key, self.column)
        rows = unnested({name: (batch[name], kind) for name, kind in kinds.items()}, "playbook_links_now")
        written = (
            update(self.users)
            .where(*self._matching(rows, batch), *self._is_unchanged(connection, rows))
            .values(untouched_columns(self.users) | {self.column: rows.columns.playbook_value})
            .returning(*(rows.columns[name] for name in LINK_COLUMNS))
            .cte("written")
        )
        return self._insert(connection, select(*self._cells(run, entry, written)))

    def _journal(self, connection: Connection, table: Table, run: int, entry: int, batch: pd.DataFrame) -> int:
        """Lock a batch's accounts, and journal those that are as they should be; return how many."""
        values = select(*self._cells(run, entry, table))
        values = values.where(*self._matching(table, batch), *self._is_unchanged(connection, table))
        return self._insert(connection, values.with_for_update())

    def _insert(self, connection: Connection, values: Select[Any]) -> int:
        statement = insert(CELLS).from_select(list(CELLS.columns.keys()), values)
        return int(connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount)

    def _cells(self, run: int, entry: int, rows: FromClause) -> list[ColumnElement[Any]]:
        """Return the journal's columns, in order, for rows that hold a link."""
        position, _, value, before, _, row_key = columns_of(rows, LINK_COLUMNS)
        table, column = literal(self.users.name), literal(self.column.name)
        place: list[ColumnElement[Any]] = [
            literal(run),
            position,
            literal(0),
            literal("update"),
            table,
            row_key,
            column,
        ]
        return [*place, literal(entry), _kept(before), _kept(value)]

    def _matching(self, rows: FromClause, batch: pd.DataFrame) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [self.key == rows.columns.playbook_account]
        if self.table is not None:
            ends = int(batch[POSITION].iloc[0]), int(batch[POSITION].iloc[-1])
            conditions.append(between(rows.columns[POSITION], *ends))
        if self.is_range:
            keys = batch["playbook_account"]
            conditions.append(between(self.key, int(keys.min()), int(keys.max())))
        return conditions

    def _is_unchanged(self, connection: Connection, rows: FromClause) -> list[ColumnElement[bool]]:
        """Return the conditions that an account is as the plan saw it and that its cell holds what it should."""
        if self.undone:
            return [self._holds_before(connection, rows)]
        image = image_expression(columns_of(self.users, self.imaged), connection.dialect.name)
        # "is true" keeps the image out of the join's key, where PostgreSQL would compute it twice a row.
        is_same = (rows.columns.playbook_image == image).is_(true())
        where = [literal_column(f"({self.where})", Boolean)] if self.where else []
        return [is_same, self._holds_before(connection, rows), *where]

    def _holds_before(self, connection: Connection, rows: FromClause) -> ColumnElement[bool]:
        before, column = rows.columns.playbook_before, self.column
        is_equal: ColumnElement[bool] = column == before
        if connection.dialect.name == "mysql":  # where "a" equals "A", which an undo would not restore
            is_equal = cast(column, LargeBinary) == cast(before, LargeBinary)
        return and_(column.is_(None), before.is_(None)) | is_equal


def stage_links(
    connection: Connection, schema: Schema, accounts: Accounts, header: Header, links: pd.DataFrame, *, undone: int = 0
) -> tuple[Staging, pd.DataFrame]:
    """Put links where their batches will find them.

    Args:
        undone: The run whose links are taken back, for an undo.

    Returns:
        The staging, and the links with what their statements and the journal need beside.
    """
    users = schema.accounts
    key, column = users.columns[accounts.key], users.columns[link_column(header)]
    is_number = isinstance(key.type, Integer)
    tag = "s" if not is_number or connection.dialect.name == "postgresql" else "i"
    has_before = (links["old_id"] != "") & (header.store == "replace")
    before, value = links["old_id"].where(has_before), links["user_id"]
    waiting = (
        links["position"],
        links["account_id"].astype("int64[pyarrow]") if is_number else links["account_id"],
        before if undone else value,
        value if undone else before,
        links["image"],
        _row_keys(key.name, tag, links["account_id"], is_number=is_number),
    )
    links = links.assign(**dict(zip(LINK_COLUMNS, waiting, strict=True)))
    table = None
    if connection.dialect.name != "postgresql":
        table = staging_table(key, column)
        load_table(connection, table, links)
    return Staging(table, users, key, column, schema.imaged, is_number, accounts.where, undone), links


def _row_keys(name: str, tag: str, accounts: pd.Series, *, is_number: bool) -> pd.Series:
    """Return the accounts' keys as the journal writes them: JSON, put together at once where nothing needs quoting."""
    if is_number:
        return f'{{{json.dumps(name)}: "{tag}:' + accounts + '"}'
    keys = [json.dumps({name: f"{tag}:{account}"}, ensure_ascii=False) for account in accounts]
    return pd.Series(keys, index=accounts.index, dtype=accounts.dtype)


def link_column(header: Header) -> str:
    """Return the column of the account table that links are written to; blank where they are rows of their own."""
    return column_of_links(header.layout, header.store)


def column_of_links(layout: Layout, store: str) -> str:
    """Return the same for a layout and where the new id goes."""
    if layout.credentials:
        return ""
    return layout.v3_id if store == "beside" else layout.clever_id


def _kept(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a text as the journal keeps it; a null stays one."""
    return literal("s:", type_=Text()) + column
