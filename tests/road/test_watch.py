"""A day after cut-over, over real HTTP: what moved is found, and a district that shares nothing is no quiet one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from playbook import road
from playbook.cutover.watch import WATCH
from playbook.errors import AnswerIsNo, InputError, StepMissing
from playbook.sandbox.district import make_district
from playbook.sandbox.later import LaterDistrict, Turn
from playbook.sandbox.server import running_sandbox
from playbook.tables import read_parquet, records
from tests.road.conftest import Rehearsal


@dataclass(frozen=True)
class CutOver:
    """A district that has been walked to its plan, and what it is like a day later."""

    rehearsal: Rehearsal

    def move_to(self, base_url: str) -> None:
        """Let the district answer at another address."""
        lines = self.rehearsal.file.read_text().splitlines()
        self.rehearsal.edit(next(line for line in lines if line.startswith("base_url")), f'base_url = "{base_url}"')


@pytest.fixture
def cut_over(rehearse: Callable[..., Rehearsal]) -> CutOver:
    """The sample district, applied on day 0."""
    rehearsal = rehearse()
    rehearsal.walk(last="07", execute=True)
    return CutOver(rehearsal)


def test_a_plan_that_does_not_stand_is_not_watched(rehearse: Callable[..., Rehearsal]) -> None:
    """Before an apply, and after an undo, every account of the plan would seem to have lost its v3 id."""
    rehearsal = rehearse()
    plan = str(rehearsal.walk(last="05")["04"].facts["plan"])
    with pytest.raises(AnswerIsNo, match="not carried out"):
        road.watch(rehearsal.open())
    road.apply(rehearsal.open(), plan_hash=plan, execute=True)
    road.undo(rehearsal.open(), plan_hash=plan, execute=True)

    with pytest.raises(AnswerIsNo, match="taken back"):
        road.watch(rehearsal.open())
    assert not (rehearsal.directory / "run" / "watch").exists()


@pytest.mark.parametrize("last", ["", "02"])
def test_nothing_is_read_where_there_is_nothing_to_compare_with(rehearse: Callable[..., Rehearsal], last: str) -> None:
    """Without a snapshot or a plan the watch says so at once, and leaves no snapshot of its own behind."""
    rehearsal = rehearse()
    if last:
        rehearsal.walk(last=last)

    with pytest.raises(StepMissing):
        road.watch(rehearsal.open())

    assert not (rehearsal.directory / "run" / "watch").exists()


def test_what_moved_overnight_is_found_and_named(cut_over: CutOver) -> None:
    """Every kind of change that the day brought has its finding, about that very person; the rest is quiet."""
    before, later = make_district(), LaterDistrict(1, 1200, 1)
    by_turn = {turn: [i for i, (_, t) in later.turns.items() if t is turn] for turn in Turn}
    with running_sandbox(day=1) as running:
        cut_over.move_to(running.base_url)
        done = road.watch(cut_over.rehearsal.open())
    rows = records(read_parquet(cut_over.rehearsal.directory / "run" / "watch" / "findings.parquet", WATCH))
    found = {(row["code"], row["user_id"]) for row in rows}

    assert done.summary.verdict == "no_go"
    for code, turn, district in (
        ("reissued", Turn.REISSUED, later),
        ("reissue_suspected", Turn.RETURNED, later),
        ("departed", Turn.DEPARTED, before),
        ("departed", Turn.REPLACED, before),
        ("role_added", Turn.ROLE_ADDED, later),
        ("role_removed", Turn.ROLE_REMOVED, later),
    ):
        assert {(code, district.user_id(i)) for i in by_turn[turn]} <= found, code
    assert done.facts["counts"]["reissued"] == 1
    assert done.facts["counts"]["merged"] == done.facts["counts"]["split"] == 0
    unchanged = {district.user_id(i) for i in by_turn[Turn.MAIL_CHANGED] for district in (before, later)}
    assert not unchanged & {user_id for _, user_id in found}


def test_a_snapshot_that_is_not_taken_is_not_called_whole(rehearse: Callable[..., Rehearsal]) -> None:
    """Where a role is gone at once, step 02 says that the snapshot before it stands, and how to take the new one."""
    rehearsal = rehearse()
    rehearsal.walk(last="02")
    with running_sandbox(faults=["hide=staff~/v3.1/users"]) as running:
        CutOver(rehearsal).move_to(running.base_url)
        told = rehearsal.walk("02", "02")["02"].summary

    assert (told.verdict, told.headline) == (
        "no_go",
        "What was read was not taken: 1 fault. The snapshot before it stands.",
    )
    assert "--accept-loss" in told.next_action
    assert "people with several roles" not in [number.label for number in told.numbers]


@pytest.mark.parametrize("fault", ["unshare~/v3.1/users", "hide=staff~/v3.1/users"])
def test_a_district_that_is_shared_no_more_is_not_quiet(fault: str, cut_over: CutOver) -> None:
    """People who are gone all at once are a fault to look into, not so many departures, on the first look already."""
    with running_sandbox(faults=[fault]) as running:
        cut_over.move_to(running.base_url)
        for _ in range(2):
            with pytest.raises(AnswerIsNo) as error:
                road.watch(cut_over.rehearsal.open())
            assert error.value.code == "snapshot_refused"
            assert error.value.faults


def test_another_districts_token_is_refused_before_anything_is_compared(cut_over: CutOver) -> None:
    """A token that was mixed up on the day after would find everybody gone."""
    with running_sandbox(seed=2) as running:
        cut_over.move_to(running.base_url)
        cut_over.rehearsal.environ["CLEVER_DISTRICT_TOKEN"] = running.announcement["district_token"]
        with pytest.raises(InputError) as error:
            road.watch(cut_over.rehearsal.open())

    assert error.value.code == "other_district"
