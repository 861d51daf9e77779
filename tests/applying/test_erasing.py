"""What is erased is gone, whenever the erasing dies; what was done stays, and so does the record of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text

from playbook.applying import erasing
from playbook.applying.erasing import erase_runs, find_erasable
from playbook.applying.journal import CELLS, CHAIN, KEYS, RUNS
from playbook.applying.key_places import KeptKeys, Keys
from playbook.applying.pace import Pace
from playbook.applying.undo import plan_undo
from playbook.errors import AnswerIsNo, PlaybookError
from playbook.merging.plan import Plan
from tests.applying.kills import child_does, counting, die_at
from tests.applying.test_run_keys import ours, planted
from tests.applying.vendor import DISTRICT, NOW, Vendor, build_vendor, dump
from tests.applying.vendor import KEYS as GIVEN

LATER = NOW + timedelta(days=31)


def kept(vendor: Vendor, directory: Path) -> KeptKeys:
    """Return keys in files for a vendor's database."""
    return KeptKeys(directory / "keys", vendor.source.identity())


def erase(vendor: Vendor, keys: Keys = GIVEN, **age: Any) -> bool:
    """Erase, where a dead child's server session may still hold the lock."""
    for _ in range(500):
        try:
            asked = {"district_id": DISTRICT, "before": None, "keys": keys, "now": LATER}
            return erase_runs(vendor.source, **(asked | age)).is_rekeyed
        except AnswerIsNo as refused:
            if refused.code != "locked":
                raise
            time.sleep(0.01)  # a server process that notices that its client is gone
    raise AssertionError("the lock was never let go")


def code_of_undo(vendor: Vendor, plan: Plan) -> str:
    """Return how an undo is refused; blank where it is not."""
    try:
        plan_undo(plan, vendor.source, made_at=NOW)
    except AnswerIsNo as refused:
        return refused.code
    return ""


def is_all_gone(vendor: Vendor) -> bool:
    """Say whether no run has a key and no journal row a value."""
    with vendor.source.engine.connect() as connection:
        cells = connection.execute(select(CELLS.c.row_key, CELLS.c.before_value, CELLS.c.after_value)).all()
        keys = connection.execute(select(KEYS.c.wrapped)).all()
    return {*map(tuple, cells)} == {("", None, None)} and {*map(tuple, keys)} == {("",)}


@contextmanager
def remembered(vendor: Vendor, directory: Path) -> Iterator[None]:
    """Put the journal and the key files back as they were."""
    tables = (RUNS, CELLS, CHAIN, KEYS)
    with vendor.source.engine.connect() as connection:
        rows = {table: [dict(row) for row in connection.execute(select(table)).mappings()] for table in tables}
    shutil.copytree(directory / "keys", directory / "copy")
    yield
    with vendor.source.engine.begin() as connection:
        for table in tables:
            connection.execute(delete(table))
            connection.execute(insert(table), rows[table])
    shutil.rmtree(directory / "keys")
    (directory / "copy").rename(directory / "keys")


