"""Which plan is meant: never a guessed one, never an edited one, and an applied one for as long as it is needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from playbook import road
from playbook.errors import AnswerIsNo, InputError
from tests.road.conftest import CLOCK, Rehearsal


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


def test_rights_that_are_kept_apart_cannot_be_approved_away(rehearse: Callable[..., Rehearsal]) -> None:
    """A plan that would join them is a no-go with how many logins; neither approving nor applying it is possible,
    until the policy is another."""
    rehearsal = rehearse()
    apart = 'mode = "union"\napart = [["edit:section", "view:district"]]'
    rehearsal.edit('mode = "per_role"', apart)
    done = rehearsal.walk(last="05")
    plan, before = str(done["04"].facts["plan"]), rehearsal.database.read_bytes()

    assert done["05"].summary.verdict == "no_go"
    assert done["05"].summary.tables[1].rows[0][:2] == ("edit:section", "view:district")
    for refused in (
        lambda: road.approve(rehearsal.open(), plan_hash=plan, approver="a reviewer"),
        lambda: road.apply(rehearsal.open(), plan_hash=plan, execute=True),
    ):
        with pytest.raises(AnswerIsNo) as caught:
            refused()
        assert caught.value.code == "rights_together"
    assert rehearsal.database.read_bytes() == before
    rehearsal.edit(apart, apart.replace("union", "per_role"))
    assert rehearsal.walk(first="04", last="05")["05"].summary.verdict != "no_go"


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
    assert "--out" in caught.value.remedy


def test_an_applied_plan_outlives_the_next_one(rehearse: Callable[..., Rehearsal]) -> None:
    """Whoever plans again can still verify and take back what she applied; taken back, it can be planned anew."""
    rehearsal = rehearse()
    before = rehearsal.database.read_bytes()
    plan = str(rehearsal.walk(last="07", execute=True)["04"].facts["plan"])
    assert rehearsal.walk(first="03", last="04")["04"].facts["plan"] != plan

    assert road.verify(rehearsal.open()).facts == road.verify(rehearsal.open(), plan_hash=plan).facts
    assert road.verify(rehearsal.open()).summary.verdict == "go"
    assert rehearsal.database.read_bytes() != before
    undone = road.undo(rehearsal.open(), plan_hash=plan, execute=True)

    assert undone.facts["failed"] == 0
    assert road.verify(rehearsal.open(), plan_hash=plan).summary.headline == "This plan was applied and undone."
    later(rehearsal, hours=1)
    again = str(rehearsal.walk(first="03", last="05")["04"].facts["plan"])
    assert again != plan
    assert road.apply(rehearsal.open(), plan_hash=again, execute=True).facts["failed"] == 0


def test_an_edited_kept_plan_is_refused(rehearse: Callable[..., Rehearsal]) -> None:
    """A kept plan is named by its hash like any other."""
    rehearsal = rehearse()
    plan = str(rehearsal.walk(last="07", execute=True)["04"].facts["plan"])
    rehearsal.walk(first="03", last="04")
    kept = rehearsal.directory / "run" / "plans" / f"{plan}.json"
    kept.write_text(kept.read_text().replace('"role":"teacher"', '"role":"staff"', 1))

    with pytest.raises(InputError) as caught:
        road.undo(rehearsal.open(), plan_hash=plan, execute=True)

    assert caught.value.code == "altered"


def test_the_same_plan_keeps_its_hash_while_it_is_good(rehearse: Callable[..., Rehearsal]) -> None:
    """Only the clock moved: an approval and a ticket still name the plan. Expired, it is made anew."""
    rehearsal = rehearse()
    plan = str(rehearsal.walk(last="04")["04"].facts["plan"])
    rehearsal.environ["PLAYBOOK_OPERATOR"] = "another engineer"

    later(rehearsal, hours=5)
    assert rehearsal.walk(first="03", last="04")["04"].facts["plan"] == plan
    assert json.loads((rehearsal.directory / "run" / "planner.json").read_text())["planner"] == "an engineer"
    rehearsal.edit("[merge]", "[merge]\nexpires_days = 3")
    shorter = str(rehearsal.walk(first="04", last="04")["04"].facts["plan"])
    assert shorter != plan
    later(rehearsal, hours=24 * 9)
    assert rehearsal.walk(first="04", last="04")["04"].facts["plan"] not in (plan, shorter)


def test_a_plan_that_nobody_applied_has_no_faults_to_restore(rehearse: Callable[..., Rehearsal]) -> None:
    """Verify says that it was not applied, and counts nothing as done."""
    rehearsal = rehearse()
    rehearsal.walk(last="04")

    verified = road.verify(rehearsal.open())

    assert verified.summary.headline == "This plan was not applied."
    assert verified.exit_code == 1
    assert (verified.facts["done"], verified.summary.numbers) == (0, ())


def test_a_plan_of_nobody_is_approved_by_nobody(rehearse: Callable[..., Rehearsal]) -> None:
    """Where the machine does not say who planned, no name makes a second person; named, she plans again."""
    rehearsal = rehearse()
    rehearsal.environ["PLAYBOOK_OPERATOR"] = ""
    rehearsal.edit('mode = "per_role"', 'mode = "union"')
    plan = str(rehearsal.walk(last="05")["04"].facts["plan"])

    with pytest.raises(AnswerIsNo) as caught:
        road.approve(rehearsal.open(), plan_hash=plan, approver="a reviewer")
    assert caught.value.code == "planner_unknown"
    assert "PLAYBOOK_OPERATOR" in caught.value.remedy

    rehearsal.environ["PLAYBOOK_OPERATOR"] = "an engineer"
    rehearsal.walk(first="04", last="05")
    assert road.approve(rehearsal.open(), plan_hash=plan, approver="a reviewer")["plan"] == plan


def test_a_stopped_plan_counts_what_was_done(rehearse: Callable[..., Rehearsal]) -> None:
    """Verify tells the journal's count, not the plan's; the same plan then goes on."""
    rehearsal = rehearse()
    plan = str(rehearsal.walk(last="05")["04"].facts["plan"])
    stop = rehearsal.directory / "run" / "stop"
    stop.touch()
    stopped = road.apply(rehearsal.open(), plan_hash=plan, execute=True)
    stop.unlink()

    verified = road.verify(rehearsal.open())

    assert stopped.exit_code == verified.exit_code == 1
    assert verified.facts["already"] == stopped.facts["done"]
    assert road.apply(rehearsal.open(), plan_hash=plan, execute=True).facts["failed"] == 0
    assert road.verify(rehearsal.open()).exit_code == 0


def later(rehearsal: Rehearsal, *, hours: int) -> None:
    """Let the clock go on."""
    rehearsal.environ["PLAYBOOK_CLOCK"] = (datetime.fromisoformat(CLOCK) + timedelta(hours=hours)).isoformat()
