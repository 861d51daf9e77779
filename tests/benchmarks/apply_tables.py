"""The application of the applying benchmarks: its tables on PostgreSQL, the plan for them, and a run of that plan."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
from sqlalchemy import URL, Connection, Engine, event

from playbook.accounts.source import DatabaseSource, open_source
from playbook.applying.apply import apply_plan
from playbook.applying.ciphers import MasterKey
from playbook.applying.key_places import ReferredKeys
from playbook.applying.pace import Pace
from playbook.applying.survey import survey_database
from playbook.district import Accounts, Identities, Merge
from playbook.matching.table import MATCHES
from playbook.merging.plan import Plan
from playbook.merging.planner import Bindings, plan_migration

DISTRICT = "6385008f69df036e83e984a3"
NOW = datetime(2026, 7, 1, 6, tzinfo=UTC)
KEYS = ReferredKeys(partial(MasterKey, bytes(32)))
ACCOUNTS = Accounts(
    url="env:X",
    clever_id="clever_id",
    role="kind",
    email="email",
    name="name",
    status="status",
    last_login="last_login",
)
CREDENTIALS = Identities(
    table="credentials", account="user_id", clever_id="uid", version="version", where="provider = 'clever'"
)

_USERS = """
CREATE TABLE users (id BIGINT PRIMARY KEY, clever_id VARCHAR(24), kind VARCHAR(20) NOT NULL,
  username VARCHAR(40) UNIQUE,
    name VARCHAR(200), email VARCHAR(254), status VARCHAR(20) NOT NULL, last_login TIMESTAMP, clever_v3_id VARCHAR(24));
INSERT INTO users SELECT n, '5a' || lpad(to_hex(n), 22, '0'), 'teacher', 'user' || n, 'Given Family ' || n,
    'user' || n || '@school.example', 'active', TIMESTAMP '2026-05-01' + n * INTERVAL '1 second', NULL
    FROM generate_series(1, {accounts}) AS n;
CREATE INDEX users_clever_id ON users (clever_id);
"""
CHILDREN = """
CREATE TABLE grades (id BIGSERIAL PRIMARY KEY, student_id BIGINT NOT NULL REFERENCES users (id), points INT NOT NULL);
CREATE TABLE notes (id BIGSERIAL PRIMARY KEY, author_id BIGINT NOT NULL REFERENCES users (id), body TEXT);
INSERT INTO grades (student_id, points) SELECT 1 + n % {accounts}, n % 20 FROM generate_series(1, 5 * {accounts}) AS n;
INSERT INTO notes (author_id, body) SELECT 1 + n % {accounts}, 'note' FROM generate_series(1, 5 * {accounts}) AS n;
CREATE INDEX grades_student ON grades (student_id);
CREATE INDEX notes_author ON notes (author_id);
"""
CREDENTIAL_ROWS = """
CREATE TABLE credentials (id BIGSERIAL PRIMARY KEY, user_id BIGINT NOT NULL REFERENCES users (id),
    provider VARCHAR(20) NOT NULL, uid VARCHAR(24) NOT NULL, version VARCHAR(10));
INSERT INTO credentials (user_id, provider, uid, version) SELECT id, 'clever', clever_id, 'v2.1' FROM users;
CREATE INDEX credentials_user ON credentials (user_id);
CREATE INDEX credentials_uid ON credentials (uid);
ALTER TABLE users DROP COLUMN clever_id, DROP COLUMN clever_v3_id;
"""


@dataclass(frozen=True, slots=True)
class Timed:
    """A run of a plan: its seconds, those for which a transaction held locks longest, and how many it refused."""

    seconds: float
    longest: float
    refused: int


@contextmanager
def fresh(url: URL, accounts: int, more: str = "") -> Iterator[psycopg.Connection[Any]]:
    """Make the tables anew, `more` of them beside the accounts, and open a connection to them."""
    with psycopg.connect(dsn_of(url), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        connection.execute(_USERS.format(accounts=accounts))
        connection.execute(more.format(accounts=accounts))
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
        yield connection


def open_accounts(url: URL, *, credentials: bool = False) -> DatabaseSource:
    """Return the accounts database as the playbook reads it."""
    text = url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    accounts = replace(ACCOUNTS, clever_id="", identities=CREDENTIALS) if credentials else ACCOUNTS
    return open_source(accounts, text, base=Path("/"))


def make_plan(source: DatabaseSource, pairs: list[tuple[str, str]], merge: Merge) -> Plan:
    """Return the plan for accounts that were matched so."""
    survey = survey_database(source, merge)
    matches = pd.DataFrame(pairs, columns=["account_id", "user_id"])
    matches = matches.assign(state="matched", role="teacher", rule="legacy_id", evidence="", reason="legacy_id")
    bindings = Bindings(
        tool="bench",
        district_id=DISTRICT,
        database=source.identity(),
        schema_digest=source.schema_digest(),
        snapshot_root="",
        accounts_digest="",
        made_at=NOW,
    )
    bindings = replace(bindings, found=survey.found)
    return plan_migration(MATCHES.make(matches), source.read(), merge=merge, layout=survey.layout, bindings=bindings)


def run_plan(plan: Plan, source: DatabaseSource, pace: Pace | None = None) -> Timed:
    """Carry out a plan or an undo; whatever it refuses must be an account that was changed meanwhile."""
    options: dict[str, Any] = {"plan_hash": plan.sha256, "district_id": DISTRICT, "now": NOW, "keys": KEYS}
    with timing(source.engine) as taken:
        started = time.perf_counter()
        result = apply_plan(plan, source, **options, execute=True, pace=pace)
        seconds = time.perf_counter() - started
    assert (result.done + result.drifted, result.kept) == (len(plan.rows), []), result.refusals[:3]
    assert pace or not result.failed
    return Timed(seconds, max(taken), result.failed)


@contextmanager
def timing(engine: Engine) -> Iterator[list[float]]:
    """Collect how long each transaction held locks: from its first statement that writes until it is committed."""
    taken: list[float] = []

    def before(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("SELECT", "SET")) or "FOR UPDATE" in statement:
            connection.info.setdefault("since", time.perf_counter())

    def commit(raw: Any) -> None:
        do_commit(raw)
        if since := raw.info.pop("since", 0.0):
            taken.append(time.perf_counter() - since)

    do_commit, engine.dialect.do_commit = engine.dialect.do_commit, commit  # type: ignore[method-assign]
    event.listen(engine, "before_cursor_execute", before)
    yield taken
    event.remove(engine, "before_cursor_execute", before)
    del engine.dialect.do_commit


def dsn_of(url: URL) -> str:
    """Return what psycopg connects to."""
    return str(url.set(drivername="postgresql").render_as_string(hide_password=False))


def new_id(number: int) -> str:
    """Return the v3 id of the account with a number."""
    return f"70{number:022x}"
