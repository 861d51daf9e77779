"""What the application writes meanwhile is seen, named and never overwritten."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError

from playbook.applying.pace import Progress
from playbook.applying.result import Result
from playbook.applying.undo import plan_undo
from playbook.errors import AnswerIsNo, DatabaseError
from playbook.merging.plan import Plan
from tests.applying.schemas import PATIENT
from tests.applying.vendor import NOW, Vendor, accounts_of, build_vendor, dump

EDITS = 200
CORRUPTIONS = 200
RACING = 1_000
OF_MOVED_ROWS = (
    ("enrolments", "user_id"),
    ("grades", "graded_by"),
    ("enrolments", "section_id"),
    ("grades", "points"),
    ("notes", "body"),
    ("notes", "about_id"),
)
"""Cells of rows that a move gave away: those that it wrote, and those beside them."""
EDITABLE = ("clever_id", "kind", "username", "email", "status", "score", "last_login")


def execute(vendor: Vendor, statement: str, **values: object) -> None:
    """Do what the application might do."""
    with vendor.source.engine.begin() as connection:
        connection.execute(text(statement), values)


def edit(vendor: Vendor, account: int, column: str, number: int) -> None:
    """Change one cell of an account to something else."""
    values = {"score": f"{number}.75", "last_login": f"2026-06-{1 + number % 28:02d} 11:{number % 60:02d}:07"}
    execute(
        vendor,
        f"UPDATE users SET {column} = :value WHERE id = :id",
        value=values.get(column, f"edited{number}"),
        id=account,
    )


def test_nothing_drifts_where_nobody_edits(database_url: str) -> None:
    """A plan applied to an untouched database refuses nothing."""
    vendor = build_vendor(database_url, persons=12)
    assert vendor.apply(vendor.plan()).failed == 0


def test_every_edit_is_caught_and_named(database_url: str) -> None:
    """Of 200 edited accounts each is refused with the column that changed, and no other account is refused."""
    persons = 240
    vendor = build_vendor(database_url, persons=persons, fold="alias")
    plan = vendor.plan()
    moments = random.Random(3)
    alone = [person for person in range(3, persons + 1) if len(accounts_of(person)) == 1]
    grouped = [person for person in range(3, persons + 1) if len(accounts_of(person)) > 1]
    chosen = moments.sample(alone, 130) + moments.sample(grouped, 70)
    edited = {}
    for number, person in enumerate(chosen):
        account = moments.choice(accounts_of(person))
        column = EDITABLE[number % len(EDITABLE)]
        edited[person] = (account, f"users.{column}")
        edit(vendor, account, column, number)
    before = dump(database_url)["users"]
    result = vendor.apply(plan, pace=PATIENT)
    refused = {int(refusal.account_id) // 10: refusal for refusal in result.refusals}
    assert len(edited) == EDITS
    assert set(refused) == set(edited)
    assert {person: refusal.columns for person, refusal in refused.items()} == {
        person: (column,) for person, (_, column) in edited.items()
    }
    untouched = {str((account,))[:-2] for account, _ in edited.values()}
    after = dump(database_url)["users"]
    assert len([row for row in before if row.partition(",")[0] in untouched]) == EDITS
    assert len(after) == len(before)


@pytest.mark.parametrize(
    ("persons", "actions", "changed", "stops"),
    [(1000, 1497, 14, False), (1000, 1497, 15, True), (1400, 2097, 20, False), (1400, 2097, 21, True)],
)
def test_too_much_drift_ends_the_work(sqlite_url: str, persons: int, actions: int, changed: int, stops: bool) -> None:
    """More than one action in a hundred, or more than twenty, is another application than the one that was planned
    on: the work ends. Where the district file says `on_drift = "skip"` each is left out and the rest is done."""
    vendor = build_vendor(sqlite_url, persons=persons, people="role_accounts")
    plan = vendor.plan()
    for person in range(4, 4 + changed):
        execute(vendor, "UPDATE users SET email = 'new' WHERE id = :id", id=person * 10)
    shown = vendor.apply(plan, execute=False)
    assert (shown.total, shown.drifted, shown.failed) == (actions, changed, changed)
    assert shown.stopped == ("too_much_drift" if stops else "")
    result = vendor.apply(plan)
    assert (result.stopped, result.done) == (shown.stopped, 0 if stops else actions - changed)
    rest = vendor.apply(plan, pace=PATIENT)
    assert (rest.stopped, rest.failed, rest.already + rest.done) == ("", changed, actions - changed)


def test_every_corruption_is_named(database_url: str) -> None:
    """Of 200 cells that are spoilt after an apply verify names each by table, column and row, and nothing else."""
    vendor = build_vendor(database_url, persons=18)
    plan = vendor.plan()
    vendor.apply(plan)
    moments = random.Random(5)
    moved = [account for person in range(3, 19) for account in accounts_of(person)[:-1]]
    assert vendor.verify(plan) == ()
    for number in range(CORRUPTIONS):
        if number % 8 < len(OF_MOVED_ROWS):
            table, column = OF_MOVED_ROWS[number % 8]
            key = moments.choice(moved) * 10 + 1
        else:
            key, table = moments.choice([a for p in range(2, 19) for a in accounts_of(p)]), "users"
            column = moments.choice([*EDITABLE, "clever_v3_id"])
        before = _value(vendor, table, column, key)
        value: object = 50 if column in ("user_id", "graded_by", "about_id") else f"spoilt{number}"
        if column in ("score", "points", "last_login"):
            value = "2020-01-01 00:00:00" if column == "last_login" else "7.00"
        execute(vendor, f"UPDATE {table} SET {column} = :value WHERE id = :id", value=value, id=key)
        faults = vendor.verify(plan)
        named = {fault.where for fault in faults}
        assert named == {f"{table}.{column}"}, (table, column, key, faults)
        assert all(str(key) in fault.what for fault in faults)
        execute(vendor, f"UPDATE {table} SET {column} = :value WHERE id = :id", value=before, id=key)
    assert vendor.verify(plan) == ()


def _value(vendor: Vendor, table: str, column: str, key: int) -> object:
    with vendor.source.engine.connect() as connection:
        value = connection.scalar(text(f"SELECT {column} FROM {table} WHERE id = :id"), {"id": key})
    return str(value) if column in ("score", "points", "last_login") and value is not None else value


def test_a_column_that_was_taken_away_is_named(database_url: str) -> None:
    """Where somebody dropped the column, verify says so of each account that it linked, and does not fall over."""
    vendor = build_vendor(database_url)
    plan = vendor.plan()
    vendor.apply(plan)
    execute(vendor, "ALTER TABLE users DROP COLUMN clever_v3_id")
    assert {fault.where for fault in vendor.verify(plan)} == {"users.clever_v3_id"}


def test_a_journal_row_that_is_touched_breaks_the_chain(database_url: str) -> None:
    """An edited journal row, a deleted one, and a deleted entry of the chain are each reported."""
    vendor = build_vendor(database_url)
    plan = vendor.plan()
    vendor.apply(plan)
    assert vendor.verify(plan) == ()
    execute(vendor, "UPDATE playbook_journal SET before_value = 's:x' WHERE part = 1")
    assert {fault.where for fault in vendor.verify(plan)} == {"playbook_chain", "playbook_journal"}
    execute(vendor, "DELETE FROM playbook_chain WHERE entry = 2")
    assert len([fault for fault in vendor.verify(plan) if fault.where == "playbook_chain"]) > 1


def test_racing_rows_are_never_orphaned(database_url: str) -> None:
    """1,000 rows that the application adds for accounts while they are folded end with their survivors, or their
    group is left whole and the same command folds it when the race is over."""
    vendor = build_vendor(database_url, persons=36)
    plan = vendor.plan()
    losers = [account for person in range(3, 37, 3) for account in accounts_of(person)[:-1]]
    added = count(1)
    last = [0]

    def race(start: int) -> None:
        engine = create_engine(vendor.url, connect_args={"timeout": 5} if "sqlite" in vendor.url else {})
        with engine.connect() as connection:
            for number in range(start, start + RACING // 2):
                values = {"id": number, "account": losers[number % len(losers)]}
                table, columns = ("notes", ":account, 10, 'late'") if number % 2 else ("grades", "10, :account, 1")
                insert_in_the_end(connection, f"INSERT INTO {table} VALUES (:id, {columns})", values)
                last[0] = next(added)
        engine.dispose()

    def watch(progress: Progress) -> None:
        share = RACING * progress.done // progress.total  # so that the race lasts as long as the work
        while last[0] < share and any(racer.is_alive() for racer in racers):
            time.sleep(0.001)

    racers = [threading.Thread(target=race, args=(start,)) for start in (50_000, 60_000)]
    for racer in racers:
        racer.start()
    result = apply_in_the_end(vendor, plan, watch)
    for racer in racers:
        racer.join()
    assert last[0] == RACING
    codes = {refusal.code for refusal in result.refusals}
    assert codes <= {"racing_rows", "lock_timeout"}  # a group that lost five times is whole
    assert not result.refusals or vendor.apply(plan).failed == 0
    assert vendor.verify(plan) == ()
    assert _count(vendor, ", ".join(map(str, losers))) == 0


def insert_in_the_end(connection: Connection, statement: str, values: dict[str, int]) -> None:
    """Commit one row; where the database is locked for longer than the application waits, it does so again."""
    while True:
        try:
            with connection.begin():
                connection.execute(text(statement), values)
            return
        except OperationalError as busy:
            if "lock" not in str(busy.orig).lower():
                raise


def apply_in_the_end(vendor: Vendor, plan: Plan, watch: Callable[[Progress], None]) -> Result:
    """Apply, and again where a SQLite file, which has one writer at a time, stayed locked for too long."""
    while True:
        try:
            return vendor.apply(plan, progress=watch)
        except DatabaseError as busy:
            if busy.code != "lock_timeout":
                raise


def _count(vendor: Vendor, accounts: str) -> int:
    engine = create_engine(vendor.url)
    with engine.connect() as connection:
        query = f"SELECT (SELECT count(*) FROM notes WHERE author_id IN ({accounts}) OR about_id IN ({accounts}))"
        query += f" + (SELECT count(*) FROM grades WHERE graded_by IN ({accounts}) OR student_id IN ({accounts}))"
        count = connection.scalar(text(query))
    engine.dispose()
    return int(count or 0)


def test_an_undo_keeps_what_users_changed_since(database_url: str) -> None:
    """A row that a user gave to somebody else after the apply stays there; everything else goes back."""
    vendor = build_vendor(database_url)
    before = dump(database_url)
    plan = vendor.plan()
    vendor.apply(plan)
    execute(vendor, "UPDATE notes SET author_id = 40 WHERE id = 301")
    execute(vendor, "UPDATE notes SET body = 'edited' WHERE id = 302")
    result = vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    assert [(refusal.code, refusal.columns) for refusal in result.kept] == [("kept", ("notes.author_id",))]
    after = dump(database_url)
    assert {name: rows for name, rows in after.items() if name != "notes"} == {
        name: rows for name, rows in before.items() if name != "notes"
    }
    assert len(set(after["notes"]) ^ set(before["notes"])) == 4


def test_late_rows_are_swept_by_the_same_command(database_url: str) -> None:
    """A session that still holds the old account adds a row after the apply: verify names it, apply moves it."""
    vendor = build_vendor(database_url)
    plan = vendor.plan()
    vendor.apply(plan)
    execute(vendor, "INSERT INTO notes VALUES (70000, 30, 10, 'late')")
    assert [fault.where for fault in vendor.verify(plan)] == ["notes.author_id"]
    vendor.apply(plan)
    assert vendor.verify(plan) == ()
    with pytest.raises(AnswerIsNo, match="applied before"):
        vendor.apply(plan)


def test_late_rows_that_collide_are_refused_by_name(database_url: str) -> None:
    """A late row that no rule lets go stays where it is; the run is not closed, and the same command tries again."""
    vendor = build_vendor(database_url, persons=3)
    execute(vendor, "DELETE FROM enrolments WHERE user_id = 30 AND section_id = 'section0'")
    vendor = replace(vendor, merge=replace(vendor.merge, unique={}))
    plan = vendor.plan()
    vendor.apply(plan)
    execute(vendor, "INSERT INTO enrolments VALUES (70000, 30, 'section0')")
    late = vendor.apply(plan)
    assert [(refusal.account_id, refusal.code) for refusal in late.refusals] == [("30", "unique_collision")]
    assert [fault.where for fault in vendor.verify(plan)] == ["enrolments.user_id"]
    execute(vendor, "DELETE FROM enrolments WHERE id = 70000")
    assert vendor.apply(plan).failed == 0
    assert vendor.verify(plan) == ()
