"""Decisions by clicking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playbook.desk.choose import choose, read_decisions, record_decision, standing_decision
from playbook.run import Run


@pytest.fixture
def attended(run: Run) -> Run:
    """A run with somebody at the screen."""
    return replace(run, settings=replace(run.settings, is_unattended=False))


def test_unattended_nothing_waits_and_nothing_is_recorded(run: Run) -> None:
    """Where nobody can click, a sentence stands in place of the control."""
    unattended = replace(run, settings=replace(run.settings, is_unattended=True))

    assert repr(choose(unattended, "cut_over", ["go", "wait"])) == "Not decided yet: cut_over."
    assert read_decisions(run) == {}


def test_a_control_that_nobody_touched_records_nothing(attended: Run) -> None:
    """Showing is not deciding, and a button without a choice is not either."""
    picker, button, said = choose(attended, "cut_over", ["go", "wait"]).children

    button.click()

    assert picker.value is None
    assert said.value == "Not decided yet: cut_over."
    assert read_decisions(attended) == {}


def test_a_click_records_who_when_and_on_which_plan(attended: Run) -> None:
    """The decision is a line in a file, not the state of a control."""
    picker, button, said = choose(attended, "cut_over", ["go", "wait"], fingerprint="abc").children
    picker.value = "wait"

    button.click()

    decision = read_decisions(attended)["cut_over"]
    assert decision["value"] == "wait"
    assert decision["when"] == "2026-08-03T06:00:00+00:00"
    assert decision["fingerprint"] == "abc"
    assert decision["who"]
    assert said.value == "Decided: cut_over is wait."


def test_a_decision_on_another_plan_does_not_stand(run: Run) -> None:
    """What was decided on one plan says nothing about the next."""
    record_decision(run, "cut_over", "go", who="a reviewer", fingerprint="abc")

    assert standing_decision(run, "cut_over", "abc") == "go"
    assert standing_decision(run, "cut_over", "def") == ""


def test_what_was_decided_is_shown_again(attended: Run) -> None:
    """A rerun of the cell shows the recorded choice, and a parameter goes before it."""
    record_decision(attended, "cut_over", "go", who="a reviewer")

    assert choose(attended, "cut_over", ["go", "wait"]).children[0].value == "go"
    assert choose(attended, "cut_over", ["go", "wait"], value="wait").children[0].value == "wait"
