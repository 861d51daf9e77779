"""Every account ends in exactly one state with a reason, and nothing but Clever's own ids proves a pair."""

from __future__ import annotations

import pytest

from playbook.accounts.table import ACCOUNTS
from playbook.clever.tables import MAPPING, ROLES, USERS
from playbook.errors import TableError
from playbook.matching.match import match_accounts
from tests.matching.small_district import DISTRICT, accounts_of, clever_id, match, verdict

U, V, L = clever_id("c", 1), clever_id("c", 2), clever_id("b", 1)
TEACHER = {"user_id": U, "role": "teacher", "legacy_id": L}


def test_two_blank_emails_are_nobodys():
    """Accounts and users without an e-mail are never suggested to each other."""
    found = match([{"account_id": "1", "role": "teacher"}], [{"user_id": U}], [TEACHER])

    assert verdict(found) == ("unmatched", "never_had_id", "", "")
    assert found.candidates.empty


@pytest.mark.parametrize("clue", [{"email": "r@d.example"}, {"sis_id": "77"}, {"name": "rita osei"}])
def test_a_likeness_only_suggests(clue):
    """An e-mail, a SIS id or a name never makes a match, however equal they are."""
    user = {"user_id": U, "email": "R@d.example ", "first": "Rita", "last": "Osei"}

    found = match([{"account_id": "1", "role": "teacher", **clue}], [user], [{**TEACHER, "sis_id": "77"}])

    assert verdict(found) == ("suggested", "never_had_id", U, "teacher")


def test_a_student_keeps_the_id():
    """A student's stored id is the v3 id, with or without a legacy id: matched, nothing to change."""
    student = {"user_id": U, "role": "student"}

    found = match([{"account_id": "1", "role": "student", "clever_id": U}], [{"user_id": U}], [student])

    assert verdict(found) == ("matched", "student_id_kept", U, "student")
    assert found.rows["rule"].tolist() == ["student_id"]


@pytest.mark.parametrize("role", ["teacher", "staff", "district_admin", "contact"])
def test_every_role_is_found_by_its_legacy_id(role):
    """The legacy id of any role leads to the user, not only a teacher's."""
    found = match([{"account_id": "1", "role": role, "clever_id": L}], [{"user_id": U}], [{**TEACHER, "role": role}])

    assert verdict(found) == ("matched", "legacy_id_found", U, role)


def test_a_stored_v3_id_is_left_alone():
    """An account that holds the v3 id of a user who is no student is on v3 already."""
    found = match([{"account_id": "1", "role": "teacher", "clever_id": U}], [{"user_id": U}], [TEACHER])

    assert verdict(found) == ("already_v3", "on_v3_already", U, "teacher")


def test_the_states_add_up_and_the_input_is_untouched():
    """The sum of the states is the number of accounts, and the caller's tables stay as they were."""
    accounts = accounts_of(
        {"account_id": "2", "clever_id": L}, {"account_id": "1"}, {"account_id": "3", "clever_id": V}
    )
    before = accounts.copy(deep=True)

    found = match_accounts(accounts, USERS.empty(), ROLES.empty(), district_id=DISTRICT)

    assert sum(found.states.values()) == 3
    assert found.rows["account_id"].tolist() == ["1", "2", "3"]
    assert accounts.equals(before)


def test_nothing_at_all_is_an_answer():
    """A district without accounts and users matches nobody and fails nowhere."""
    found = match_accounts(ACCOUNTS.empty(), USERS.empty(), ROLES.empty(), district_id=DISTRICT)

    assert sum(found.states.values()) == 0
    assert found.new_users.empty


def test_roles_without_their_users_are_refused():
    """A snapshot whose roles belong to users that it lacks is not whole, and nobody is matched with it."""
    with pytest.raises(TableError, match="1 rows belong to users that the table users lacks"):
        match([], [], [TEACHER])


def test_a_table_that_breaks_its_contract_is_refused():
    """A missing column is refused at the door, before anything is matched."""
    tables = (ACCOUNTS.empty(), USERS.empty(), ROLES.empty())

    with pytest.raises(TableError, match="email"):
        match_accounts(tables[0].drop(columns="email"), *tables[1:], district_id=DISTRICT)
    with pytest.raises(TableError, match="legacy_id"):
        match_accounts(*tables, district_id=DISTRICT, mapping=MAPPING.empty().drop(columns="legacy_id"))
