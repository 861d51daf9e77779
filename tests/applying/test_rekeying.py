"""Changing the master key loses no way back, whenever it dies, and destroys the key before once nothing needs it."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from playbook.applying.ciphers import MasterKey
from playbook.applying.key_places import KeptKeys, Keys, ReferredKeys
from playbook.applying.rekeying import rekey
from playbook.applying.session import writing
from playbook.applying.undo import plan_undo
from playbook.errors import AnswerIsNo, InputError
from tests.applying.kills import child_does, counting, die_at
from tests.applying.vendor import DISTRICT, KEYS, NOW, Vendor, build_vendor, dump


def kept(vendor: Vendor, directory: Path) -> KeptKeys:
    """Return keys in files for a vendor's database."""
    return KeptKeys(directory / "keys", vendor.source.identity())


def change(vendor: Vendor, keys: Keys) -> int:
    """Change the master key, where a dead child's server session may still hold the lock."""
    for _ in range(500):
        try:
            return rekey(vendor.source, district_id=DISTRICT, keys=keys, now=NOW, execute=True)
        except AnswerIsNo as refused:
            if refused.code != "locked":
                raise
            time.sleep(0.01)  # a server process that notices that its client is gone
    raise AssertionError("the lock was never let go")


def there_and_back(vendor: Vendor, keys: Keys) -> dict[str, list[str]]:
    """Apply a plan and take it back, so that there are runs of both kinds; return what the database was."""
    before, plan = dump(vendor.url), vendor.plan()
    vendor.apply(plan, keys=keys)
    vendor.apply(plan_undo(plan, vendor.source, made_at=NOW), keys=keys)
    return before


class Files:
    """Keys in files that die between the steps of a change that no database sees."""

    are_ours = True

    def __init__(self, keys: KeptKeys, die_before: str = "") -> None:
        self.keys, self.die_before = keys, die_before
        self.current, self.find = keys.current, keys.find

    def successor(self) -> MasterKey:
        """Make the next key, or die afterwards."""
        key = self.keys.successor()
        self._die("transaction")
        return key

    def settle(self, *, is_needed: bool) -> None:
        """Put it in its place, or die first."""
        self._die("settle")
        self.keys.settle(is_needed=is_needed)

    def _die(self, step: str) -> None:
        if self.die_before == step:
            os.kill(os.getpid(), signal.SIGKILL)


def test_a_change_can_be_killed_before_every_statement(database_url: str, tmp_path: Path) -> None:
    """Killed before each statement, each commit and each step of the files: the plan verifies at once, because both
    keys are found; the same command finishes the change, one key is left, and the undo restores the database."""
    vendor = build_vendor(database_url, persons=3)
    keys = kept(vendor, tmp_path)
    before = there_and_back(vendor, keys)
    plan = vendor.plan(made_at=NOW.replace(hour=7))
    vendor.apply(plan, keys=keys)
    with counting(vendor.source.engine) as count:
        assert change(vendor, keys) == 3
    kills: list[tuple[int, str]] = [(number, "") for number in range(1, count[0] + 1)]
    for number, step in [*kills, (0, "transaction"), (0, "settle")]:
        old = keys.current().name
        doing = partial(_change_in_child, keys=Files(keys, step))
        child_does(vendor, doing, die_at(number))
        assert vendor.verify(plan, keys) == (), (number, step)
        assert change(vendor, keys) == 3
        assert (keys.find(old), len([*(tmp_path / "keys").iterdir()])) == (None, 1), (number, step)
    assert vendor.verify(plan, keys) == ()
    assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW), keys=keys).failed == 0
    assert dump(database_url) == before


def _change_in_child(vendor: Vendor, keys: Files) -> None:
    rekey(vendor.source, district_id=DISTRICT, keys=keys, now=NOW, execute=True)


