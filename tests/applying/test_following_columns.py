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


def touched(url: str, persons: int = 9) -> Vendor:
    """Return a vendor whose accounts count their own changes, and which has answered for that."""
    statements = ("ALTER TABLE users ADD COLUMN touched INTEGER NOT NULL DEFAULT 0", *TOUCH[engine_of(url)])
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
        connection.execute(text("UPDATE users SET score = 7 WHERE id = 31"))
    told: dict[str, int] = {}
    faults = verify(plan, vendor.source, keys=KEYS, tell=told.__setitem__)
    assert {(fault.where, fault.what[:10]) for fault in faults} == {
        ("users.score", "account 31"),
        ("users.touched", "account 30"),
        ("users.touched", "account 31"),
    }
    assert told == {}
    assert all("to tell takes 10 rows" in fault.remedy for fault in faults)


def test_a_kind_that_was_broken_alike_is_no_triggers(sqlite_url: str) -> None:
    """All folded accounts of a plan are still few, whatever else it wrote."""
    vendor = touched(sqlite_url)
    plan = vendor.plan()
    vendor.apply(plan)
    with vendor.source.engine.begin() as connection:
        connection.execute(text("UPDATE users SET score = 7 WHERE id IN (31, 61, 62, 91)"))
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
