"""Whatever kills an apply, the same command finishes it, and an undo finds the database as it was.

A SIGKILL of the client is not a loss of power: what the engine has committed is as safe as its own settings make it.
"""

from __future__ import annotations

import os
import random

import pytest
from sqlalchemy import text

from tests.applying.kills import (
    child_does,
    counting,
    die_at,
    problems_after_kill,
    problems_after_killed_undo,
    rehearse,
    rehearse_undo,
)
from tests.applying.vendor import dump

RANDOM_KILLS = int(os.environ.get("TESTS_RANDOM_KILLS", "200"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


@pytest.mark.parametrize("way", [{"fold": "move"}], ids=["move"])
def test_a_kill_at_every_statement_boundary_loses_nothing(database_url: str, way: dict[str, str]) -> None:
    """Killed before each statement and each commit in turn: resumed equals uninterrupted, undone equals the start."""
    rehearsal = rehearse(database_url, persons=9, **way)
    assert rehearsal.boundaries > 36  # three groups of at least twelve statements
    problems = {
        number: found
        for number in range(1, rehearsal.boundaries + 1)
        if (found := [*problems_after_kill(rehearsal, number=number)])
    }
    assert problems == {}


def test_a_kill_at_any_moment_loses_nothing(database_url: str) -> None:
    """Killed at random moments: resumed equals uninterrupted, undone equals the start."""
    rehearsal = rehearse(database_url, persons=9)
    moments = random.Random(7)
    problems = [
        found
        for _ in range(RANDOM_KILLS)
        if (found := [*problems_after_kill(rehearsal, seconds=moments.uniform(0.02, 0.25))])
    ]
    assert problems == []


def test_an_undo_can_be_killed_as_well(database_url: str) -> None:
    """Killed before every statement and commit of the undo: the same command takes the rest back."""
    rehearsal = rehearse(database_url, persons=3)
    problems = {
        number: found
        for number in range(1, rehearse_undo(rehearsal) + 1)
        if (found := [*problems_after_killed_undo(rehearsal, number=number)])
    }
    assert problems == {}


def test_a_verify_can_be_killed(database_url: str) -> None:
    """Killed before every statement of verify: nothing is written or held, and verify answers what it answered."""
    rehearsal = rehearse(database_url, persons=3)
    vendor, plan = rehearsal.vendor, rehearsal.plan
    vendor.apply(plan)
    with vendor.source.engine.begin() as connection:
        connection.execute(text("UPDATE notes SET about_id = 20 WHERE id = 301"))
    with counting(vendor.source.engine) as count:
        answer = vendor.verify(plan)
    assert [fault.where for fault in answer] == ["notes.about_id"]
    before = dump(vendor.url, also_ours=True)
    assert count[0] > 5
    for number in range(1, count[0] + 1):
        child_does(vendor, lambda again: again.verify(plan), die_at(number))
        with vendor.source.engine.begin() as connection:
            connection.execute(text("UPDATE users SET score = score"))  # nobody holds a row, or SQLite's file
        assert (vendor.verify(plan), dump(vendor.url, also_ours=True)) == (answer, before), number
