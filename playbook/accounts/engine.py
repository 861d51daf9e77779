"""One way to open the accounts database: the same session settings everywhere, so that one row has one image.

A row is turned into text by the database itself (`playbook.accounts.image`), and that text depends on the session's
time zone and formats. Reading happens in transactions that the database refuses to write in.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from playbook.accounts.image import image_of, marks_of
from playbook.accounts.refusals import translated
from playbook.errors import InputError

DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",  # as hosting providers write it
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "sqlite": "sqlite",
}
CONNECT_SECONDS = 10
ASK_AFTER, ASK_EVERY, ASK_TIMES = 10, 5, 3
"""Seconds of silence until the other side is asked whether it is there, seconds between two questions, how many."""
VANISHED_SECONDS = ASK_AFTER + ASK_EVERY * ASK_TIMES
"""After how long a machine that no longer answers is given up: the systems' own default is two hours."""
SQLITE_BEGIN = "sqlite_begin"
"""Execution option: the statement that begins a transaction on SQLite; `BEGIN IMMEDIATE` for writers."""

_LIBPQ = {
    "keepalives_idle": ASK_AFTER,
    "keepalives_interval": ASK_EVERY,
    "keepalives_count": ASK_TIMES,
    "tcp_user_timeout": VANISHED_SECONDS * 1000,
}
_SOCKET = {
    "TCP_KEEPIDLE": ASK_AFTER,
    "TCP_KEEPINTVL": ASK_EVERY,
    "TCP_KEEPCNT": ASK_TIMES,
    "TCP_USER_TIMEOUT": VANISHED_SECONDS * 1000,
}
"""The same for a driver that leaves its socket to the system; no system has to know all of them."""

_POSTGRES_SESSION = (
    "SET TIME ZONE 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'postgres'",
    "SET extra_float_digits = 1",
    "SET bytea_output = 'hex'",
    "SET client_encoding = 'UTF8'",
)
_MYSQL_SESSION = ("SET time_zone = '+00:00'", "SET NAMES utf8mb4")


def open_engine(url: str, *, base: Path) -> Engine:
    """Return an engine for the accounts database; nothing is connected yet, and nothing stays connected.

    Args:
        url: A SQLAlchemy URL of PostgreSQL, MySQL/MariaDB or SQLite; the driver is ours.
        base: The directory that a relative SQLite path starts from.

    Raises:
        InputError: The URL is not one, names another kind of database, or a SQLite file that is not there.
    """
    parsed = _checked(url, base)
    kind = parsed.get_backend_name()
    options: dict[str, Any] = {"hide_parameters": True, "poolclass": NullPool}
    if kind == "sqlite":
        options["connect_args"] = {"timeout": 1.0}
    else:
        ours = {"connect_timeout": CONNECT_SECONDS} | (_LIBPQ if kind == "postgresql" else {})
        options["connect_args"] = {name: value for name, value in ours.items() if name not in parsed.query}
    engine = create_engine(parsed, **options)
    prepare = {"sqlite": _prepare_sqlite, "postgresql": _prepare_postgres, "mysql": _prepare_mysql}[kind]
    event.listen(engine, "connect", prepare)
    if kind == "sqlite":
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open one consistent, read-only transaction; the database itself refuses to write in it.

    Raises:
        DatabaseError: The database does not answer or refuses a statement.
    """
    kind = engine.dialect.name
    with translated(), engine.connect() as connection:
        if kind == "postgresql":
            connection.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
        elif kind == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")
        else:
            _begin_reading_on_mysql(connection)
        try:
            yield connection
        finally:
            connection.rollback()
            if kind == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = OFF")
                connection.rollback()


def _begin_reading_on_mysql(connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


def _checked(url: str, base: Path) -> URL:
    try:
        parsed = make_url(url)
        driver = DRIVERS[parsed.get_backend_name()]
    except (ArgumentError, NoSuchModuleError, KeyError):
        raise InputError(
            "the accounts URL names no database that is supported",
            code="accounts_url",
            remedy="Use a postgresql://, mysql://, mariadb:// or sqlite:/// URL, or file:accounts.csv or .parquet.",
        ) from None
    if driver != "sqlite":
        return parsed.set(drivername=driver)
    path = base / (parsed.database or "")
    if not path.is_file():
        raise InputError(
            f"there is no database file {path.name} in {path.parent}",
            code="accounts_missing",
            remedy="Check the path in the accounts URL; relative paths start from the district file's directory.",
        )
    return parsed.set(drivername=driver, database=str(path))


def _prepare_postgres(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        for statement in _POSTGRES_SESSION:
            cursor.execute(statement)
    connection.commit()


def _prepare_mysql(connection: Any, _record: Any) -> None:
    line: socket.socket = connection._sock  # PyMySQL has no setting for it
    if line.family != socket.AF_UNIX:
        for name, value in _SOCKET.items():
            if hasattr(socket, name):
                line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    with connection.cursor() as cursor:
        for statement in _MYSQL_SESSION:
            cursor.execute(statement)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # pysqlite would otherwise decide by itself when a transaction begins
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.create_function("playbook_image", -1, image_of, deterministic=True)
    connection.create_function("playbook_marks", -1, marks_of, deterministic=True)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(SQLITE_BEGIN, "BEGIN"))
