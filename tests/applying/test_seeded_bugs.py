"""The harness has teeth: each of these bugs, which real merge code has had, turns it red.

Every bug is put into the running program, and the same checks that find nothing otherwise must find something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from playbook.applying import apply, effects, links, restoring, session, work
from playbook.applying.chain import Chain
from playbook.applying.rows import Drift, Writer
from playbook.errors import DatabaseError
from tests.applying.kills import Rehearsal, problems_after_kill, rehearse

Bug = Callable[[pytest.MonkeyPatch], None]


def commit(writer: Writer) -> None:
    """End the writer's transaction in the middle, and begin another."""
    writer.connection.exec_driver_sql("COMMIT")
    writer.connection.exec_driver_sql("BEGIN IMMEDIATE" if writer.dialect == "sqlite" else "BEGIN")


def journal_after_commit(patch: pytest.MonkeyPatch) -> None:
    """The journal is written by a transaction of its own, after the one that it records."""
    waiting: list[tuple[Any, list[dict[str, Any]]]] = []
    flush, transaction = Writer.flush, session.Session.transaction

    def later(self: Writer) -> None:
        waiting.append((self, self.journaled))

    @contextmanager
    def committing(self: session.Session, *, execute: bool) -> Iterator[Any]:
        with transaction(self, execute=execute) as connection:
            yield connection
        while waiting:
            writer, _ = waiting.pop()
            with transaction(self, execute=execute):
                flush(writer)

    patch.setattr(Writer, "flush", later)
    patch.setattr(session.Session, "transaction", committing)


def marker_first(patch: pytest.MonkeyPatch) -> None:
    """The action is marked as done and committed before its rows are written."""
    write = work.write_effects

    def marked(writer: Writer, header: Any, operation: Any) -> None:
        if writer.execute:
            writer.begin(operation.position)
            writer.confirm(header.layout.table)
            writer.flush()
            writer.journaled.clear()
            commit(writer)
        begin = Writer.begin
        patch.setattr(Writer, "begin", lambda self, position, part=0: begin(self, position, part=part + 1))
        write(writer, header, operation)
        patch.setattr(Writer, "begin", begin)

    patch.setattr(work, "write_effects", marked)


def commit_each_statement(patch: pytest.MonkeyPatch) -> None:
    """Every statement is its own transaction, as code without one behaves."""
    write = Writer._write

    def written(self: Writer, statement: Any, *, expected: int) -> int:
        count = write(self, statement, expected=expected)
        if self.execute:
            commit(self)
        return count

    patch.setattr(Writer, "_write", written)


def swallowed_error(patch: pytest.MonkeyPatch) -> None:
    """What fails for one table is logged and passed over, and the account is folded all the same."""
    move = effects.move_rows

    def passing(writer: Writer, header: Any, referrer: Any, loser: str, survivor: str) -> None:
        try:
            if referrer.table == "notes":
                writer.connection.execute(text("SELECT no_such_column FROM notes"))
            move(writer, header, referrer, loser, survivor)
        except (DatabaseError, Exception):
            return

    patch.setattr(effects, "move_rows", passing)
    patch.setattr(work, "refuse_broken", lambda *_: None)
    patch.setattr(apply, "sweep_stragglers", lambda _: 0)


def forgotten_table(patch: pytest.MonkeyPatch) -> None:
    """The list of tables misses one, which no foreign key tells."""
    move = effects.move_rows

    def missing(writer: Writer, header: Any, referrer: Any, loser: str, survivor: str) -> None:
        if referrer.column != "graded_by":
            move(writer, header, referrer, loser, survivor)

    patch.setattr(effects, "move_rows", missing)
    patch.setattr(work, "refuse_broken", lambda *_: None)
    patch.setattr(apply, "sweep_stragglers", lambda _: 0)


def deleted_account(patch: pytest.MonkeyPatch) -> None:
    """The folded account is deleted instead of becoming a tombstone."""
    alias = effects._alias

    def deleting(writer: Writer, header: Any, operation: Any) -> None:
        alias(writer, header, operation)
        if writer.execute:
            writer.connection.execute(text("DELETE FROM users WHERE id = :id"), {"id": int(operation.account_id)})

    patch.setattr(effects, "_alias", deleting)


def moved_without_journal(patch: pytest.MonkeyPatch) -> None:
    """Child rows are given away without a word in the journal."""
    repoint, journal = Writer.repoint, Writer._journal

    def silent(self: Writer, *arguments: Any, **options: Any) -> None:
        patch.setattr(Writer, "_journal", lambda *_: None)
        repoint(self, *arguments, **options)
        patch.setattr(Writer, "_journal", journal)

    patch.setattr(Writer, "repoint", silent)


