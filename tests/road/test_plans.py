"""Which plan is meant: never a guessed one, never an edited one, and an applied one for as long as it is needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from playbook import road
from playbook.errors import InputError
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
