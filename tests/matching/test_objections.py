"""What stops a pair that the ids prove: nothing is written until a person has looked."""

from __future__ import annotations

import pytest

from tests.matching.small_district import OTHER_DISTRICT, clever_id, match, verdict

U, V = clever_id("c", 1), clever_id("c", 2)
L, M = clever_id("b", 1), clever_id("b", 2)
USERS = [{"user_id": U}, {"user_id": V}]
TEACHER = {"user_id": U, "role": "teacher", "legacy_id": L}
STAFF = {"user_id": U, "role": "staff", "legacy_id": M}
ACCOUNT = {"account_id": "1", "role": "teacher", "clever_id": L}


def other_user(**cells):
    """The role of the second user."""
    return {"user_id": V, "role": "teacher", "legacy_id": M, **cells}


@pytest.mark.parametrize(
    ("accounts", "roles"),
    [
        ([{**ACCOUNT, "version": "v2", "district_id": "d" * 24, "v3_id": ""}], [TEACHER, STAFF]),
        ([{**ACCOUNT, "role": ""}], [TEACHER, STAFF]),
        ([ACCOUNT, {"account_id": "2", "role": "staff", "clever_id": M}], [TEACHER, STAFF]),
        ([{**ACCOUNT, "clever_id": L.upper()}], [TEACHER]),
    ],
)
def test_a_clean_account_meets_no_objection(accounts, roles):
    """Blanks, several roles of one user and another spelling of an id are no reason to stop."""
    assert verdict(match(accounts, USERS, roles))[0] == "matched"


def test_one_v3_id_for_each_role_is_no_tie():
    """Accounts that share the v3 id with their role are what Clever advises for one account a role."""
    accounts = [
        {"account_id": "1", "role": "teacher", "clever_id": U},
        {"account_id": "2", "role": "staff", "clever_id": U},
    ]

    assert match(accounts, USERS, [TEACHER, STAFF]).states["already_v3"] == 2


@pytest.mark.parametrize(
    ("account", "roles", "reason"),
    [
        ({"district_id": OTHER_DISTRICT}, [TEACHER], "user_of_other_district"),
        ({"v3_id": V}, [TEACHER, other_user()], "stored_v3_id_differs"),
        ({"v3_id": clever_id("c", 9)}, [TEACHER], "stored_v3_id_differs"),
        ({}, [TEACHER, other_user(legacy_id=L)], "matches_two_users"),
        ({"role": "student"}, [TEACHER], "student_combined"),
        ({"role": "contact"}, [TEACHER], "contact_combined"),
        ({}, [TEACHER, {"user_id": U, "role": "contact", "legacy_id": M}], "contact_combined"),
        ({"version": "v3"}, [TEACHER], "version_mark_wrong"),
        ({"role": "staff"}, [TEACHER], "role_differs"),
        ({"clever_id": U, "version": "v2"}, [TEACHER], "version_mark_wrong"),
    ],
)
def test_each_contradiction_is_a_conflict_with_its_reason(account, roles, reason):
    """The account keeps no user and says why."""
    assert verdict(match([{**ACCOUNT, **account}], USERS, roles)) == ("conflict", reason, "", "")


def test_one_old_id_on_several_accounts_is_a_tie():
    """All of the accounts wait, and each shows the user as a candidate."""
    found = match([ACCOUNT, {**ACCOUNT, "account_id": "2"}], USERS, [TEACHER])

    assert verdict(found, "1") == verdict(found, "2") == ("tie", "id_on_several_accounts", "", "")
    assert found.candidates["user_id"].tolist() == [U, U]
    assert set(found.new_users["reason"]) == {"waits_for_review"}


def test_two_ids_of_one_account_that_lead_to_two_users_are_a_conflict():
    """An account with two credentials of different people waits; both are candidates."""
    found = match([ACCOUNT, {**ACCOUNT, "clever_id": M}], USERS, [TEACHER, other_user()])

    assert verdict(found) == ("conflict", "matches_two_users", "", "")
    assert found.candidates["user_id"].tolist() == [U, V]


def test_two_ids_of_one_account_that_lead_to_one_user_are_matched():
    """An account with two credentials of one person is one pair, by the id of its own role."""
    found = match([{**ACCOUNT, "role": "staff"}, {**ACCOUNT, "role": "staff", "clever_id": M}], USERS, [TEACHER, STAFF])

    assert verdict(found) == ("matched", "legacy_id_found", U, "staff")


@pytest.mark.parametrize(
    "lines",
    [
        [{"line": 2, "legacy_id": L, "user_id": V}],
        [{"line": 2, "legacy_id": L, "user_id": clever_id("c", 9)}],
        [{"line": 2, "legacy_id": L, "user_id": U}, {"line": 3, "legacy_id": L, "user_id": V}],
        [{"line": n, "legacy_id": L, "user_id": u, "fault": "conflicting_user"} for n, u in ((2, U), (3, V))],
    ],
)
def test_a_csv_that_contradicts_the_api_or_itself_is_a_conflict(lines):
    """Neither side is believed before somebody has asked Clever."""
    assert verdict(match([ACCOUNT], USERS, [TEACHER], mapping=lines))[:2] == ("conflict", "csv_disagrees")


def test_a_csv_line_of_another_district_is_not_believed():
    """What the files say about another district changes nothing here."""
    line = {"line": 2, "legacy_id": L, "user_id": V, "district_id": OTHER_DISTRICT}

    assert verdict(match([ACCOUNT], USERS, [TEACHER], mapping=[line]))[0] == "matched"


def test_the_csv_proves_what_the_api_no_longer_shows():
    """The old id of a role that is not shared is found by the CSV, and gives no role."""
    line = {"line": 2, "legacy_id": M, "user_id": U, "role": "staff"}
    account = {"account_id": "1", "role": "staff", "clever_id": M}

    assert verdict(match([account], USERS, [TEACHER], mapping=[line])) == ("matched", "role_not_shared", U, "")


def test_a_linked_account_is_on_v3_already():
    """An account whose column beside holds the right v3 id is done, so that linking twice changes nothing."""
    found = match([{**ACCOUNT, "v3_id": U}], USERS, [TEACHER])

    assert verdict(found) == ("already_v3", "on_v3_already", U, "teacher")
