"""The database that is to be filled: opened, its tables made, its rows inserted in chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, MetaData, create_engine, insert, inspect, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from playbook.errors import DatabaseError, InputError

CHUNK = 5_000
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "sqlite": "sqlite",
}

Row = Mapping[str, object]


@contextmanager
def filling(url: str) -> Iterator[Connection]:
    """Open a transaction on a database that is to be filled; a SQLite file is made.

    Raises:
        InputError: The URL names no supported database.
        DatabaseError: The database does not answer or refuses; its own words may hold a password and are not passed on.
    """
    engine = create_engine(_checked(url), poolclass=NullPool, hide_parameters=True)
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError:
        raise DatabaseError(
            "the database does not answer, or refuses tables or rows",
            remedy="Check that it runs, that its URL is right, and that the role may create tables.",
        ) from None


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
        return parsed.set(drivername=_DRIVERS[parsed.get_backend_name()])
    except (ArgumentError, KeyError):
        raise InputError(
            "the URL names no database that is supported",
            code="accounts_url",
            remedy="Use a sqlite:///, postgresql://, mysql:// or mariadb:// URL.",
        ) from None


def create_tables(connection: Connection, tables: MetaData) -> None:
    """Create all tables.

    Raises:
        InputError: Some of them are there already; nothing was changed.
    """
    present = sorted(set(inspect(connection).get_table_names()) & set(tables.tables))
    if present:
        raise InputError(
            f"the database already has the tables {', '.join(present)}",
            code="not_empty",
            remedy="Name an empty database, or delete the one that an earlier rehearsal built.",
        )
    tables.create_all(connection)


def insert_rows(connection: Connection, tables: MetaData, rows: Iterable[tuple[str, Row]]) -> dict[str, int]:
    """Insert rows, each with the name of its table, in chunks; return how many each table got.

    Within each chunk, tables are filled in the order of their foreign keys.
    """
    counts = dict.fromkeys(tables.tables, 0)
    waiting: dict[str, list[Row]] = {name: [] for name in tables.tables}
    for name, row in rows:
        waiting[name].append(row)
        counts[name] += 1
        if len(waiting[name]) == CHUNK:
            _flush(connection, tables, waiting)
    _flush(connection, tables, waiting)
    return counts


def _flush(connection: Connection, tables: MetaData, waiting: dict[str, list[Row]]) -> None:
    for table in tables.sorted_tables:
        if waiting[table.name]:
            connection.execute(insert(table), waiting[table.name])
            waiting[table.name] = []