def deduplicated_without_journal(patch: pytest.MonkeyPatch) -> None:
    """Rows that collide are deleted, and nobody can bring them back."""
    journal = Writer._journal

    def forgetful(self: Writer, action: str, *arguments: Any) -> None:
        if action != "delete":
            journal(self, action, *arguments)

    patch.setattr(Writer, "_journal", forgetful)


def resume_from_the_beginning(patch: pytest.MonkeyPatch) -> None:
    """A resumed run does not look at the journal and does everything again."""
    patch.setattr(apply, "done_positions", lambda connection, run: set())


def half_an_undo(patch: pytest.MonkeyPatch) -> None:
    """The undo brings removed rows not back."""
    patch.setattr(restoring, "_bring_back", lambda *_: None)


def undo_in_the_wrong_order(patch: pytest.MonkeyPatch) -> None:
    """The undo puts back values of cells that were written twice in the order in which they were written."""
    change, change_many = Writer.change, Writer.change_many

    def careless(self: Writer, table: str, key: Any, column: str, before: Any, after: Any) -> None:
        if before is not None and column == "user_id":
            return  # what was written last is taken for what was there first
        change(self, table, key, column, before, after)

    def careless_many(self: Writer, table: str, keys: Any, column: str, *values: Any) -> list[Any]:
        return [] if column == "user_id" else change_many(self, table, keys, column, *values)

    patch.setattr(Writer, "change", careless)
    patch.setattr(Writer, "change_many", careless_many)


def unsealed_transactions(patch: pytest.MonkeyPatch) -> None:
    """The audit chain leaves out what was linked in batches."""
    append = Chain.append

    def forgetful(self: Chain, connection: Any, event: str, body: Any) -> Chain:
        return self if event == "links" else append(self, connection, event, body)

    patch.setattr(Chain, "append", forgetful)


def wrong_survivor(patch: pytest.MonkeyPatch) -> None:
    """Links are written to the neighbour's account."""
    link = links.Staging.link

    def shifted(self: links.Staging, writer: Writer, *rest: Any) -> Any:
        linked = link(self, writer, *rest)
        writer.connection.execute(text("UPDATE users SET clever_v3_id = NULL WHERE id = (SELECT max(id) FROM users)"))
        return linked

    patch.setattr(links.Staging, "link", shifted)


BUGS: list[Bug] = [
    journal_after_commit,
    marker_first,
    commit_each_statement,
    swallowed_error,
    forgotten_table,
    deleted_account,
    moved_without_journal,
    deduplicated_without_journal,
    resume_from_the_beginning,
    half_an_undo,
    undo_in_the_wrong_order,
    unsealed_transactions,
    wrong_survivor,
]


OF_TRANSACTIONS = [journal_after_commit, marker_first, commit_each_statement]
"""Bugs whose damage depends on how an engine commits."""


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
@pytest.mark.parametrize("bug", OF_TRANSACTIONS, ids=lambda bug: bug.__name__)
def test_the_harness_finds_a_seeded_bug_on_a_server(
    request: pytest.FixtureRequest, engine: str, bug: Bug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server shows what a file shows: with the bug in place some kill, resume, verify or undo is red."""
    rehearsal = rehearse(request.getfixturevalue(f"{engine}_url"), persons=3)
    with monkeypatch.context() as patch:
        bug(patch)
        assert _first_problem(rehearsal), f"nobody noticed {bug.__name__}"


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_the_harness_finds_a_seeded_bug(sqlite_url: str, bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the bug in place some kill, resume, verify or undo shows a problem; without it none does."""
    rehearsal = rehearse(sqlite_url, persons=9)
    with monkeypatch.context() as patch:
        bug(patch)
        assert _first_problem(rehearsal), f"nobody noticed {bug.__name__}"


def _first_problem(rehearsal: Rehearsal) -> str:
    """Return the first problem that any kill shows, or nothing; every third boundary first, then those between."""
    middle = rehearsal.boundaries // 2
    for number in sorted(range(20, rehearsal.boundaries), key=lambda number: (number % 3, abs(number - middle))):
        try:
            for problem in problems_after_kill(rehearsal, number=number):
                return problem
        except (Drift, AssertionError, KeyError) as broken:
            return repr(broken)
    return ""
