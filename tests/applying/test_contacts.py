"""Contacts whom nobody has an account for: made, related to each of their students, and taken back without a trace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import create_engine, text

from playbook.accounts.source import DatabaseSource, open_source
from playbook.applying.apply import apply_plan
from playbook.applying.result import Result
from playbook.applying.survey import survey_database
from playbook.applying.undo import plan_undo
from playbook.applying.verify import verify
from playbook.clever.tables import CONTACT_RELATIONSHIPS, USERS
from playbook.district import Accounts, Merge
from playbook.matching.table import MATCHES, NEW_USERS
from playbook.merging.plan import Plan
from playbook.merging.planner import Bindings, plan_migration
from tests.applying.vendor import DISTRICT, KEYS, NOW, dump, new_id, old_id

JOURNAL = ("playbook_runs", "playbook_journal", "playbook_chain", "playbook_keys", "playbook_refused")
PEOPLE = """CREATE TABLE people (id INTEGER PRIMARY KEY, clever_id VARCHAR(60), kind VARCHAR(20) NOT NULL,
    email VARCHAR(100) UNIQUE, name VARCHAR(100), status VARCHAR(20) NOT NULL, theme VARCHAR(9) DEFAULT 'light')"""
LETTERS = """CREATE TABLE letters (id INTEGER PRIMARY KEY, reader_id INTEGER NOT NULL,
    FOREIGN KEY (reader_id) REFERENCES people (id) ON DELETE CASCADE)"""
CONTACTS = {"c1": ("Sam Öz, Dr.", "sam@home.example"), "c2": ("", ""), "c3": ("Ana 'Bo' Li", "ana@home.example")}
PAIRS = [
    ("c1", 1, "Mother", "Family"),
    ("c1", 2, "Aunt", "Emergency"),
    ("c3", 2, "Mother", "Family"),
    ("c3", 2, "Guardian", "Primary"),
    ("c3", 9, "Friend", ""),
]


def open_application(url: str, *more: str) -> DatabaseSource:
    """Build an application with two students and nobody's parents, and open it."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in (PEOPLE, LETTERS, *more):
            connection.execute(text(statement))
        for number in (1, 2):
            row = {"id": number, "clever": old_id(number), "email": f"s{number}@school.example"}
            values = "(:id, :clever, 'student', :email, 'S', 'active', 'dark')"
            connection.execute(text(f"INSERT INTO people VALUES {values}"), row)
    engine.dispose()
    columns = {"clever_id": "clever_id", "role": "kind", "email": "email", "name": "name", "status": "status"}
    source = open_source(Accounts(url="env:X", table="people", **columns), url, base=Path("/"))
    assert isinstance(source, DatabaseSource)
    return source


def user_of(contact: str) -> str:
    """Return a contact's v3 id."""
    return new_id(int(contact[1:]))


def plan_contacts(source: DatabaseSource, **changes: Any) -> Plan:
    """Plan for students who keep their ids and three contacts without an account."""
    survey = survey_database(source, Merge(contacts="create"))
    bindings = {"tool": "test", "district_id": DISTRICT, "made_at": NOW, "snapshot_root": "s", "accounts_digest": "a"}
    bindings |= {"database": source.identity(), "schema_digest": source.schema_digest(), "found": survey.found}
    students = [_match(number) for number in (1, 2)]
    return plan_migration(
        MATCHES.make(students),
        source.read(),
        merge=Merge(contacts="create"),
        layout=survey.layout,
        bindings=Bindings(**(bindings | changes)),
        new_users=_table(
            NEW_USERS, [{"user_id": user_of(c), "role": "contact", "reason": "no_account"} for c in CONTACTS]
        ),
        users=_table(
            USERS, [{"user_id": user_of(c), "last": name, "email": email} for c, (name, email) in CONTACTS.items()]
        ),
        relationships=CONTACT_RELATIONSHIPS.make(
            [{"user_id": user_of(c), "student_id": old_id(s), "relationship": r, "type": t} for c, s, r, t in PAIRS]
        ),
    )


def _match(number: int) -> dict[str, str]:
    row = dict.fromkeys(MATCHES.columns, "") | {"account_id": str(number), "state": "matched"}
    return row | {"user_id": old_id(number), "role": "student", "rule": "student_id", "reason": "student_id"}


def _table(contract: Any, rows: list[dict[str, str]]) -> pd.DataFrame:
    table: pd.DataFrame = contract.make([dict.fromkeys(contract.columns, "") | row for row in rows])
    return table


def apply(source: DatabaseSource, plan: Plan, **options: Any) -> Result:
    """Apply a plan in earnest."""
    asked = {"plan_hash": plan.sha256, "district_id": DISTRICT, "now": NOW, "keys": KEYS, "execute": True}
    return apply_plan(plan, source, **(asked | options))


