"""What the application writes between our read and our write stands: it waits for us, or we give way to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text

from playbook.accounts.refusals import translated
from playbook.applying.pace import Progress
from playbook.errors import PlaybookError
from playbook.merging.plan import Plan
from tests.applying.schemas import PATIENT, engine_of
from tests.applying.vendor import Vendor, build_vendor

EDITS = 67
"""Edits an engine: three engines make 201."""

AT_ONCE: dict[str, dict[str, Any]] = {
    "sqlite": {"timeout": 0},
    "postgresql": {"options": "-c lock_timeout=20ms"},
    "mysql": {"init_command": "SET innodb_lock_wait_timeout = 0"},
}
"""An application that would rather fail than wait."""


@dataclass(frozen=True)
class Cell:
    """A cell that a fold writes, and what the application writes to it a moment before."""

    name: str
    of: str
    value: str

    def edit(self, accounts: dict[str, str]) -> str:
        """Return the application's statement."""
        table, column = self.name.split(".")
        place = "id" if table == "users" else column
        return f"UPDATE {table} SET {column} = '{self.value}' WHERE {place} = {accounts[self.of]}"

    @property
    def write(self) -> str:
        """Return how our own statement begins."""
        table, column = self.name.split(".")
        return f"UPDATE {table} SET {column}="


ACCOUNT_CELLS = (Cell("users.clever_v3_id", "survivor", "elsewhere"), Cell("users.status", "loser", "suspended"))
CHILD_CELLS = (Cell("notes.author_id", "loser", "40"), Cell("grades.graded_by", "loser", "40"))
CELLS = (*ACCOUNT_CELLS, *CHILD_CELLS)


@dataclass
class Application:
    """Edits one cell of every group that is folded, right before the group's own write to it."""

    vendor: Vendor
    groups: list[dict[str, str]]
    engine: Engine
    now: int = 0
    done: set[int] = field(default_factory=set)
    waiting: list[str] = field(default_factory=list)

    def go_on(self, _progress: Progress) -> None:
        """Turn to the next group; what had to wait is written now."""
        self.now += 1
        while self.waiting:
            self.write(self.waiting.pop())

    def write(self, statement: str) -> None:
        """Commit one statement."""
        with translated(), self.engine.begin() as connection:
            connection.execute(text(statement))

    def meet(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        """Get in between, once a group."""
        if self.now >= len(self.groups) or self.now in self.done:
            return
        cell = CELLS[self.now % len(CELLS)]
        # On SQLite nobody else writes once we have begun to: there it is before the group's first write.
        ours = CELLS[0] if self.engine.dialect.name == "sqlite" else cell
        if statement.startswith(ours.write):
            self.done.add(self.now)
            edit = cell.edit(self.groups[self.now])
            try:
                self.write(edit)
            except PlaybookError as refused:
                if refused.code != "lock_timeout":
                    raise
                self.waiting.append(edit)


@contextmanager
def edited(vendor: Vendor, plan: Plan) -> Iterator[Application]:
    """Let an application edit while the plan's groups are folded."""
    moves = plan.rows[plan.rows["kind"] == "move"].drop_duplicates("group")
    groups = [{"loser": row.account_id, "survivor": row.survivor_id} for row in moves.itertuples()]
    kind = engine_of(vendor.url)
    engine = create_engine(vendor.url, connect_args=AT_ONCE[kind])
    application = Application(vendor, groups, engine)
    event.listen(vendor.source.engine, "before_cursor_execute", application.meet)
    yield application
    event.remove(vendor.source.engine, "before_cursor_execute", application.meet)
    engine.dispose()


def _lock_nothing(
    _connection: object, _cursor: object, statement: str, parameters: object, *_: object
) -> tuple[str, object]:
    for lock in (" FOR UPDATE OF users", " FOR UPDATE", " IMMEDIATE"):
        statement = statement.removesuffix(lock)
    return statement, parameters


def lost_edits(vendor: Vendor, application: Application) -> list[str]:
    """Return the edits that are no longer in the database."""
    lost = []
    with application.engine.connect() as connection:
        for number in sorted(application.done):
            cell, accounts = CELLS[number % len(CELLS)], application.groups[number]
            table, column = cell.name.split(".")
            key = int(accounts[cell.of]) * (1 if table == "users" else 10) + (table != "users")
            found = connection.scalar(text(f"SELECT {column} FROM {table} WHERE id = {key}"))
            if str(found) != cell.value:
                lost.append(f"{cell.name} {key}: {found}")
    return lost


def test_an_edit_before_our_write_is_never_overwritten(database_url: str) -> None:
    """Even where reading locks nothing: a write compares what it replaces, so that an account that changed at the last
    moment is refused with the column, and a group whose rows were given away is tried again without them."""
    vendor = build_vendor(database_url, persons=3 * EDITS)
    plan = vendor.plan()
    if engine_of(database_url) == "sqlite":  # where a reader would otherwise keep every writer out
        with closing(sqlite3.connect(str(make_url(database_url).database))) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    event.listen(vendor.source.engine, "before_cursor_execute", _lock_nothing, retval=True)
    with edited(vendor, plan) as application:
        result = vendor.apply(plan, pace=PATIENT, progress=application.go_on)
        assert (len(application.done), application.waiting) == (EDITS, [])
        assert lost_edits(vendor, application) == []
        refused = {refusal.account_id: refusal for refusal in result.refusals}
        for number, accounts in enumerate(application.groups):
            cell = CELLS[number % len(CELLS)]
            assert (accounts["loser"] in refused) == (cell in ACCOUNT_CELLS), (number, cell)
            if cell in ACCOUNT_CELLS:
                assert refused[accounts["loser"]].columns == (cell.name,)
    assert {refusal.code for refusal in result.refusals} <= {"changed", "v3_id_taken"}


def test_an_edit_waits_while_its_account_is_folded(database_url: str) -> None:
    """What we have read is locked until we have written: the application's edit of an account comes after it."""
    vendor = build_vendor(database_url, persons=60)
    plan = vendor.plan()
    waited = []
    with edited(vendor, plan) as application:
        go_on = application.go_on

        def note(progress: Progress) -> None:
            waited.extend(application.waiting)
            go_on(progress)

        result = vendor.apply(plan, progress=note)
        assert (len(application.done), len(waited), result.failed) == (20, 20, 0)
        assert {cell.name for cell in CELLS if any(cell.name.split(".")[0] in edit for edit in waited)} == {
            cell.name for cell in CELLS
        }
