"""Which plan is meant: never a guessed one, never an edited one, and an applied one for as long as it is needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from playbook import road
from playbook.errors import AnswerIsNo, InputError
from tests.road.conftest import Rehearsal


@pytest.mark.parametrize("word", ["", "   ", "3f3f3f"])
def test_a_plan_that_is_not_named_is_not_carried_out(rehearse: Callable[..., Rehearsal], word: str) -> None:
    """An unset variable in a script names no plan: nothing is written, undone, shown or approved."""
    rehearsal = rehearse()
    plan = str(rehearsal.walk()["04"].facts["plan"])
    before, run = rehearsal.database.read_bytes(), rehearsal.open()

    for refused in (
        lambda: road.apply(run, plan_hash=word, execute=True),
        lambda: road.undo(run, plan_hash=word, execute=True),
        lambda: road.sql_of(run, word),
        lambda: road.approve(run, plan_hash=word, approver="a reviewer"),
    ):
        with pytest.raises(InputError) as caught:
            refused()
        assert caught.value.code == "plan_unnamed"
        assert plan in caught.value.remedy
    assert rehearsal.database.read_bytes() == before


def test_the_first_twelve_characters_name_a_plan(rehearse: Callable[..., Rehearsal]) -> None:
    """What the pages show of a hash is enough to type; one character that differs names no plan."""
    rehearsal = rehearse()
    plan = str(rehearsal.walk()["04"].facts["plan"])

    assert road.apply(rehearsal.open(), plan_hash=plan[:12].upper()).facts["plan"] == plan
    with pytest.raises(InputError) as caught:
        road.apply(rehearsal.open(), plan_hash=f"{plan[:11]}{'0' if plan[11] != '0' else '1'}")
    assert caught.value.code == "altered"
    assert plan in caught.value.remedy


def test_an_old_preview_does_not_speak_for_a_new_plan(rehearse: Callable[..., Rehearsal]) -> None:
    """A plan that widens rights is not let through by a preview that was made before the policy was edited."""
    rehearsal = rehearse()
    rehearsal.walk(last="05")
    rehearsal.edit('mode = "per_role"', 'mode = "union"')
    plan = str(rehearsal.walk(first="04", last="04")["04"].facts["plan"])
    before = rehearsal.database.read_bytes()

    for refused in (
        lambda: road.apply(rehearsal.open(), plan_hash=plan, execute=True),
        lambda: road.approve(rehearsal.open(), plan_hash=plan, approver="a reviewer"),
    ):
        with pytest.raises(AnswerIsNo) as caught:
            refused()
        assert caught.value.code == "unpreviewed"
    assert rehearsal.database.read_bytes() == before

    assert rehearsal.walk(first="05", last="05")["05"].facts["gains"] > 0
    with pytest.raises(AnswerIsNo) as caught:
        road.apply(rehearsal.open(), plan_hash=plan, execute=True)
    assert caught.value.code == "unapproved"


def test_a_policy_that_was_edited_after_the_plan_is_noticed(rehearse: Callable[..., Rehearsal]) -> None:
    """Neither the preview nor apply takes the policy of today for the one that the plan was made with."""
    rehearsal = rehearse()
    plan = str(rehearsal.walk(last="05")["04"].facts["plan"])
    rehearsal.edit('mode = "per_role"', 'mode = "union"')

    with pytest.raises(AnswerIsNo) as refused:
        road.apply(rehearsal.open(), plan_hash=plan, execute=True)
    with pytest.raises(InputError) as stale:
        rehearsal.walk(first="05", last="05")

    assert (refused.value.code, stale.value.code) == ("unpreviewed", "stale_plan")


def test_matches_made_from_other_settings_are_not_planned(rehearse: Callable[..., Rehearsal]) -> None:
    """Whoever edits [accounts] after the match is told to match again."""
    rehearsal = rehearse()
    rehearsal.walk(last="03")
    rehearsal.edit('email = "email"', 'email = "name"')

    with pytest.raises(InputError) as caught:
        rehearsal.walk(first="04", last="04")

    assert caught.value.code == "stale_matches"
    assert "playbook match" in caught.value.remedy
