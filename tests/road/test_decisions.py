"""The reviewer's decisions on the road: out as a queue, back in, bound to their evidence, withdrawn by a word."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pandas as pd
import pytest

from playbook import road
from playbook.errors import InputError
from playbook.matching.reasons import EXPLANATIONS, Reason
from tests.road.conftest import Rehearsal


def read_queue(rehearsal: Rehearsal) -> pd.DataFrame:
    """The review queue as a reviewer opens it."""
    return pd.read_csv(rehearsal.directory / "run" / "review.csv", dtype=str, keep_default_na=False)


def send_back(rehearsal: Rehearsal, sheet: pd.DataFrame) -> None:
    """Save a filled-in queue where decisions are read from."""
    sheet.to_csv(rehearsal.directory / "run" / "decisions.csv", index=False)


def fill_in(sheet: pd.DataFrame) -> None:
    """Decide every row of a review queue, for its first candidate where one may be accepted."""
    for row, cells in sheet.iterrows():
        may_accept = cells["candidates"] and EXPLANATIONS[Reason(cells["reason"])].may_accept
        user_id = cells["candidates"].split("|")[0].split(" ")[0] if may_accept else ""
        answer = ["accept" if may_accept else "separate", user_id, "a reviewer", "2026-08-03"]
        sheet.loc[row, ["decision", "user_id", "who", "when"]] = answer


def test_decisions_that_came_after_the_match_are_not_planned_around(rehearse: Callable[..., Rehearsal]) -> None:
    """A sheet that was saved after the match is not silently left out of the plan: it is matched first."""
    rehearsal = rehearse()
    rehearsal.walk(last="03")
    sheet = read_queue(rehearsal)
    fill_in(sheet)
    send_back(rehearsal, sheet)

    with pytest.raises(InputError) as caught:
        rehearsal.walk(first="04", last="04")

    assert caught.value.code == "stale_matches"
    assert "decisions" in str(caught.value)
    rehearsal.walk(first="03", last="04")


def test_an_emptied_decision_is_kept_and_said(rehearse: Callable[..., Rehearsal]) -> None:
    """An old blank copy of the queue withdraws nothing; the page says what still holds and how it is taken back."""
    rehearsal = rehearse()
    rehearsal.walk(last="03")
    blank = read_queue(rehearsal)
    sheet = blank.copy()
    fill_in(sheet)
    send_back(rehearsal, sheet)
    rehearsal.walk(first="03", last="03")
    send_back(rehearsal, blank)

    done = rehearsal.walk(first="03", last="03")["03"]

    assert done.facts["decisions"]["standing"] == len(sheet)
    assert any("withdraw" in note and str(len(sheet)) in note for note in done.summary.notes)


def test_a_withdrawn_decision_waits_again(rehearse: Callable[..., Rehearsal]) -> None:
    """The word `withdraw` takes an earlier decision back, and its account waits for a person as before."""
    rehearsal = rehearse()
    first = rehearsal.walk(last="03")["03"].facts
    sheet = read_queue(rehearsal)
    fill_in(sheet)
    send_back(rehearsal, sheet)
    rehearsal.walk(first="03", last="03")
    send_back(rehearsal, read_queue(rehearsal).assign(decision="withdraw"))

    withdrawn = rehearsal.walk(first="03", last="03")["03"]
    again = rehearsal.walk(first="03", last="03")["03"]

    assert withdrawn.facts["states"] == again.facts["states"] == first["states"]
    assert sum(withdrawn.facts["decisions"].values()) == 0
    assert set(read_queue(rehearsal)["decision"]) == {""}


def test_a_decision_goes_out_and_comes_back(rehearse: Callable[..., Rehearsal]) -> None:
    """A suggested account that the reviewer accepts is matched by her, and by nobody else."""
    rehearsal = rehearse()
    first = rehearsal.walk(last="03")["03"].facts
    sheet = read_queue(rehearsal)
    row = sheet.index[sheet["reason"] == "id_reissued"][0]
    sheet.loc[row, ["decision", "who", "when"]] = ["accept", "a reviewer", "2026-08-03"]
    send_back(rehearsal, sheet)

    second = rehearsal.walk(first="03", last="03")["03"].facts

    assert second["states"]["suggested"] == first["states"]["suggested"] - 1
    assert second["states"]["matched"] == first["states"]["matched"] + 1
    assert second["reasons"]["accepted_by_reviewer"] == 1


def test_an_altered_decision_is_refused(rehearse: Callable[..., Rehearsal]) -> None:
    """A reviewer's row whose evidence was touched decides nothing."""
    rehearsal = rehearse()
    rehearsal.walk(last="03")
    sheet = read_queue(rehearsal)
    sheet.loc[0, ["decision", "who", "when", "evidence"]] = ["separate", "a reviewer", "2026-08-03", "other"]
    send_back(rehearsal, sheet)

    with pytest.raises(InputError) as caught:
        rehearsal.walk(first="03", last="03")

    assert caught.value.code == "decisions_refused"
    assert "decisions.csv row 2" in str(caught.value)


def test_decisions_do_not_block_the_road_after_they_were_applied(rehearse: Callable[..., Rehearsal]) -> None:
    """The plan's own writes make no decision stale: matched again, nobody waits and nothing is left to write."""
    rehearsal = rehearse()
    rehearsal.walk(last="03")
    sheet = read_queue(rehearsal)
    fill_in(sheet)
    send_back(rehearsal, sheet)
    plan = str(rehearsal.walk(first="03")["04"].facts["plan"])
    road.approve(rehearsal.open(), plan_hash=plan, approver="a reviewer")
    road.apply(rehearsal.open(), plan_hash=plan, execute=True)

    again = rehearsal.walk(first="03", last="04")

    decisions = again["03"].facts["decisions"]
    assert sum(again["03"].facts["states"][state] for state in ("suggested", "tie", "conflict")) == 0
    assert decisions["stale"] == 0
    assert decisions["fulfilled"] > 0
    assert sum(decisions.values()) == len(sheet)
    assert again["04"].facts["operations"].get("link", 0) == 0


def test_a_queue_that_was_filled_in_where_it_stands_is_not_overwritten(rehearse: Callable[..., Rehearsal]) -> None:
    """The reviewer's work is kept, and where it belongs is said; saved there, it counts."""
    rehearsal = rehearse()
    rehearsal.walk(last="03")
    queue = rehearsal.directory / "run" / "review.csv"
    sheet = read_queue(rehearsal)
    fill_in(sheet)
    sheet.to_csv(queue, index=False)
    before = queue.read_bytes()

    with pytest.raises(InputError) as caught:
        rehearsal.walk(first="03", last="03")

    assert caught.value.code == "queue_holds_decisions"
    assert str(queue.with_name("decisions.csv")) in caught.value.remedy
    assert queue.read_bytes() == before
    shutil.copy(queue, queue.with_name("decisions.csv"))
    assert rehearsal.walk(first="03", last="03")["03"].facts["decisions"]["standing"] == len(sheet)
    assert rehearsal.walk(first="03", last="03")["03"].facts["decisions"]["standing"] == len(sheet)