def relationships(source: DatabaseSource) -> list[tuple[Any, ...]]:
    """Return who stands in which relationship to whom, as the application can join it."""
    query = """SELECT p.clever_v3_id, r.student_id, r.relationship, r.type FROM playbook_relationships r
        JOIN people p ON {} = r.contact_id ORDER BY 1, r.line"""
    key = {"mysql": "CAST(p.id AS CHAR)"}.get(source.engine.dialect.name, "CAST(p.id AS VARCHAR(20))")
    with source.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query.format(key)))]


def test_contacts_are_made_related_and_taken_back(database_url: str) -> None:
    """Each gets an account with its name and e-mail and one row for each relationship to a student whom the
    application has; a second apply makes nobody twice; an undo leaves no trace."""
    source = open_application(database_url)
    before = dump(database_url)
    plan = plan_contacts(source)
    assert [op.kind for op in plan.operations] == ["create_contact"] * 3
    dry: list[str] = []
    assert (apply(source, plan, execute=False, show=dry.append).done, dump(database_url)) == (3, before)
    assert any(statement.startswith("INSERT INTO people") for statement in dry)
    assert apply(source, plan).refusals == []
    assert verify(plan, source, keys=KEYS) == ()
    with source.engine.connect() as connection:
        made = connection.execute(text("SELECT * FROM people WHERE id > 2 ORDER BY id")).mappings().all()
    assert [(row["clever_v3_id"], row["name"], row["email"]) for row in made] == [
        (user_of(c), name or None, email or None) for c, (name, email) in CONTACTS.items()
    ]
    assert {(row["kind"], row["status"], row["theme"], row["clever_id"]) for row in made} == {
        ("contact", "active", "light", None)
    }
    assert relationships(source) == [
        (user_of("c1"), "1", "Mother", "Family"),
        (user_of("c1"), "2", "Aunt", "Emergency"),
        (user_of("c3"), "2", "Guardian", "Primary"),
        (user_of("c3"), "2", "Mother", "Family"),
    ]
    undone = apply(source, plan_undo(plan, source, made_at=NOW))
    assert (undone.refusals, undone.kept) == ([], [])
    after = dump(database_url, also_ours=True)
    assert {name: rows for name, rows in after.items() if not name.startswith("playbook_")} == before
    assert len(after["playbook_relationships"]) == 1  # the names of its columns


def test_the_journal_does_not_name_a_contact(database_url: str) -> None:
    """Neither when a contact's account is made nor when it is taken away does the journal hold a name or an e-mail."""
    source = open_application(database_url)
    plan = plan_contacts(source)
    apply(source, plan)
    apply(source, plan_undo(plan, source, made_at=NOW))
    held = "".join(row for name, rows in dump(database_url, also_ours=True).items() for row in rows if name in JOURNAL)
    assert [word for pair in CONTACTS.values() for word in pair if word and word in held] == []
    assert "Mother" not in held


@pytest.mark.parametrize("cell", ["name", "email", "clever_v3_id", "kind"])
def test_a_spoilt_cell_of_a_new_contact_is_named(database_url: str, cell: str) -> None:
    """Verify looks at a made account's every cell, and at its relationships."""
    source = open_application(database_url)
    plan = plan_contacts(source)
    apply(source, plan)
    with source.engine.begin() as connection:
        connection.execute(text(f"UPDATE people SET {cell} = 'spoilt' WHERE id = 3"))
        connection.execute(text("UPDATE playbook_relationships SET relationship = 'spoilt' WHERE line = 1"))
    faults = verify(plan, source, keys=KEYS)
    assert {fault.where for fault in faults} == {f"people.{cell}", "playbook_relationships.relationship"}


def test_a_contact_whose_email_is_taken_is_refused_by_name(database_url: str) -> None:
    """Nobody is guessed to be the same person by an e-mail: that contact is left out, whole, and the others made."""
    source = open_application(
        database_url, "INSERT INTO people VALUES (50, NULL, 'teacher', 'ana@home.example', 'A', 'active', '')"
    )
    plan = plan_contacts(source)
    result = apply(source, plan)
    assert [(refusal.account_id, refusal.code) for refusal in result.refusals] == [(user_of("c3"), "unique_violation")]
    assert "ana@" not in json.dumps([refusal.columns for refusal in result.refusals])
    assert result.done == 2


def test_an_undo_keeps_a_contact_whom_the_application_uses_by_now(database_url: str) -> None:
    """A made account that rows point to stays, with its relationships: its removal would take those rows along."""
    source = open_application(database_url)
    plan = plan_contacts(source)
    apply(source, plan)
    with source.engine.begin() as connection:
        connection.execute(text("INSERT INTO letters VALUES (1, 3)"))
    undone = apply(source, plan_undo(plan, source, made_at=NOW))
    assert [(refusal.account_id, refusal.columns) for refusal in undone.kept] == [
        (user_of("c1"), ("letters.reader_id",))
    ]
    rows = dump(database_url, also_ours=True)
    assert (len(rows["people"]), len(rows["letters"])) == (1 + 3, 1 + 1)
    assert len(rows["playbook_relationships"]) == 1 + 2
