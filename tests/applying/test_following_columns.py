"""Columns that the database writes itself follow from what a plan wrote, and hide no corruption beside it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from playbook.applying.verify import verify
from tests.applying.schemas import engine_of, goes_there_and_back, vendor_with
from tests.applying.vendor import KEYS, UNIQUE, Vendor

SHOUT = {
    "sqlite": "shout TEXT GENERATED ALWAYS AS (upper(email)) VIRTUAL",
    "postgresql": "shout TEXT GENERATED ALWAYS AS (upper(email)) STORED",
    "mysql": "shout VARCHAR(100) GENERATED ALWAYS AS (upper(email)) STORED",
}
TOUCH = {
    "sqlite": (
        "CREATE TRIGGER touch AFTER UPDATE ON users BEGIN UPDATE users SET touched = touched + 1"
        " WHERE id = new.id; END",
    ),
    "postgresql": (
        "CREATE FUNCTION touch() RETURNS trigger AS 'BEGIN NEW.touched = OLD.touched + 1; RETURN NEW; END'"
        " LANGUAGE plpgsql",
        "CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()",
    ),
    "mysql": ("CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW SET NEW.touched = OLD.touched + 1",),
}


def test_a_computed_column_follows_the_one_that_a_rule_emptied(database_url: str) -> None:
    """What a column is computed from is compared; the column itself can hold nothing else."""
    kind = engine_of(database_url)
    emails = "UPDATE users SET email = 'same' || id" if kind != "mysql" else "UPDATE users SET email = CONCAT('s', id)"
    vendor = vendor_with(
        database_url,
        emails,
        "CREATE UNIQUE INDEX mails ON users (email)",
        f"ALTER TABLE users ADD COLUMN {SHOUT[kind]}",
        unique={**UNIQUE, "users.email": "null"},
    )
    goes_there_and_back(vendor)


def touched(url: str, persons: int = 9, table: str = "users") -> Vendor:
    """Return a vendor whose accounts count their own changes, or other rows do, and which has answered for that."""
    triggers = (statement.replace("users", table) for statement in TOUCH[engine_of(url)])
    statements = (f"ALTER TABLE {table} ADD COLUMN touched INTEGER NOT NULL DEFAULT 0", *triggers)
    return vendor_with(url, *statements, persons=persons, acknowledge=("triggers",))


def test_what_an_acknowledged_trigger_writes_is_no_fault(database_url: str) -> None:
    """A column that changed in all the accounts that the plan wrote alike is the trigger's, and is so told."""
    vendor = touched(database_url)
    plan = vendor.plan()
    assert vendor.apply(plan).failed == 0
    told: dict[str, int] = {}
    assert verify(plan, vendor.source, keys=KEYS, tell=told.__setitem__) == ()
    assert told == {"users.touched": 11}


def test_a_few_rows_tell_of_no_trigger(database_url: str) -> None:
    """One row of one is all of them: what was broken by hand is never excused, and the trigger's is a fault as well."""
    vendor = touched(database_url, persons=3)
    plan = vendor.plan()
    vendor.apply(plan)
    with vendor.source.engine.begin() as connection:
        connection.execute(text("UPDATE users SET score = 7 WHERE id = 30"))
    told: dict[str, int] = {}
    faults = verify(plan, vendor.source, keys=KEYS, tell=told.__setitem__)
    assert {(fault.where, fault.what[:10]) for fault in faults} == {
        ("users.score", "account 30"),
        ("users.touched", "account 30"),
        ("users.touched", "account 31"),
    }
    assert told == {}
    assert all("to tell takes 10 rows" in fault.remedy for fault in faults)


@pytest.mark.parametrize(("persons", "is_told"), [(9, True), (3, False)])
def test_moved_rows_that_count_their_changes_are_told_alike(sqlite_url: str, persons: int, is_told: bool) -> None:
    """Twelve rows that moved tell of their table's trigger, three do not; what was broken in one is named always."""
    vendor = touched(sqlite_url, persons=persons, table="notes")
    plan = vendor.plan()
    vendor.apply(plan)
    with vendor.source.engine.begin() as connection:
        connection.execute(text("UPDATE notes SET body = 'broken', touched = 1 WHERE id = 300"))
    told: dict[str, int] = {}
    faults = verify(plan, vendor.source, keys=KEYS, tell=told.__setitem__)
    assert told == ({"notes.touched": 12} if is_told else {})
    assert {fault.where for fault in faults} == {"notes.body"} | (set() if is_told else {"notes.touched"})


def test_a_kind_that_was_broken_alike_is_no_triggers(sqlite_url: str) -> None:
    """All folded accounts of a plan are still few, whatever else it wrote."""
    vendor = touched(sqlite_url)
    plan = vendor.plan()
    vendor.apply(plan)
    with vendor.source.engine.begin() as connection:
        connection.execute(text("UPDATE users SET score = 7 WHERE id IN (30, 60, 61, 90)"))
    assert {fault.where for fault in vendor.verify(plan)} == {"users.score"}


@pytest.mark.parametrize("account", [20, 30, 40])
def test_a_corruption_beside_a_trigger_stays_a_fault(database_url: str, account: int) -> None:
    """Whether the plan held an account, folded it or linked it: a column that changed in it alone is no trigger's."""
    vendor = touched(database_url)
    plan = vendor.plan()
    vendor.apply(plan)
    with vendor.source.engine.begin() as connection:
        connection.execute(text(f"UPDATE users SET score = 7 WHERE id = {account}"))
    faults = {(fault.where, fault.what) for fault in vendor.verify(plan)}
    also = {("users.touched", "account 20: is not what it was")} if account == 20 else set()
    assert faults == {("users.score", f"account {account}: is not what it was")} | also
