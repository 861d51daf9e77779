"""Edit, plan, apply, kill, resume and undo in any order: the database does what a few lines of plain Python do.

The model shares no code with the product. It keeps rows in dictionaries, folds people as the README says, and forgets
nothing, so that an undo is a walk back through what it wrote.
"""

from __future__ import annotations

import os
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from playbook.applying.undo import plan_undo
from playbook.merging.plan import Plan
from tests.applying.kills import Rehearsal, kill_at
from tests.applying.schemas import PATIENT
from tests.applying.vendor import NOW, Vendor, accounts_of, build_vendor, new_id, vendor_rows
from tests.databases import ENGINES, NewDatabase

EXAMPLES = int(os.environ.get("TESTS_MODEL_EXAMPLES", "12"))
COLUMNS = {
    "users": ("username", "email", "status", "clever_v3_id"),
    "enrolments": ("user_id", "section_id"),
    "grades": ("student_id", "graded_by"),
    "notes": ("author_id", "about_id", "body"),
}
REFERENCES = (("enrolments", "user_id"), ("grades", "graded_by"), ("notes", "author_id"), ("notes", "about_id"))

Rows = dict[str, dict[int, dict[str, Any]]]


class Model:
    """What the database must hold."""

    def __init__(self, persons: int) -> None:
        self.persons = persons
        self.rows: Rows = {table: {} for table in COLUMNS}
        for table, row in vendor_rows(persons, "users"):
            self.rows[table][row["id"]] = {column: row.get(column) for column in COLUMNS[table]}
        self.seen: Rows = {}
        self.done: set[int] = set()
        self.written: list[tuple[str, int, str, Any, Any]] = []
        self.removed: list[tuple[int, dict[str, Any]]] = []

    def plan(self) -> None:
        """Remember the accounts as they are now."""
        self.seen = deepcopy({"users": self.rows["users"]})
        self.done, self.written, self.removed = set(), [], []

    def apply(self) -> None:
        """Do every person whose accounts are as they were, and who was not done before."""
        for person in range(3, self.persons + 1):
            accounts = accounts_of(person)
            same = all(self._image(self.rows, a) == self._image(self.seen, a) for a in accounts)
            if same and person not in self.done:
                self.done.add(person)
                survivor = accounts[-1]  # the account that was signed in to last
                self._write("users", survivor, "clever_v3_id", new_id(person))
                for loser in accounts[:-1]:
                    self._fold(loser, survivor)

    def undo(self) -> None:
        """Walk back; a cell that somebody else has written since stays."""
        for table, key, column, before, after in reversed(self.written):
            if self.rows[table][key][column] == after:
                self.rows[table][key][column] = before
        for key, row in self.removed:
            self.rows["enrolments"][key] = row
        self.done = set()

    def _fold(self, loser: int, survivor: int) -> None:
        taken = {row["section_id"] for row in self.rows["enrolments"].values() if row["user_id"] == survivor}
        for key, row in list(self.rows["enrolments"].items()):
            if row["user_id"] == loser and row["section_id"] in taken:
                self.removed.append((key, self.rows["enrolments"].pop(key)))
        for table, column in REFERENCES:
            for key, row in self.rows[table].items():
                if row[column] == loser:
                    self._write(table, key, column, survivor)
        self._write("users", loser, "status", "deleted")

    def _write(self, table: str, key: int, column: str, value: Any) -> None:
        self.written.append((table, key, column, self.rows[table][key][column], value))
        self.rows[table][key][column] = value

    def _image(self, rows: Rows, account: int) -> dict[str, Any]:
        return {name: value for name, value in rows["users"][account].items() if name != "clever_v3_id"}


class Migration(RuleBasedStateMachine):
    """One vendor, its model, and whatever may happen to both."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.state, self.plans = url, "new", 0
        self.chosen: Plan | None = None

    @initialize(persons=st.integers(3, 9))
    def build(self, persons: int) -> None:
        """Start from a fresh application."""
        self.vendor: Vendor = build_vendor(self.url, persons=persons)
        self.model = Model(persons)

    @property
    def plan_in_force(self) -> Plan:
        """The plan that was made last."""
        assert self.chosen is not None
        return self.chosen

    def _account(self, number: int) -> int:
        accounts = [a for person in range(3, self.model.persons + 1) for a in accounts_of(person)]
        return accounts[number % len(accounts)]

    @precondition(lambda self: self.state != "killed")
    @rule(number=st.integers(0, 99), word=st.sampled_from(["a@b.example", "c@d.example"]))
    def edit_account(self, number: int, word: str) -> None:
        """Somebody changes an e-mail."""
        account = self._account(number)
        self._execute("UPDATE users SET email = :value WHERE id = :id", id=account, value=word)
        self.model.rows["users"][account]["email"] = word

    @precondition(lambda self: self.state != "killed")
    @rule(number=st.integers(0, 99))
    def edit_note(self, number: int) -> None:
        """Somebody gives a note to the student."""
        keys = sorted(self.model.rows["notes"])
        key = keys[number % len(keys)]
        self._execute("UPDATE notes SET author_id = 10 WHERE id = :id", id=key)
        self.model.rows["notes"][key]["author_id"] = 10

    @precondition(lambda self: self.state in ("new", "planned"))
    @rule()
    def make_plan(self) -> None:
        """Read, match and plan."""
        self.plans += 1
        self.chosen = self.vendor.plan(made_at=NOW - timedelta(seconds=self.plans))
        self.model.plan()
        self.state = "planned"

    @precondition(lambda self: self.state == "planned")
    @rule(number=st.integers(1, 250))
    def kill(self, number: int) -> None:
        """An apply dies before some statement, or has ended before it comes to it."""
        kill_at(Rehearsal(self.vendor, self.plan_in_force, {}, {}, 0), self.plan_in_force, number, pace=PATIENT)
        self.state = "killed"

    @precondition(lambda self: self.state in ("planned", "killed"))
    @rule()
    def apply(self) -> None:
        """Apply, or go on where a killed apply ended."""
        result = self.vendor.apply_patiently(self.plan_in_force, PATIENT)
        self.model.apply()
        self.state = "applied" if self.model.done else "planned"
        assert (result == 0) == (len(self.model.done) == self.model.persons - 2)
        if self.model.done and result == 0:
            assert self.vendor.verify(self.plan_in_force) == ()

    @precondition(lambda self: self.state == "applied")
    @rule()
    def undo(self) -> None:
        """Take back what was done."""
        back = plan_undo(self.plan_in_force, self.vendor.source, made_at=NOW)
        assert self.vendor.apply(back, pace=PATIENT).failed == 0
        self.model.undo()
        self.state = "new"

    @invariant()
    def database_is_the_model(self) -> None:
        """Every cell that anybody may write is what the model says."""
        if self.state == "killed" or not hasattr(self, "model"):
            return
        with self.vendor.source.engine.connect() as connection:
            for table, rows in self.model.rows.items():
                found = {row["id"]: row for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()}
                assert {key: {c: row.get(c) for c in COLUMNS[table]} for key, row in found.items()} == rows

    def _execute(self, statement: str, **values: Any) -> None:
        with self.vendor.source.engine.begin() as connection:
            connection.execute(text(statement), values)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_the_database_does_what_the_model_does(new_database: NewDatabase, engine: str) -> None:
    """Any order of edits, plans, applies, kills, resumes and undos ends in the model's rows."""
    run_state_machine_as_test(
        lambda: Migration(new_database(engine)),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
