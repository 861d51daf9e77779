"""What is said of an account whose ids prove nothing: at most a suggestion, and always the reason."""

from __future__ import annotations

import pytest

from playbook.matching.columns import UNKNOWN
from playbook.matching.suggestions import ORDER, SUGGESTIONS
from tests.matching.small_district import clever_id, match, verdict

U, V, W = (clever_id("c", number) for number in (1, 2, 3))
GONE = clever_id("a", 1)


def teacher(user_id, **clues):
    """A teacher whose old id no account holds."""
    return {"user_id": user_id, "role": "teacher", "legacy_id": "b" + user_id[1:], **clues}


def account(**cells):
    """A teacher's account whose id is gone."""
    return {"account_id": "1", "role": "teacher", "clever_id": GONE, **cells}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({}, "departed"),
        ({"clever_id": ""}, "never_had_id"),
        ({"clever_id": "12345"}, "unknown_id"),
        ({"role": "district_admin"}, "role_not_shared"),
        ({"district_id": "e" * 24, "email": "ana@d.example"}, "account_of_other_district"),
        ({"role": "contact", "name": "ana ruiz", "clever_id": ""}, "role_not_shared"),
    ],
)
def test_an_account_that_looks_like_nobody_is_unmatched(cells, reason):
    """Each way of finding nothing has its own reason."""
    users = [{"user_id": U, "email": "ana@d.example", "first": "Ana", "last": "Ruiz"}]
    expected = "never_had_id" if cells.get("clever_id") == "" else reason

    assert verdict(match([account(**cells)], users, [teacher(U)])) == ("unmatched", expected, "", "")


def test_an_id_that_no_earlier_snapshot_knew_is_unknown():
    """What Clever showed before and does not now has departed; what it never showed is unknown."""
    assert verdict(match([account()], [], [], former_ids={GONE}))[1] == "role_not_shared"
    assert verdict(match([account()], [{"user_id": U}], [teacher(U)], former_ids={GONE}))[1] == "departed"
    assert verdict(match([account()], [{"user_id": U}], [teacher(U)], former_ids=set()))[1] == "unknown_id"


def test_a_reissued_id_is_suggested_and_no_more():
    """After a long absence the same SIS id stands under a new user: new, unless a reviewer says otherwise."""
    found = match([account(sis_id="77")], [{"user_id": U}], [teacher(U, sis_id="77")])

    assert verdict(found) == ("suggested", "id_reissued", U, "teacher")
    assert found.new_users["reason"].tolist() == ["waits_for_review"]


def test_users_that_disagree_are_a_tie():
    """An e-mail that names one user and a SIS id that names another are both shown, and neither is chosen."""
    users = [{"user_id": U, "email": "ana@d.example"}, {"user_id": V}]

    found = match([account(email="ana@d.example", sis_id="9")], users, [teacher(U), teacher(V, sis_id="9")])

    assert verdict(found) == ("tie", "several_users_alike", "", "")
    assert found.candidates[["user_id", "rule"]].to_numpy().tolist() == [[U, "same_email"], [V, "same_sis_id"]]


def test_a_name_is_heard_only_when_nothing_else_speaks():
    """A namesake is a candidate, and does not shake what the e-mail suggests."""
    users = [{"user_id": U, "email": "ana@d.example"}, {"user_id": V, "first": "Ana", "last": "Ruiz"}]

    found = match([account(email="ana@d.example", name="ana ruiz")], users, [teacher(U), teacher(V)])

    assert verdict(found) == ("suggested", "id_reissued", U, "teacher")
    assert found.rows["rule"].tolist() == ["same_email"]
    assert len(found.candidates) == 2


def test_two_accounts_that_look_like_one_user_are_a_tie():
    """Neither gets the suggestion."""
    accounts = [account(email="ana@d.example"), account(account_id="2", clever_id="", email="ana@d.example")]

    found = match(accounts, [{"user_id": U, "email": "ana@d.example"}], [teacher(U)])

    assert found.reasons == {"several_accounts_alike": 2}


def test_a_user_with_an_account_is_suggested_with_a_warning():
    """A second account that looks like a matched user says that the user has one."""
    accounts = [{**account(clever_id="b" + U[1:]), "account_id": "0"}, account(email="ana@d.example")]

    found = match(accounts, [{"user_id": U, "email": "ana@d.example"}], [teacher(U)])

    assert verdict(found) == ("suggested", "user_has_account", U, "teacher")


def test_an_employee_without_the_role_is_suggested_as_not_shared():
    """Clever merges employees by e-mail, so the same e-mail under another role speaks for a role that is not shared."""
    found = match(
        [account(role="staff", email="ana@d.example")], [{"user_id": U, "email": "ana@d.example"}], [teacher(U)]
    )

    assert verdict(found) == ("suggested", "role_not_shared", U, "")


def test_a_mailbox_that_three_accounts_share_is_blocked():
    """An office address tells nobody apart, even when only one user has it."""
    accounts = [account(account_id=str(number), email="office@d.example") for number in range(3)]

    found = match(accounts, [{"user_id": U, "email": "office@d.example"}], [teacher(U)])

    assert found.reasons == {"shared_mailbox": 3}
    assert found.states["conflict"] == 3
    assert found.candidates.empty


def test_three_accounts_of_one_person_are_no_shared_mailbox():
    """One person's three accounts have one e-mail for a good reason."""
    roles = [
        teacher(U),
        *({**teacher(U), "role": r, "legacy_id": clever_id("b", n)} for r, n in (("staff", 8), ("district_admin", 9))),
    ]
    accounts = [
        {"account_id": r["role"], "role": r["role"], "clever_id": r["legacy_id"], "email": "ana@d.example"}
        for r in roles
    ]
    newcomer = account(account_id="new", clever_id="", email="ana@d.example")

    found = match([*accounts, newcomer], [{"user_id": U, "email": "ana@d.example"}], roles)

    assert verdict(found, "new")[:2] == ("suggested", "user_has_account")


def test_every_role_has_its_order_and_every_rule_a_place():
    """Clever's order names each rule for some role; contacts are not guessed by name, unknown roles by e-mail only."""
    assert {rule.name for rule in SUGGESTIONS} == {name for names in ORDER.values() for name in names}
    assert "same_name" not in ORDER[4]
    assert ORDER[UNKNOWN] == ("same_email",)
