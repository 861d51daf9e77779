"""One account's story in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from playbook.desk.story import tell_account
from playbook.errors import StepMissing
from playbook.run import Run
from playbook.sharing.sheets import read_sheet
from tests.road.conftest import Rehearsal, built, rehearse

__all__ = ["built", "rehearse"]


def test_there_is_no_story_before_step_03(run: Run) -> None:
    """The control says which step to run."""
    with pytest.raises(StepMissing):
        tell_account(run, is_demo=True)


def test_a_story_is_told_masked_and_kept_nowhere(rehearse: Callable[..., Rehearsal]) -> None:
    """Typed, it shows rules and remedy without a name; an unknown key is a sentence; a kept notebook holds none."""
    rehearsal = rehearse()
    rehearsal.walk(last="04")
    run = rehearsal.open()
    queue = read_sheet(run.directory / "review.csv")
    first = queue.iloc[0]
    attended = replace(run, settings=replace(run.settings, is_unattended=False))
    unattended = replace(run, settings=replace(run.settings, is_unattended=True))

    told = _tell(attended, "")
    assert first["account_id"] in told
    assert first["account_name"] not in told
    assert "The rules that spoke, in the order in which they are asked" in told
    assert "The plan" in told
    assert "no account of this district has the given id" in _tell(attended, "99999999")

    kept = repr(tell_account(unattended, is_demo=False))
    assert kept == "Open this notebook in Lab, or use `playbook why`, to read one account's story."
    assert first["account_id"] in repr(tell_account(unattended, is_demo=True))


def _tell(run: Run, account_id: str) -> Any:
    """Type an account, or leave the one that is offered, and click."""
    typed, told = tell_account(run, is_demo=False).children
    account, button = typed.children
    account.value = account_id or account.value
    button.click()
    return told.value