def test_a_dry_run_changes_nothing(database_url: str, tmp_path: Path) -> None:
    """It tells how many runs there are, and makes no key."""
    vendor = build_vendor(database_url)
    keys = kept(vendor, tmp_path)
    vendor.apply(vendor.plan(), keys=keys)
    before = dump(database_url, also_ours=True)
    assert rekey(vendor.source, district_id=DISTRICT, keys=keys, now=NOW) == 1
    assert dump(database_url, also_ours=True) == before
    assert len([*(tmp_path / "keys").iterdir()]) == 1


def test_a_reference_is_changed_with_the_one_before_beside_it(database_url: str) -> None:
    """Without the key before nothing is written, for any run; with it, the key before is not needed any more."""
    new, old = partial(MasterKey, b"n" * 32), KEYS.now
    vendor = build_vendor(database_url)
    plan = vendor.plan()
    vendor.apply(plan)
    before = dump(database_url, also_ours=True)
    with pytest.raises(InputError) as refused:
        change(vendor, ReferredKeys(new))
    assert (refused.value.code, dump(database_url, also_ours=True)) == ("journal_key_wrong", before)
    assert change(vendor, ReferredKeys(new, (old,))) == 1
    assert vendor.verify(plan, ReferredKeys(new)) == ()
    with pytest.raises(InputError):
        vendor.verify(plan, KEYS)
    assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW), keys=ReferredKeys(new)).failed == 0


def test_a_dry_run_opens_what_a_real_one_would(database_url: str) -> None:
    """It refuses where a run needs a key that is not there, before anybody relies on its yes."""
    new = partial(MasterKey, b"n" * 32)
    vendor = build_vendor(database_url)
    vendor.apply(vendor.plan())
    with pytest.raises(InputError) as refused:
        rekey(vendor.source, district_id=DISTRICT, keys=ReferredKeys(new), now=NOW)
    assert refused.value.code == "journal_key_wrong"
    assert rekey(vendor.source, district_id=DISTRICT, keys=ReferredKeys(new, (KEYS.now,)), now=NOW) == 1


def test_no_cell_is_touched_and_the_chain_tells(database_url: str) -> None:
    """Only keys are encrypted anew; each run's chain says which key gave way to which, and still verifies."""
    vendor = build_vendor(database_url)
    plan = vendor.plan()
    vendor.apply(plan)
    before = dump(database_url, also_ours=True)
    change(vendor, ReferredKeys(partial(MasterKey, b"n" * 32), (KEYS.now,)))
    after = dump(database_url, also_ours=True)
    assert {name for name, rows in after.items() if rows != before[name]} == {"playbook_keys", "playbook_chain"}
    assert len(after["playbook_chain"]) == len(before["playbook_chain"]) + 1
    assert any("'rekeyed'" in row and KEYS.now().name in row for row in after["playbook_chain"])


def test_another_districts_runs_are_left_alone(sqlite_url: str) -> None:
    """A key that opens another district's runs is not exchanged for one that it does not have."""
    vendor = build_vendor(sqlite_url)
    vendor.apply(vendor.plan())
    with vendor.source.engine.begin() as connection:
        connection.execute(text("UPDATE playbook_runs SET district_id = '0000008f69df036e83e984a3'"))
    before = dump(sqlite_url, also_ours=True)
    assert change(vendor, ReferredKeys(partial(MasterKey, b"n" * 32))) == 0
    assert dump(sqlite_url, also_ours=True) == before


def test_nobody_changes_the_key_while_a_plan_is_applied(database_url: str, tmp_path: Path) -> None:
    """A run that has just begun must find its key: the district's lock keeps the two apart, and no key is made."""
    vendor = build_vendor(database_url)
    keys = kept(vendor, tmp_path)
    vendor.apply(vendor.plan(), keys=keys)
    with (
        writing(vendor.source.engine, vendor.source.accounts, district_id=DISTRICT, execute=True),
        pytest.raises(AnswerIsNo) as refused,
    ):
        rekey(vendor.source, district_id=DISTRICT, keys=keys, now=NOW, execute=True)
    assert (refused.value.code, len([*(tmp_path / "keys").iterdir()])) == ("locked", 1)
