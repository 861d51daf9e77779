"""The accounts database's schema, read by reflection, and where in it the accounts are that the district file names."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, FetchedValue, MetaData, Table, inspect
from sqlalchemy.exc import SAWarning

from playbook.accounts.image import imaged_columns
from playbook.district import Accounts
from playbook.errors import Fault, InputError

COLUMN_KEYS = (
    "key",
    "clever_id",
    "role",
    "email",
    "sis_id",
    "number",
    "state_id",
    "name",
    "district",
    "status",
    "last_login",
)
"""The keys of [accounts] that name a column; `v3_id` is not among them, because it may have to be added first."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What the database looks like, as far as its default schema goes.

    Attributes:
        tables: Every table by name.
        accounts: The table with one row an account.
        identities: The separate credential table, where the district file names one.
        v3_id: The name of the column beside the old id, "" where the table has none yet.
        imaged: The columns that an account's image covers.
        imaged_identity: The credential row's columns that it covers.
    """

    tables: MetaData
    accounts: Table
    identities: Table | None
    v3_id: str
    imaged: tuple[str, ...]
    imaged_identity: tuple[str, ...]

    @property
    def marked(self) -> tuple[str, ...]:
        """The columns that an account's marks stand for, in order; credential columns as `table.column`."""
        own = () if self.identities is None else (f"{self.identities.name}.{c}" for c in self.imaged_identity)
        return (*self.imaged, *own)


def read_schema(connection: Connection, accounts: Accounts) -> Schema:
    """Reflect the database and find the tables and columns that the district file names.

    Raises:
        InputError: A table or column is not there; all of them are listed, each with the nearest name.
    """
    tables = _reflect(connection)
    faults = [*_faults(tables, accounts, inspect(connection).get_view_names())]
    if faults:
        raise InputError(
            "the accounts database does not look as the district file says",
            code="accounts_schema",
            remedy="Correct the listed keys of [accounts]; nothing was read or written.",
            faults=faults,
        )
    table = tables.tables[accounts.table]
    identities = tables.tables[accounts.identities.table] if accounts.identities else None
    v3_id = accounts.v3_id if accounts.v3_id in table.columns else ""
    return Schema(
        tables,
        table,
        identities,
        v3_id,
        imaged_columns(table, without=(accounts.v3_id,)),
        () if identities is None else imaged_columns(identities),
    )


_PARTITIONS = (
    "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
    "WHERE relispartition AND n.nspname = current_schema()"
)
_TOUCHED = (
    "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE table_schema = DATABASE() AND extra LIKE '%%on update%%'"
)


def _reflect(connection: Connection) -> MetaData:
    """Reflect every table; a partition is no table of its own, the partitioned one stands for it."""
    parts: set[str] = set()
    if connection.dialect.name == "postgresql":
        parts = {str(name) for name in connection.exec_driver_sql(_PARTITIONS).scalars()}
    tables = MetaData()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # types and indexes that SQLAlchemy does not know are no concern
        tables.reflect(bind=connection, only=lambda name, _: name not in parts)
    if connection.dialect.name == "mysql":  # reflection overlooks it where the column has no default
        for table, column in connection.exec_driver_sql(_TOUCHED):
            if table in tables.tables:
                tables.tables[table].columns[column].server_onupdate = FetchedValue()
    return tables


def untouched_columns(table: Table) -> dict[Column[Any], Column[Any]]:
    """Return the columns that the server renews with every update, each to be set to itself so that it does not."""
    return {c: c for c in table.columns if c.server_onupdate is not None and c.computed is None}


def _faults(tables: MetaData, accounts: Accounts, views: Sequence[str]) -> Iterator[Fault]:
    named = {key: getattr(accounts, key) for key in COLUMN_KEYS if getattr(accounts, key)}
    if accounts.table in views:
        yield Fault(
            "accounts.table", f"{accounts.table} is a view", "name the table behind it, and its condition in where"
        )
        return
    yield from _table_faults(tables, "accounts", accounts.table, named)
    if not accounts.clever_id and not accounts.identities:
        yield Fault("accounts.clever_id", "is missing", "name the column, or the table in accounts.identities")
    if identities := accounts.identities:
        columns = {"account": identities.account, "clever_id": identities.clever_id}
        columns |= {"version": identities.version} if identities.version else {}
        yield from _table_faults(tables, "accounts.identities", identities.table, columns)
    for index, reference in enumerate(accounts.reference):
        yield from _table_faults(tables, f"accounts.reference[{index}]", reference.table, {"column": reference.column})
    known = [f"{table.name}.{column.name}" for table in tables.tables.values() for column in table.columns]
    for index, waived in enumerate(accounts.waive):
        if waived not in known:
            yield Fault(f"accounts.waive[{index}]", f"there is no column {waived}", nearest(waived, known))


def _table_faults(tables: MetaData, where: str, name: str, columns: dict[str, str]) -> Iterator[Fault]:
    if name not in tables.tables:
        hint = "leave out the schema, and choose it in the URL" if "." in name else nearest(name, tables.tables)
        yield Fault(f"{where}.table", f"there is no table {name}", hint)
        return
    present = [column.name for column in tables.tables[name].columns]
    for key, column in columns.items():
        if column not in present:
            yield Fault(f"{where}.{key}", f"the table {name} has no column {column}", nearest(column, present))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the hint that a fault gives about a name that is not there."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(known[:20])}"
