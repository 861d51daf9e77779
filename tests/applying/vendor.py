"""A small application with everything that makes merging hard, and what matching said about its accounts.

People with several accounts, children of every temper (foreign keys that cascade, a reference that no key tells, a
unique index that two accounts of one person break), accounts that are held, and accounts that nothing happens to.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from playbook.accounts.source import DatabaseSource, open_source
from playbook.applying.apply import apply_plan
from playbook.applying.ciphers import MasterKey
from playbook.applying.key_places import Keys, ReferredKeys
from playbook.applying.pace import Pace
from playbook.applying.result import Result
from playbook.applying.survey import survey_database
from playbook.applying.verify import verify
from playbook.district import Accounts, Identities, Merge, Reference
from playbook.errors import AnswerIsNo, Fault
from playbook.matching.table import MATCHES
from playbook.merging.plan import Plan
from playbook.merging.planner import Bindings, plan_migration

DISTRICT = "6385008f69df036e83e984a3"
NOW = datetime(2026, 7, 1, 6, tzinfo=UTC)
KEYS = ReferredKeys(partial(MasterKey, bytes(32)))
UNIQUE = {"enrolments.user_id,section_id": "keep_survivor"}

_COMMON = (
    """CREATE TABLE enrolments (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id),
       section_id VARCHAR(24) NOT NULL, UNIQUE (user_id, section_id), FOREIGN KEY (user_id) REFERENCES users (id))""",
    """CREATE TABLE grades (id INTEGER PRIMARY KEY, student_id INTEGER NOT NULL, graded_by INTEGER,
       points DECIMAL(6, 2) NOT NULL, FOREIGN KEY (student_id) REFERENCES users (id))""",
    """CREATE TABLE notes (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, about_id INTEGER, body VARCHAR(200),
       FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE CASCADE,
       FOREIGN KEY (about_id) REFERENCES users (id) ON DELETE SET NULL)""",
)
_USERS = """CREATE TABLE users (id INTEGER PRIMARY KEY, {clever_id} kind VARCHAR(20) NOT NULL,
    username VARCHAR(40) NOT NULL UNIQUE, email VARCHAR(100), status VARCHAR(20) NOT NULL, score DECIMAL(8, 2),
    last_login TIMESTAMP NULL)"""
_OPTIONS = """CREATE TABLE authentication_options (id {serial}, user_id INTEGER NOT NULL,
    provider VARCHAR(20) NOT NULL, uid VARCHAR(60) NOT NULL, version VARCHAR(10),
    FOREIGN KEY (user_id) REFERENCES users (id))"""
_SERIAL = {
    "sqlite": "INTEGER PRIMARY KEY",
    "postgresql": "SERIAL PRIMARY KEY",
    "mysql": "INTEGER PRIMARY KEY AUTO_INCREMENT",
}


def old_id(number: int) -> str:
    """Return the v2 id of an account."""
    return f"5a{number:022x}"


def new_id(person: int) -> str:
    """Return the v3 id of a person."""
    return f"70{person:022x}"


@dataclass(frozen=True)
class Vendor:
    """The application: its database, and how its district wants to merge."""

    url: str
    source: DatabaseSource
    merge: Merge
    persons: int

    def plan(self, **changes: Any) -> Plan:
        """Plan the migration as the road does."""
        survey = survey_database(self.source, self.merge)
        bindings = Bindings(
            tool="test",
            district_id=DISTRICT,
            database=self.source.identity(),
            schema_digest=self.source.schema_digest(),
            snapshot_root="s",
            accounts_digest="a",
            made_at=NOW,
            found=survey.found,
        )
        bindings = replace(bindings, **changes)
        matches = match_vendor(self.persons)
        return plan_migration(matches, self.source.read(), merge=self.merge, layout=survey.layout, bindings=bindings)

    def apply(self, plan: Plan, **options: Any) -> Result:
        """Apply a plan in earnest."""
        options = {"execute": True, "now": NOW, "plan_hash": plan.sha256, "district_id": DISTRICT} | options
        return apply_plan(plan, self.source, **{"keys": KEYS} | options)

    def verify(self, plan: Plan, keys: Keys = KEYS) -> tuple[Fault, ...]:
        """Verify a plan."""
        return verify(plan, self.source, keys=keys)

    def apply_patiently(self, plan: Plan, pace: Pace | None = None) -> int:
        """Apply a plan where a dead child's server session may still hold the lock; return how many were refused."""
        for _ in range(500):
            try:
                return self.apply(plan, pace=pace).failed
            except AnswerIsNo as refused:
                if refused.code == "already_applied":
                    return 0
                if refused.code != "locked":
                    raise
                time.sleep(0.01)  # a server process that notices that its client is gone
        raise AssertionError("the lock was never let go")


