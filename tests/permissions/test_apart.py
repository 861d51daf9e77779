"""Rights that nobody may hold together: a plan that joins them is no plan, whoever approves it."""

from __future__ import annotations

import pytest

from playbook.errors import AnswerIsNo
from playbook.permissions.apart import count_together, find_together, refuse_together
from tests.permissions.worlds import Account, Person, Role, preview

POLICY = {"teacher": ("grade:section",), "staff": ("approve:school",)}
APART = (("grade:section", "approve:school"),)
BOTH = [Role("teacher", ["A"], ["A1"]), Role("staff", ["B"])]
FOLDED = [Account("teacher", outcome="survivor"), Account("staff", outcome="folded", survivor="teacher")]


def test_logins_that_would_newly_hold_both_are_named_and_refused() -> None:
    """In the mode union each old login would grade and approve; the answer is no."""
    together = find_together(preview([Person(BOTH, FOLDED)], POLICY, "union").changes, APART)

    assert together["credential"].to_list() == ["0-staff", "0-teacher"]
    assert count_together(together) == [("grade:section", "approve:school", 2)]
    with pytest.raises(AnswerIsNo) as refused:
        refuse_together(count_together(together))
    assert refused.value.code == "rights_together"
    assert "0-" not in str(refused.value)


@pytest.mark.parametrize("mode", ["per_role", "highest", "lowest"])
def test_one_role_alone_holds_nothing_together(mode: str) -> None:
    """Where no login gets both, nothing is refused."""
    together = find_together(preview([Person(BOTH, FOLDED)], POLICY, mode).changes, APART)
    assert together.empty
    refuse_together(count_together(together))


def test_what_was_held_together_before_is_not_the_plans_doing() -> None:
    """A role that has both already keeps them; pairs that nobody names are never refused."""
    both = {"teacher": ("grade:section", "approve:school")}
    shown = preview([Person(BOTH, FOLDED)], both, "per_role")
    assert find_together(shown.changes, APART).empty
    assert find_together(preview([Person(BOTH, FOLDED)], POLICY, "union").changes, ()).empty
