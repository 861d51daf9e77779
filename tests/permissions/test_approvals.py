"""Four eyes: an approval holds for one plan, its very gains, a second person, and a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from playbook.errors import AnswerIsNo, InputError
from playbook.permissions.approvals import Approval, approve_gains, check_approval, digest_gains
from playbook.permissions.table import CHANGES

NOW = datetime(2026, 8, 3, 6, tzinfo=UTC)
PLAN = "a" * 64
PLANNER = "rae@vendor.example"
APPROVER = "sam@vendor.example"


def _changes(*gains: str, losses: int = 1) -> pd.DataFrame:
    blank = {"principal": "1", "action": "view", "scope_kind": "school", "because": "staff", "credential": "1"}
    blank |= {"user_id": "u1", "reason": ""}
    rows = [blank | {"scope_id": school, "change": "gain"} for school in gains]
    rows += [blank | {"scope_id": f"lost{n}", "change": "loss"} for n in range(losses)]
    return CHANGES.make(rows)


def _approve(changes: pd.DataFrame) -> Approval:
    return approve_gains(PLAN, changes, planner=PLANNER, approver=APPROVER, now=NOW)


def _refusal(approval: Approval | None, changes: pd.DataFrame, plan: str = PLAN, now: datetime = NOW) -> str:
    with pytest.raises(AnswerIsNo) as refused:
        check_approval(approval, plan=plan, changes=changes, planner=PLANNER, now=now)
    return refused.value.code


@pytest.mark.parametrize("name", [PLANNER, " Rae@Vendor.example ", "RAE@VENDOR.EXAMPLE", "ｒａｅ@vendor.example"])
def test_the_planner_never_approves(name: str) -> None:
    """Other letter case, spaces or letter forms make nobody a second person, when approving and when applying."""
    with pytest.raises(AnswerIsNo) as refused:
        approve_gains(PLAN, _changes("A"), planner=PLANNER, approver=name, now=NOW)
    assert refused.value.code == "self_approved"
    forged = replace(_approve(_changes("A")), approver=name)
    assert _refusal(forged, _changes("A")) == "self_approved"


@pytest.mark.parametrize("name", ["", "  "])
def test_nobody_is_nobody(name: str) -> None:
    """An approval names somebody."""
    with pytest.raises(InputError) as refused:
        approve_gains(PLAN, _changes("A"), planner=PLANNER, approver=name, now=NOW)
    assert refused.value.code == "approver_missing"


def test_gains_without_approval_are_refused() -> None:
    """A plan that gives anybody anything needs an approval."""
    assert _refusal(None, _changes("A")) == "unapproved"


def test_an_approval_holds_for_its_plan_alone() -> None:
    """Planning again voids the approval."""
    assert _refusal(_approve(_changes("A")), _changes("A"), plan="b" * 64) == "other_plan"


@pytest.mark.parametrize("gains", [("A", "B"), ("B",), ("A", "A2"), ("A", "B", "C", "D")])
def test_changing_one_gain_voids_the_approval(gains: tuple[str, ...]) -> None:
    """One gain more, less or other is not what was approved."""
    assert _refusal(_approve(_changes("A", "B", "C")), _changes(*gains)) == "gains_changed"


@pytest.mark.parametrize("column", ["principal", "action", "scope_kind", "because", "credential"])
def test_no_part_of_a_gain_may_change(column: str) -> None:
    """Who gains, by which login, what, where and why: each is bound."""
    altered = _changes("A")
    altered.loc[altered["change"] == "gain", column] = "other"
    assert _refusal(_approve(_changes("A")), altered) == "gains_changed"


def test_an_approval_expires() -> None:
    """After a week the gains must be read again."""
    assert _refusal(_approve(_changes("A")), _changes("A"), now=NOW + timedelta(days=7)) == "approval_expired"


def test_the_same_gains_pass() -> None:
    """An approval of these gains of this plan by somebody else holds; losses and order do not matter."""
    approval = _approve(_changes("A", "B"))
    check_approval(approval, plan=PLAN, changes=_changes("B", "A", losses=3).iloc[::-1], planner=PLANNER, now=NOW)
    assert approval.gains == 2
    assert Approval(**approval.as_record()) == approval


def test_without_gains_no_approval_is_needed() -> None:
    """A plan that only keeps or takes away may be applied by one person."""
    check_approval(None, plan=PLAN, changes=_changes(), planner=PLANNER, now=NOW)


def test_values_that_run_together_are_different_gains() -> None:
    """Moving a letter from one column to the next is another gain."""
    one, other = _changes("A"), _changes("A")
    gain = one["change"] == "gain"
    one.loc[gain, ["action", "because"]] = ["viewx", "staff"]
    other.loc[gain, ["action", "because"]] = ["view", "xstaff"]
    assert digest_gains(one) != digest_gains(other)