def build_vendor(
    url: str, *, persons: int = 6, layout: str = "users", fold: str = "move", store: str = "beside", **merge: Any
) -> Vendor:
    """Build the application in an empty database: every third person has two accounts, every sixth has three."""
    identities = Identities(
        table="authentication_options",
        account="user_id",
        clever_id="uid",
        version="version",
        where="provider = 'clever'",
    )
    accounts = Accounts(
        url="env:X",
        clever_id="" if layout == "credentials" else "clever_id",
        v3_id="" if layout == "links" else "clever_v3_id",
        identities=identities if layout == "credentials" else None,
        role="kind",
        email="email",
        status="status",
        last_login="last_login",
        reference=(Reference(table="grades", column="graded_by"),),
    )
    engine = create_engine(url)
    kind = engine.dialect.name
    with engine.begin() as connection:
        connection.execute(text(_USERS.format(clever_id="" if layout == "credentials" else "clever_id VARCHAR(60),")))
        if layout == "credentials":
            connection.execute(text(_OPTIONS.format(serial=_SERIAL[kind])))
        for statement in _COMMON:
            connection.execute(text(statement))
        for table, rows in groupby(sorted(vendor_rows(persons, layout), key=by_table), key=by_table):
            cells = [row for _, row in rows]
            columns = ", ".join(cells[0])
            values = ", ".join(f":{name}" for name in cells[0])
            connection.execute(text(f"INSERT INTO {table[1]} ({columns}) VALUES ({values})"), cells)
    engine.dispose()
    if "unique" not in merge:
        merge["unique"] = UNIQUE
    acknowledge = ("old_ids_replaced",) if store == "replace" else ()
    way = Merge(fold=fold, store=store, acknowledge=acknowledge, **merge)
    return Vendor(url, open_source(accounts, url, base=Path("/")), way, persons)


def by_table(row: tuple[str, dict[str, Any]]) -> tuple[bool, str]:
    """Return what sorts rows by table, accounts first."""
    return row[0] != "users", row[0]


def accounts_of(person: int) -> list[int]:
    """Return the accounts of one person."""
    return [person * 10 + number for number in range(1 + (person % 3 == 0) + (person % 6 == 0))]


KINDS = ("teacher", "school_admin", "district_admin")


def vendor_rows(persons: int, layout: str) -> list[tuple[str, dict[str, Any]]]:
    """Return every row of the application, accounts first; person 1 is a student, whom all others teach."""
    users, children = [], []
    for person in range(1, persons + 1):
        for place, account in enumerate(accounts_of(person)):
            row = {
                "id": account,
                "kind": "student" if person == 1 else KINDS[place],
                "username": f"user{account}",
                "email": f"person{person}@school.example" if account % 4 else None,
                "status": "active",
                "score": f"{account}.50",
                "last_login": f"2026-05-{10 + place:02d} 10:00:00",
            }
            if layout != "credentials":
                row["clever_id"] = old_id(account)
            users.append(("users", row))
            if layout == "credentials":
                option = {"user_id": account, "provider": "clever", "uid": old_id(account), "version": "v2.1"}
                children.append(("authentication_options", {"id": 100_000 + account, **option}))
            for number in range(3):
                key = account * 10 + number
                section = f"section{number if number == 0 else key}"  # section0 is shared by all accounts
                children.append(("enrolments", {"id": key, "user_id": account, "section_id": section}))
                grade = {"id": key, "student_id": 10, "graded_by": account, "points": f"{number}.25"}
                children.append(("grades", grade))
                note = {"id": key, "author_id": account, "about_id": 10, "body": f"note {key}"}
                children.append(("notes", note))
    return users + children


def match_vendor(persons: int) -> Any:
    """Return what matching says: everybody is matched, person 2's account is a conflict."""
    rows = []
    for person in range(1, persons + 1):
        for place, account in enumerate(accounts_of(person)):
            role = "student" if person == 1 else ("teacher", "staff", "district_admin")[place]
            state = "conflict" if person == 2 else "matched"
            rows.append(
                {
                    "account_id": str(account),
                    "state": state,
                    "user_id": old_id(account) if person == 1 else new_id(person) if state == "matched" else "",
                    "role": role,
                    "rule": "student_id" if person == 1 else "legacy_id",
                    "evidence": "",
                    "reason": "role_differs" if person == 2 else "legacy_id",
                }
            )
    return MATCHES.make(rows)


def dump(url: str, *, also_ours: bool = False) -> dict[str, list[str]]:
    """Return every row of every table as text, sorted; the playbook's own tables apart."""
    engine = create_engine(make_url(url))
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
        "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
        "mysql": "SHOW TABLES",
    }[engine.dialect.name]
    with engine.connect() as connection:
        tables = sorted(row[0] for row in connection.exec_driver_sql(query))
        found = {}
        for table in tables:
            if also_ours or not table.startswith("playbook_"):
                rows = connection.exec_driver_sql(f"SELECT * FROM {table}")
                names = list(rows.keys())
                found[table] = [repr(names), *sorted(repr(tuple(row)) for row in rows)]
    engine.dispose()
    return found
