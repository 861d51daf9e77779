"""The review queue by clicking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playbook.desk.review import review_accounts
from playbook.errors import StepMissing
from playbook.matching.decisions import read_decisions
from playbook.matching.match import Matches
from playbook.matching.review import list_review
from playbook.matching.table import CANDIDATES, MATCHES, NEW_USERS
from playbook.run import Run
from playbook.sharing.sheets import read_sheet, write_csv

TEACHER, OTHER = "6385008f69df036e83e98aaa", "6385008f69df036e83e98bbb"


@pytest.fixture
def found() -> Matches:
    """One account that an e-mail suggests a user for, and one that two users would fit."""
    rows = [
        {
            "account_id": account,
            "state": state,
            "user_id": "",
            "role": "teacher",
            "rule": "",
            "evidence": "",
            "reason": reason,
        }
        for account, state, reason in (
            ("17", "suggested", "never_had_id"),
            ("18", "conflict", "student_combined"),
        )
    ]
    candidates = [
        {"account_id": account, "user_id": user, "role": "teacher", "rule": "email", "evidence": ""}
        for account, user in (("17", TEACHER), ("17", OTHER), ("18", OTHER))
    ]
    return Matches(MATCHES.make(rows), CANDIDATES.make(candidates), NEW_USERS.empty())


@pytest.fixture
def reviewed(run: Run, found: Matches) -> Run:
    """A run whose queue is written and at whose screen somebody sits."""
    write_csv(list_review(found), run.path("review.csv"))
    return replace(run, settings=replace(run.settings, is_unattended=False))


def test_there_is_no_queue_before_step_03(run: Run) -> None:
    """The control says which step to run."""
    with pytest.raises(StepMissing):
        review_accounts(run)


def test_unattended_nothing_waits(reviewed: Run) -> None:
    """Where nobody can click, a sentence counts what waits and what is decided."""
    unattended = replace(reviewed, settings=replace(reviewed.settings, is_unattended=True))

    assert repr(review_accounts(unattended)) == "2 accounts wait for a person; 0 of them are decided."


def test_a_click_without_a_choice_decides_nothing(reviewed: Run) -> None:
    """No answer is chosen for the reviewer."""
    review_accounts(reviewed).children[3].click()

    assert not (reviewed.directory / "decisions.csv").exists()


def test_what_may_not_be_accepted_is_not_offered(reviewed: Run) -> None:
    """A reason that forbids a link leaves only keeping apart."""
    account, _, answer, _, _ = review_accounts(reviewed).children
    account.value = "18"

    assert [label for label, _ in answer.options] == ["None of the candidates"]


def test_a_decision_is_taken_by_the_next_run_of_the_step(reviewed: Run, found: Matches) -> None:
    """What was clicked is a row that matching accepts: bound to its evidence, with who and when."""
    account, _, answer, button, said = review_accounts(reviewed).children
    account.value = "17"
    answer.value = ("accept", OTHER)
    button.click()
    answer.value = ("accept", TEACHER)
    button.click()
    account.value = "18"
    answer.value = ("separate", "")
    button.click()

    decisions = read_decisions(read_sheet(reviewed.directory / "decisions.csv"), found)

    assert said.value == "2 accounts wait for a person; 2 of them are decided."
    assert decisions[["account_id", "decision", "user_id"]].values.tolist() == [
        ["17", "accept", TEACHER],
        ["18", "separate", ""],
    ]
    assert set(decisions["when"]) == {"2026-08-03T06:00:00+00:00"}


def test_a_decision_is_withdrawn_by_a_click(reviewed: Run, found: Matches) -> None:
    """Where a decision is filled in, it can be taken back; elsewhere there is nothing to take back."""
    queue = list_review(found)
    queue.loc[queue["account_id"] == "17", ["decision", "user_id"]] = ["accept", TEACHER]
    write_csv(queue, reviewed.path("review.csv"))
    _, _, answer, button, _ = review_accounts(reviewed).children

    answer.value = ("withdraw", "")
    button.click()

    assert read_sheet(reviewed.directory / "decisions.csv")["decision"].tolist() == ["withdraw"]
