"""The recipe for the application's own sign-in, on a real database with two sign-ins at once."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from playbook.cutover.reconcile import Reconciled, reconcile_sign_in


class Accounts:
    """The accounts of a small application, on SQLite, with a unique v3 id; one connection a call, as threads need."""

    def __init__(self, path: Path, rows: Sequence[tuple[str, str, str | None]]) -> None:
        self.path = path
        with closing(self._connect()) as database, database:
            database.execute("CREATE TABLE users (id TEXT PRIMARY KEY, clever_id TEXT, v3_id TEXT UNIQUE)")
            database.executemany("INSERT INTO users VALUES (?, ?, ?)", rows)

    def find_by_user_id(self, user_id: str, role: str) -> str:
        return next((account for (account,) in self._read("SELECT id FROM users WHERE v3_id = ?", user_id)), "")

    def find_by_legacy_id(self, legacy_id: str) -> Iterable[tuple[str, str]]:
        return self._read("SELECT id, coalesce(v3_id, '') FROM users WHERE clever_id = ? ORDER BY id", legacy_id)

    def link(self, account_id: str, user_id: str) -> bool:
        statement = "UPDATE users SET v3_id = ? WHERE id = ? AND v3_id IS NULL"
        try:
            with closing(self._connect()) as database, database:
                return database.execute(statement, (user_id, account_id)).rowcount == 1
        except sqlite3.IntegrityError:
            return False

    def rows(self) -> list[tuple[str, ...]]:
        return self._read("SELECT id, clever_id, coalesce(v3_id, '') FROM users ORDER BY id")

    def _read(self, statement: str, *values: str) -> list[tuple[str, ...]]:
        with closing(self._connect()) as database:
            return database.execute(statement, values).fetchall()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=20)


class Application:
    """An application that signs people in by the recipe, and counts."""

    def __init__(self, path: Path, *rows: tuple[str, str, str | None]) -> None:
        self.accounts = Accounts(path / "accounts.db", rows)
        self.counts: Counter[str] = Counter()

    def sign_in(self, user_id: str, *, role: str = "", is_impersonated: bool = False, **legacy_ids: str) -> Reconciled:
        return reconcile_sign_in(
            user_id, legacy_ids, self.accounts, self._count, role=role, is_impersonated=is_impersonated
        )

    def _count(self, name: str) -> None:
        self.counts[name] += 1


def test_an_impersonated_sign_in_writes_nothing(tmp_path: Path) -> None:
    """An admin who signs in as a teacher is let in as that teacher, and no id is stored."""
    application = Application(tmp_path, ("1", "t", None))
    assert application.sign_in("u", teacher="t", is_impersonated=True) == Reconciled("1", "by_legacy_id")
    assert application.accounts.rows() == [("1", "t", "")]
    assert application.counts == {"by_legacy_id": 1, "impersonated": 1}


def test_an_account_of_another_user_never_answers(tmp_path: Path) -> None:
    """An old id whose account belongs to another v3 user leads nowhere, and nothing is overwritten."""
    application = Application(tmp_path, ("1", "t", "v"))
    assert application.sign_in("u", teacher="t") == Reconciled("", "belongs_to_another")
    assert application.accounts.rows() == [("1", "t", "v")]


def test_several_accounts_are_not_merged_by_a_sign_in(tmp_path: Path) -> None:
    """A person whose two accounts both wait is let into the one of this role; merging them needs a plan."""
    application = Application(tmp_path, ("1", "t", None), ("2", "s", None))
    assert application.sign_in("u", teacher="t", staff="s") == Reconciled("", "several_accounts")
    assert application.sign_in("u", teacher="t", staff="s", role="staff") == Reconciled("2", "several_accounts")
    assert application.accounts.rows() == [("1", "t", ""), ("2", "s", "")]


def test_two_accounts_with_one_old_id_go_on_as_before(tmp_path: Path) -> None:
    """The first of them answers, as it did until now, and neither is written until a person decides."""
    application = Application(tmp_path, ("1", "t", None), ("2", "t", None))
    assert application.sign_in("u", teacher="t", role="teacher") == Reconciled("1", "several_accounts")
    assert application.accounts.rows() == [("1", "t", ""), ("2", "t", "")]


def test_nobody_is_found_by_a_blank_old_id(tmp_path: Path) -> None:
    """A role without legacy id does not lead to the accounts that never had a Clever id."""
    application = Application(tmp_path, ("1", "", None))
    assert application.sign_in("u", teacher="", staff="") == Reconciled("", "nobody")


def test_every_role_is_tried(tmp_path: Path) -> None:
    """Staff and district admins are found by their own old ids, not by a teacher's alone."""
    for role in ("teacher", "staff", "district_admin", "contact"):
        folder = tmp_path / role
        folder.mkdir()
        application = Application(folder, ("1", "old", None))
        assert application.sign_in("u", **{role: "old"}) == Reconciled("1", "by_legacy_id", is_written=True)
        assert application.accounts.rows() == [("1", "old", "u")]


def test_the_second_sign_in_needs_no_fall_back(tmp_path: Path) -> None:
    """Once the id is stored, the counter of the fall-back stands still: that is how one sees when it can go."""
    application = Application(tmp_path, ("1", "t", None))
    application.sign_in("u", teacher="t")
    for _ in range(3):
        assert application.sign_in("u", teacher="t") == Reconciled("1", "by_user_id")
    assert application.counts == {"by_legacy_id": 1, "linked": 1, "by_user_id": 3}


def test_a_student_is_found_by_the_one_id(tmp_path: Path) -> None:
    """Students have no legacy id on the wire; the user id is the old one."""
    application = Application(tmp_path, ("1", "x", None))
    assert application.sign_in("x", student="").account_id == "1"


def test_whoever_is_slower_gets_the_account_that_the_quicker_one_linked(tmp_path: Path) -> None:
    """Of two sign-ins at once one writes, both reach the same account, and nobody gets a second one."""
    application = Application(tmp_path, ("1", "t", None))
    start, together = Barrier(8), application.accounts.find_by_legacy_id

    def find_together(legacy_id: str) -> Iterable[tuple[str, str]]:
        found = together(legacy_id)
        start.wait(timeout=20)
        return found

    application.accounts.find_by_legacy_id = find_together  # type: ignore[method-assign]
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda _: application.sign_in("u", teacher="t"), range(8)))
    assert {result.account_id for result in results} == {"1"}
    assert sum(result.is_written for result in results) == 1
    assert application.accounts.rows() == [("1", "t", "u")]
    assert (application.counts["linked"], application.counts["raced"]) == (1, 7)


def test_a_link_that_the_database_refuses_lets_nobody_into_the_wrong_account(tmp_path: Path) -> None:
    """Where another user took the account in between, the slower sign-in is told so."""
    application = Application(tmp_path, ("1", "t", None))
    link = application.accounts.link

    def overtaken(account_id: str, user_id: str) -> bool:
        link(account_id, "v")
        return link(account_id, user_id)

    application.accounts.link = overtaken  # type: ignore[method-assign]
    assert application.sign_in("u", teacher="t") == Reconciled("", "belongs_to_another")
    assert application.accounts.rows() == [("1", "t", "v")]


@pytest.mark.parametrize("role", ["", "teacher"])
def test_an_account_beside_a_strangers_is_found(tmp_path: Path, role: str) -> None:
    """Where one of the old ids leads to somebody else's account, the person's own one still answers."""
    application = Application(tmp_path, ("1", "t", None), ("2", "s", "v"))
    assert application.sign_in("u", teacher="t", staff="s", role=role).account_id == "1"
