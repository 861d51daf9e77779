"""One writer a district: an advisory lock that the engine itself drops when its holder dies."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text

from playbook.errors import AnswerIsNo, DatabaseError

_FIRST = ("pg_try_advisory_lock", "pg_try_advisory_lock_shared", "pg_advisory_unlock")
"""Nobody else may have it; then it is held so that a second connection can hold it too, and nobody can come between.

Whoever comes next waits until both connections are gone: none of a dead writer's can outlive the other unnoticed.
"""
_SECOND = ("pg_try_advisory_lock_shared",)


@contextmanager
def district_lock(connection: Connection, district_id: str) -> Iterator[None]:
    """Hold the district's lock; on SQLite a file beside the database carries it, because SQLite has no such lock.

    Args:
        connection: A connection that stays open meanwhile; the server's lock belongs to its session.

    Raises:
        AnswerIsNo: Code `locked`: somebody else applies or undoes a plan of this district.
    """
    take = {"postgresql": _take_postgres, "mysql": _take_mysql, "sqlite": _take_file}[connection.dialect.name]
    with take(connection, _name(district_id)):
        yield


@contextmanager
def shared_lock(connection: Connection, district_id: str) -> Iterator[None]:
    """Hold the district's lock on a second connection of its holder; PostgreSQL only.

    Raises:
        AnswerIsNo: Code `locked`: the first connection has lost it, and somebody else is about to take it.
    """
    with _take_postgres(connection, _name(district_id), is_first=False):
        yield


@contextmanager
def _take_postgres(connection: Connection, name: str, *, is_first: bool = True) -> Iterator[None]:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    for step in _FIRST if is_first else _SECOND:
        taken = connection.scalar(text(f"SELECT {step}(:number)"), {"number": number})
        connection.commit()
        _refuse_unless(taken is not False)
    try:
        yield
    finally:
        if not connection.invalidated and not connection.closed:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock_shared(:number)"), {"number": number})
            connection.commit()


@contextmanager
def _take_mysql(connection: Connection, name: str) -> Iterator[None]:
    taken = connection.scalar(text("SELECT GET_LOCK(:name, 0)"), {"name": name[:64]})
    connection.commit()
    _refuse_unless(taken == 1)
    try:
        yield
    finally:
        if not connection.invalidated and not connection.closed:
            connection.rollback()
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name[:64]})
            connection.commit()


@contextmanager
def _take_file(connection: Connection, name: str) -> Iterator[None]:
    path = Path(f"{connection.engine.url.database}-playbook-lock")
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    except OSError:
        raise DatabaseError(
            f"{path.name} cannot be made beside the database, so nobody can be kept from writing at the same time",
            code="no_lock_file",
            remedy="Make the database's directory writable and free space on it; then run the same command again.",
        ) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _refuse_unless(False)
        yield
    finally:
        os.close(handle)


def _name(district_id: str) -> str:
    return f"playbook:{district_id}"


def _refuse_unless(taken: bool) -> None:
    if not taken:
        raise AnswerIsNo(
            "another plan of this district is being applied",
            code="locked",
            remedy="Wait until it has finished; nothing was written.",
            step="apply",
        )
