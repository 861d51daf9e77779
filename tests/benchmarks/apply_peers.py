"""The peers of linking: the barest update of all accounts at once, and the loops over accounts that scripts have.

- `by_row`: the leanest loop, one UPDATE an account by its key, each its own commit. It reads and keeps nothing.
- `by_session`: a session of SQLAlchemy that loads the account, sets the id and commits, as an application's script.
- `by_row_journaled`: the leanest loop with what the playbook promises for every account: the row is read and compared
  before, and the change and its journal row commit together.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any

import psycopg
from apply_tables import new_id
from sqlalchemy import Table, create_engine
from sqlalchemy.orm import DeclarativeBase, Session

Loop = Callable[[psycopg.Connection[Any], range], None]


def write_bare(connection: psycopg.Connection[Any], accounts: int) -> float:
    """Write the ids as nobody should on a live system: no journal, no comparison, one transaction."""
    started = time.perf_counter()
    with connection.transaction():
        connection.execute("CREATE TEMP TABLE staged (id BIGINT PRIMARY KEY, value VARCHAR(24)) ON COMMIT DROP")
        lines = "".join(f"{n}\t{new_id(n)}\n" for n in range(1, accounts + 1))
        with connection.cursor().copy("COPY staged FROM STDIN") as copy:
            copy.write(lines)
        connection.execute("ANALYZE staged")
        connection.execute("UPDATE users SET clever_v3_id = s.value FROM staged s WHERE users.id = s.id")
    return time.perf_counter() - started


def by_row(connection: psycopg.Connection[Any], accounts: range) -> None:
    """Update one account after the other."""
    for n in accounts:
        connection.execute("UPDATE users SET clever_v3_id = %s WHERE id = %s", (new_id(n), n))


def by_session(connection: psycopg.Connection[Any], accounts: range) -> None:
    """Load, set and commit one account after the other with SQLAlchemy's object mapper."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(connection.info.dsn))

    class Base(DeclarativeBase):
        """The models of the application."""

    class User(Base):
        """The application's account."""

        __table__ = Table("users", Base.metadata, autoload_with=engine)

    with Session(engine) as session:
        for n in accounts:
            session.get_one(User, n).clever_v3_id = new_id(n)
            session.commit()


def by_row_journaled(connection: psycopg.Connection[Any], accounts: range) -> None:
    """Read, compare, journal and update one account after the other, each in a transaction of its own."""
    connection.execute("CREATE TABLE journal (account BIGINT PRIMARY KEY, before_value TEXT, after_value TEXT)")
    images = "SELECT id, encode(sha256(convert_to(users::text, 'UTF8')), 'hex') FROM users WHERE id BETWEEN %s AND %s"
    planned = dict(connection.execute(images, (accounts[0], accounts[-1])).fetchall())
    for n in accounts:
        with connection.transaction():
            row = connection.execute("SELECT users::text, clever_v3_id FROM users WHERE id = %s FOR UPDATE", (n,))
            text, before = row.fetchone() or ("", None)
            assert planned[n] == hashlib.sha256(text.encode()).hexdigest()
            connection.execute("INSERT INTO journal VALUES (%s, %s, %s)", (n, before, new_id(n)))
            connection.execute("UPDATE users SET clever_v3_id = %s WHERE id = %s", (new_id(n), n))


LOOPS: dict[str, Loop] = {
    "a loop: UPDATE, commit": by_row,
    "a loop: session of SQLAlchemy": by_session,
    "a loop: compare, journal, UPDATE": by_row_journaled,
}


def extrapolate(loop: Loop, connection: psycopg.Connection[Any], sample: range, accounts: int) -> float:
    """Measure a loop on a sample of the accounts and return the seconds for all of them."""
    started = time.perf_counter()
    loop(connection, sample)
    return (time.perf_counter() - started) * accounts / len(sample)