def test_erasing_can_be_killed_before_every_statement(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before each statement and commit: the plan can be taken back or is refused by name, never half read; the
    same command erases the rest, and the master key with it; what the plan did stays and verifies."""
    monkeypatch.setattr(erasing, "BATCH", 8)
    vendor = build_vendor(database_url, persons=3)
    keys, plan = kept(vendor, tmp_path), vendor.plan()
    vendor.apply(plan, keys=keys)
    after = dump(database_url)
    with remembered(vendor, tmp_path), counting(vendor.source.engine) as count:
        erase(vendor, keys)
    for number in range(1, count[0] + 1):
        with remembered(vendor, tmp_path):
            child_does(vendor, lambda child: erase(child, keys), die_at(number))
            assert vendor.verify(plan, keys) == (), number
            assert code_of_undo(vendor, plan) in ("", "journal_erased"), number
            erase(vendor, keys)
            assert is_all_gone(vendor), number
            assert (vendor.verify(plan, keys), code_of_undo(vendor, plan)) == ((), "journal_erased"), number
            assert find_erasable(vendor.source, DISTRICT, before=None) == [], number
            assert [*(tmp_path / "keys").iterdir()] == [], number
    assert dump(database_url) == after


def test_erased_is_gone_and_told(database_url: str) -> None:
    """Neither a name nor a ciphertext is left; the chain says when and how many rows; undo, and going on, are refused
    by name; verify compares what needs no image and still finds a spoilt cell."""
    vendor = planted(database_url)
    plan = vendor.plan()
    vendor.apply(plan)
    undo = plan_undo(plan, vendor.source, made_at=NOW)
    (run,) = find_erasable(vendor.source, DISTRICT, before=None)
    erase(vendor)
    held = ours(database_url)
    assert ("x:" in held, "canary" in held.lower(), f'"cells": {run.cells}' in held) == (False, False, True)
    for refused, codes in ((undo, {"journal_erased"}), (plan, {"already_applied"})):
        for execute in (True, False):
            with pytest.raises(PlaybookError) as caught:
                vendor.apply(refused, execute=execute)
            assert caught.value.code in codes
    assert vendor.verify(plan) == ()
    with vendor.source.engine.begin() as connection:
        connection.execute(text("UPDATE users SET status = 'spoilt' WHERE id = 30"))
    assert {fault.where for fault in vendor.verify(plan)} == {"users.status"}


def test_only_what_is_old_enough_goes(database_url: str) -> None:
    """A run that ended after the moment keeps its key and its way back."""
    vendor = build_vendor(database_url)
    before, plan = dump(database_url), vendor.plan()
    vendor.apply(plan)
    assert find_erasable(vendor.source, DISTRICT, before=NOW) == []
    assert erase(vendor, before=NOW) is False
    assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW)).failed == 0
    assert dump(database_url) == before
    assert len(find_erasable(vendor.source, DISTRICT, before=NOW + timedelta(seconds=1))) == 2


def test_an_unfinished_plan_is_not_gone_on_with(database_url: str, tmp_path: Path) -> None:
    """A run that was stopped and then erased is refused by name, in a dry run too."""
    vendor = build_vendor(database_url)
    plan, stop = vendor.plan(), tmp_path / "stop"
    assert vendor.apply(plan, pace=Pace(stop_file=stop), progress=lambda _: stop.touch()).done > 0
    erase(vendor)
    for execute in (True, False):
        with pytest.raises(AnswerIsNo) as refused:
            vendor.apply(plan, execute=execute)
        assert refused.value.code == "journal_erased"


def test_a_key_that_others_still_need_is_changed(sqlite_url: str, tmp_path: Path) -> None:
    """With one run erased and another kept, the master key gives way to a new one that opens the kept run only."""
    vendor = build_vendor(sqlite_url)
    keys, plan = kept(vendor, tmp_path), vendor.plan()
    vendor.apply(plan, keys=keys)
    old = keys.current().name
    vendor.apply(plan_undo(plan, vendor.source, made_at=LATER), keys=keys, now=LATER)
    again = vendor.plan(made_at=LATER)
    vendor.apply(again, keys=keys, now=LATER)
    assert erase(vendor, keys, before=LATER) is True
    assert (keys.find(old), vendor.verify(again, keys)) == (None, ())
    assert vendor.apply(plan_undo(again, vendor.source, made_at=LATER), keys=keys, now=LATER).failed == 0


def test_a_database_without_a_journal_has_nothing_to_erase(database_url: str) -> None:
    """Nothing is made either."""
    vendor = build_vendor(database_url)
    before = dump(database_url, also_ours=True)
    assert find_erasable(vendor.source, DISTRICT, before=None) == []
    assert erase(vendor) is False
    assert dump(database_url, also_ours=True) == before


def test_the_file_of_sqlite_keeps_no_ciphertext(sqlite_url: str) -> None:
    """SQLite overwrites what was emptied: nothing of it is left in the file's pages."""
    vendor = build_vendor(sqlite_url)
    vendor.apply(vendor.plan())
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with vendor.source.engine.connect() as connection:
        values = [value.encode() for value in connection.scalars(select(CELLS.c.before_value)) if value]
    assert all(value in path.read_bytes() for value in values if value.startswith(b"x:"))
    erase(vendor)
    left = path.read_bytes()
    assert not [value for value in values if value.startswith(b"x:") and value[:40] in left]
