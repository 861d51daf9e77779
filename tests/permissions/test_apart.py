"""Rights that nobody may hold together: a plan that joins them is no plan, whoever approves it."""

from __future__ import annotations

import pytest

from playbook.errors import AnswerIsNo
from playbook.permissions.apart import count_divided, count_together, find_divided, find_together, refuse_together
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


@pytest.mark.parametrize("accounts", [FOLDED, [Account("teacher"), Account("staff")]], ids=["folded", "two accounts"])
def test_a_person_with_two_logins_that_hold_both_is_told(accounts: list[Account]) -> None:
    """Grading by one login and approving by the other was so before, and refuses nothing; but somebody must know."""
    changes = preview([Person(BOTH, accounts), Person(BOTH[:1], accounts[:1])], POLICY, "per_role").changes

    assert find_together(changes, APART).empty
    assert count_divided(find_divided(changes, APART)) == [("grade:section", "approve:school", 1)]
    assert find_divided(changes, APART)["user_id"].to_list() == ["user0"]


def test_a_person_who_newly_holds_both_by_two_logins_is_refused() -> None:
    """Neither login holds both; but one of them gains what the other one's right is kept apart from."""
    policy = {"teacher": ("grade:section",), "staff.SchoolTechLead": ("approve:school",)}
    roles = [Role("teacher", ["A"], ["A1"]), Role("staff", ["B"], staff_roles=["SchoolTechLead"])]
    changes = preview([Person(roles, [Account("teacher"), Account("staff")])], policy, "union").changes

    assert find_together(changes, APART)["credential"].to_list() == ["0-staff", "0-teacher"]
    assert find_divided(changes, APART).empty


def test_who_holds_both_by_one_login_is_not_divided() -> None:
    """Nothing was kept apart there in the first place; nor is one person's right another one's."""
    both = {"teacher": ("grade:section", "approve:school"), "staff": ("approve:school",)}
    assert find_divided(preview([Person(BOTH, FOLDED)], both, "per_role").changes, APART).empty
    two = [Person(BOTH[:1], [Account("teacher")]), Person(BOTH[1:], [Account("staff")])]
    assert find_divided(preview(two, POLICY, "per_role").changes, APART).empty
    assert find_divided(preview([Person(BOTH, FOLDED)], POLICY, "per_role").changes, ()).empty


def test_logins_that_nobody_is_known_to_have_are_nobodys_together() -> None:
    """Two logins without a user are two people, as far as anybody knows."""
    changes = preview([Person(BOTH, FOLDED)], POLICY, "per_role").changes
    unknown = changes.assign(user_id="").astype(changes.dtypes.to_dict())
    assert find_divided(unknown, APART).empty
