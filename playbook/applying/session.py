"""Connections that write: short waits, the district's lock, and one transaction at a time.

Waiting is kept short because the application is in use: nobody else is held up longer than a second. A machine that
vanishes without a word must not keep the district's lock, so the server is told to notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

from sqlalchemy import Column, Connection, Engine, String, Table, select, text

from playbook.accounts.engine import ASK_AFTER, ASK_EVERY, ASK_TIMES, SQLITE_BEGIN, VANISHED_SECONDS
from playbook.accounts.refusals import translated
from playbook.accounts.schema import Schema, read_schema
from playbook.applying.journal import OWN
from playbook.applying.lock import district_lock, shared_lock
from playbook.district import Accounts

ID_LENGTH = 24
"""A Clever id is 24 characters."""

SILENT_SECONDS = 60
"""How long MySQL, which nobody but its administrator can tell to ask, keeps a connection that says nothing."""

_TIMEOUTS = {
    "postgresql": (
        "SET lock_timeout = '1s'",
        "SET statement_timeout = '5s'",
        "SET idle_in_transaction_session_timeout = '5s'",
        f"SET tcp_keepalives_idle = {ASK_AFTER}",
        f"SET tcp_keepalives_interval = {ASK_EVERY}",
        f"SET tcp_keepalives_count = {ASK_TIMES}",
        # which PostgreSQL 11 does not know
        f"SELECT set_config(name, '{VANISHED_SECONDS}s', false) FROM pg_settings WHERE name = 'tcp_user_timeout'",
    ),
    "mysql": (
        "SET SESSION innodb_lock_wait_timeout = 1",
        "SET SESSION lock_wait_timeout = 1",
        "SET SESSION max_execution_time = 5000",
        f"SET SESSION wait_timeout = {SILENT_SECONDS}",
    ),
    "mariadb": (
        "SET SESSION innodb_lock_wait_timeout = 1",
        "SET SESSION lock_wait_timeout = 1",
        "SET SESSION max_statement_time = 5",
        "SET SESSION idle_transaction_timeout = 5",
        f"SET SESSION wait_timeout = {SILENT_SECONDS}",
    ),
    "sqlite": (),
}

_READ_COMMITTED = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
"""What a writer on MySQL asks for: otherwise it locks gaps, and without an index every row that it looks at."""
_LOGS_STATEMENTS = text("SELECT @@log_bin AND @@binlog_format = 'STATEMENT'")
"""A server that logs statements refuses writes under that isolation."""

_STRICT = "SET SESSION sql_mode = CONCAT_WS(',', NULLIF(@@sql_mode, ''), 'STRICT_ALL_TABLES')"
"""What a writer on MySQL asks for, whatever the server's default: a value that does not fit is refused, not cut."""

_DEFERRED = text("SELECT EXISTS (SELECT FROM pg_constraint WHERE condeferrable)")


@dataclass(slots=True)
class Session:
    """An open connection that holds the district's lock.

    Attributes:
        schema: The reflected schema.
        tables: Every table by name, the playbook's own among them.
        absent: What the playbook will add and has not added yet: tables, and columns as `table.column`.
        has_deferred: Whether a constraint may wait until the commit before it speaks.
    """

    connection: Connection
    schema: Schema
    tables: Mapping[str, Table]
    absent: frozenset[str]
    has_deferred: bool

    @contextmanager
    def transaction(self, *, execute: bool) -> Iterator[Connection]:
        """Open a transaction that commits at the end, or that rolls back where nothing shall be written.

        Raises:
            DatabaseError: The database refuses; everything within is undone.
        """
        with translated(), self.connection.begin() as transaction:
            yield self.connection
            if not execute:
                transaction.rollback()

    def stay(self) -> None:
        """Say something while nothing is to be done, so that the server does not take the connection for a lost one.

        Raises:
            DatabaseError: It is lost.
        """
        if self.connection.dialect.name != "sqlite":
            with self.transaction(execute=False) as connection:
                connection.execute(select(1))


def open_session(connection: Connection, accounts: Accounts) -> Session:
    """Look at the schema through a connection; called again after the playbook has added to it."""
    schema = read_schema(connection, accounts)
    present = schema.tables.tables
    absent = {name for name in OWN.tables if name not in present}
    if accounts.v3_id and not accounts.identities and accounts.v3_id not in schema.accounts.columns:
        schema.accounts.append_column(Column(accounts.v3_id, String(ID_LENGTH)))
        absent.add(f"{schema.accounts.name}.{accounts.v3_id}")
    has_deferred = connection.dialect.name == "postgresql" and connection.scalar(_DEFERRED) is True
    connection.rollback()
    return Session(connection, schema, {**present, **OWN.tables}, frozenset(absent), has_deferred)


@contextmanager
def writing(
    engine: Engine, accounts: Accounts, *, district_id: str, execute: bool, restores: bool = False
) -> Iterator[Session]:
    """Open the accounts database for writing, with the district's lock held where anything will be written.

    Args:
        restores: What is written stood in the database before: MySQL takes it in the mode in which it came there.

    Raises:
        AnswerIsNo: Code `locked`.
        DatabaseError: The database does not answer or refuses.
    """
    with translated(), engine.connect() as connection:
        if execute:
            connection.execution_options(**{SQLITE_BEGIN: "BEGIN IMMEDIATE"})
        _keep_waits_short(connection)
        if connection.dialect.name == "mysql" and not connection.scalar(_LOGS_STATEMENTS):
            connection.exec_driver_sql(_READ_COMMITTED)
        if connection.dialect.name == "mysql" and not restores:
            connection.exec_driver_sql(_STRICT)
        connection.commit()
        with district_lock(connection, district_id) if execute else nullcontext():
            yield open_session(connection, accounts)


@contextmanager
def helping(engine: Engine, session: Session, *, district_id: str) -> Iterator[Session]:
    """Open a second connection for a session that writes on PostgreSQL; it holds the district's lock as well.

    Raises:
        AnswerIsNo: Code `locked`: the session has lost the lock, and somebody else is about to take it.
        DatabaseError: The database does not answer, or has no connection left.
    """
    with translated(), engine.connect() as connection:
        _keep_waits_short(connection)
        connection.commit()
        with shared_lock(connection, district_id):
            yield replace(session, connection=connection)


def _keep_waits_short(connection: Connection) -> None:
    is_mariadb = getattr(connection.dialect, "is_mariadb", False)
    for statement in _TIMEOUTS["mariadb" if is_mariadb else connection.dialect.name]:
        connection.exec_driver_sql(statement)
