"""What must happen with the people whom a careless migration gets wrong, a test for every hard case, named as it is."""

from __future__ import annotations

import csv

import pytest

from playbook.sandbox.hard_cases import HardCase
from playbook.sandbox.server import RunningSandbox
from tests.road.case_checks import (
    assert_one_person,
    assert_relationships,
    assert_two_people,
    assert_unharmed,
    assert_untouched_students,
)
from tests.road.cases import Cases
from tests.road.oracle import old_id
from tests.road.temptations import FORMULA, tempting_accounts
from tests.road.walks import walk_district

CERTAIN = ("matched", "already_v3")


@pytest.fixture(scope="module")
def cases(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Cases:
    """The sample district and a few tempting accounts, walked to the pages."""
    planted = tempting_accounts(sandbox.district)
    place = tmp_path_factory.mktemp("cases") / "district"
    return Cases(sandbox.district, walk_district(sandbox, place, last="08", planted=planted.values()), planted)


def test_every_hard_case_has_its_test() -> None:
    """A case that is planted and not looked at proves nothing."""
    assert [case for case in HardCase if f"test_{case.value}" not in globals()] == []


def test_teacher_staff(cases: Cases) -> None:
    """A teacher's and a staff member's account of one user become one, unless one of them is suspended."""
    assert_one_person(cases, HardCase.TEACHER_STAFF, {"teacher", "staff"})


def test_teacher_staff_admin(cases: Cases) -> None:
    """Three old ids are one person: three accounts, one survivor, and one v3 id that is stored once."""
    assert_one_person(cases, HardCase.TEACHER_STAFF_ADMIN, {"teacher", "staff", "district_admin"})


def test_staff_admin(cases: Cases) -> None:
    """A staff member who is district admin too is one person, found by both roles' old ids."""
    assert_one_person(cases, HardCase.STAFF_ADMIN, {"staff", "district_admin"})


def test_teacher_admin(cases: Cases) -> None:
    """A teacher who is district admin too is one person, found by both roles' old ids."""
    assert_one_person(cases, HardCase.TEACHER_ADMIN, {"teacher", "district_admin"})


def test_admin_only(cases: Cases) -> None:
    """A district admin, who has no SIS id, is found by the old id alone and keeps the district and nothing else."""
    for user in cases.users(HardCase.ADMIN_ONLY):
        (account,) = cases.accounts(user).values()

        assert (cases.matches[account]["rule"], cases.ends[account]["outcome"]) == ("legacy_id", "linked")
        assert cases.rights(account) == {("view", "district", cases.walk.world.district_id)}


def test_staff_who_is_contact(cases: Cases) -> None:
    """A staff member who is a parent under the same e-mail stays two accounts with two users."""
    assert_two_people(cases, HardCase.STAFF_WHO_IS_CONTACT, {"staff", "contact"})


def test_teacher_who_is_contact(cases: Cases) -> None:
    """A teacher who is a parent under the same e-mail stays two accounts with two users."""
    assert_two_people(cases, HardCase.TEACHER_WHO_IS_CONTACT, {"teacher", "contact"})


def test_student_without_legacy_id(cases: Cases) -> None:
    """A student whose record has no `legacy_id` is found by her own id, and nothing is done to her account."""
    assert_untouched_students(cases, HardCase.STUDENT_WITHOUT_LEGACY_ID)


def test_student_with_legacy_id(cases: Cases) -> None:
    """A student whose record repeats her id as `legacy_id` is found once, and nothing is done to her account."""
    assert_untouched_students(cases, HardCase.STUDENT_WITH_LEGACY_ID)


def test_school_tech_lead(cases: Cases) -> None:
    """A new staff role gives nobody anything by itself: support at her own schools is proposed, not granted."""
    for user in cases.users(HardCase.SCHOOL_TECH_LEAD):
        schools = user["roles"]["staff"]["schools"]
        account = cases.accounts(user)["staff"]
        proposed = [row for row in cases.walk.tables["proposals"] if row["credential"] == account]

        assert {row["scope_id"] for row in proposed if row["action"] == "support"} == set(schools)
        assert cases.rights(account) == {("view", "school", school) for school in schools}


def test_staff_at_several_schools(cases: Cases) -> None:
    """Staff who work at several schools keep each of them, and no other."""
    for user in cases.users(HardCase.STAFF_AT_SEVERAL_SCHOOLS):
        schools = user["roles"]["staff"]["schools"]

        assert len(schools) > 1
        assert cases.rights(cases.accounts(user)["staff"]) == {("view", "school", school) for school in schools}


def test_contact_two_relationships(cases: Cases) -> None:
    """A contact is to each student what she is to that one: v2's one relationship for all is not carried over."""
    assert_relationships(cases, HardCase.CONTACT_TWO_RELATIONSHIPS, kinds=2)


def test_contact_same_student_twice(cases: Cases) -> None:
    """A contact who is listed twice for one student keeps both entries, and stays one account."""
    assert_relationships(cases, HardCase.CONTACT_SAME_STUDENT_TWICE, entries_of_one=2)


def test_reissued_id(cases: Cases) -> None:
    """A person who came back under a new id is only suggested for her old account, and nothing is written to it."""
    former = {
        role.former_v2_id for index in cases.places(HardCase.REISSUED_ID) for role in cases.district.person(index).roles
    }
    held = {account["id"]: account for account in cases.walk.world.accounts if account["clever_id"] in former}
    suggested = {cases.matches[account]["user_id"] for account in held}

    assert {cases.matches[account]["state"] for account in held} == {"suggested"}
    assert suggested == {user["id"] for user in cases.users(HardCase.REISSUED_ID)}
    assert {(cases.ends[account]["outcome"], cases.ends[account]["user_id"]) for account in held} == {("held", "")}
    assert {row["before"] + row["after"] for row in cases.walk.tables["sign_ins"] if row["user_id"] in suggested} == {
        ""
    }


def test_role_not_shared(cases: Cases) -> None:
    """A role that the district does not share is no proof that its account is gone: it waits, the other goes on."""
    for user, index in zip(cases.users(HardCase.ROLE_NOT_SHARED), cases.places(HardCase.ROLE_NOT_SHARED), strict=True):
        hidden = next(role.v2_id for role in cases.district.person(index).roles if not role.is_shared)
        waiting = next(account["id"] for account in cases.walk.world.accounts if account["clever_id"] == hidden)
        (shared,) = cases.accounts(user).values()

        assert (cases.matches[waiting]["state"], cases.matches[waiting]["reason"]) == ("suggested", "role_not_shared")
        assert (cases.ends[waiting]["outcome"], cases.ends[waiting]["user_id"]) == ("held", "")
        assert (cases.ends[shared]["outcome"], cases.ends[shared]["user_id"]) == ("linked", user["id"])


def test_empty_email(cases: Cases) -> None:
    """People without e-mail are found by their ids, and nothing leads from an account without e-mail to them."""
    nameless = {user["id"] for user in cases.users(HardCase.EMPTY_EMAIL)}
    for user in cases.users(HardCase.EMPTY_EMAIL):
        assert not user.get("email")
        assert {cases.matches[account]["user_id"] for account in cases.accounts(user).values()} == {user["id"]}

    assert [row for row in cases.walk.tables["candidates"] if row["user_id"] in nameless] == []
    assert (cases.match_of("blank")["state"], cases.match_of("blank")["user_id"]) == ("unmatched", "")


def test_shared_mailbox(cases: Cases) -> None:
    """Four people with one mailbox stay four, and an account of that mailbox without an id becomes none of them."""
    users = cases.users(HardCase.SHARED_MAILBOX)
    accounts = [account for user in users for account in cases.accounts(user).values()]

    assert len({user["email"].casefold() for user in users}) == 1
    assert [cases.ends[account]["user_id"] for account in accounts] == [user["id"] for user in users]
    assert [cases.ends[account]["survivor_id"] for account in accounts] == accounts
    assert cases.match_of("mailbox")["state"] not in CERTAIN
    assert cases.operations_on(str(cases.planted["mailbox"]["id"])) <= {"hold"}


def test_email_other_case(cases: Cases) -> None:
    """Capitals in an e-mail neither join nor part anybody: ids decide, and the e-mail stays as it was written."""
    written = {row["user_id"]: row["email"] for row in cases.walk.tables["users"]}
    for user in cases.users(HardCase.EMAIL_OTHER_CASE):
        assert user["email"] != user["email"].lower()
        assert written[user["id"]] == user["email"]
        assert {cases.matches[account]["rule"] for account in cases.accounts(user).values()} == {"legacy_id"}


def test_sis_id_like_number(cases: Cases) -> None:
    """A SIS id that looks like a number in scientific notation is text on both sides, to the letter."""
    roles = {(row["user_id"], row["role"]): row["sis_id"] for row in cases.walk.tables["roles"]}
    accounts = {row["account_id"]: row["sis_id"] for row in cases.walk.tables["accounts"]}
    for user in cases.users(HardCase.SIS_ID_LIKE_NUMBER):
        sis_id = user["roles"]["teacher"]["sis_id"]

        assert float(sis_id) > 1e20
        assert roles[user["id"], "teacher"] == sis_id
        assert accounts[cases.accounts(user)["teacher"]] == sis_id


def test_name_html(cases: Cases) -> None:
    """A name that is HTML stands in the tables as it is, and on no page, escaped or not."""
    assert_unharmed(cases, HardCase.NAME_HTML)


def test_name_formula(cases: Cases) -> None:
    """A name that is a formula stands in the tables as it is; no cell of a CSV begins like one."""
    assert_unharmed(cases, HardCase.NAME_FORMULA)
    with (cases.walk.run / "review.csv").open(encoding="utf-8-sig", newline="") as sheet:
        names = [row["account_name"] for row in csv.DictReader(sheet)]

    assert cases.match_of("formula")["state"] == "suggested"
    assert [name for name in names if FORMULA in name] != []
    assert [name for name in names if name.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


def test_name_quote(cases: Cases) -> None:
    """A name that ends an SQL statement stands in the tables as it is, and the accounts are all still there."""
    assert_unharmed(cases, HardCase.NAME_QUOTE)


def test_name_null(cases: Cases) -> None:
    """People whose names are Null and NaN have names."""
    assert_unharmed(cases, HardCase.NAME_NULL)


def test_name_right_to_left(cases: Cases) -> None:
    """A name with a character that turns the line around stands in the tables as it is, and turns no page around."""
    assert_unharmed(cases, HardCase.NAME_RIGHT_TO_LEFT)
    assert cases.shows("\u202e") == []


def test_name_zero_width(cases: Cases) -> None:
    """A name with characters that nobody sees keeps them in the tables."""
    assert_unharmed(cases, HardCase.NAME_ZERO_WIDTH)


def test_name_escape(cases: Cases) -> None:
    """A name that colours terminals stands in the tables as it is, tab and line break included."""
    assert_unharmed(cases, HardCase.NAME_ESCAPE)
    assert cases.shows("\x1b") == []


def test_close_ids(cases: Cases) -> None:
    """Ids that differ only in their last digits are never taken for each other; an unknown neighbour is nobody's."""
    users = {user["id"]: user for user in cases.users(HardCase.CLOSE_IDS)}
    held = {account["id"]: account["clever_id"] for account in cases.walk.world.accounts}
    matched = [row for row in cases.matches.values() if row["state"] == "matched" and row["user_id"] in users]

    assert all(old_id(user, role)[:-2] == user["id"][:-2] for user in users.values() for role in user["roles"])
    assert len(matched) > 100
    assert [row for row in matched if held[row["account_id"]] != old_id(users[row["user_id"]], row["role"])] == []
    assert (cases.match_of("close")["state"], cases.match_of("close")["user_id"]) == ("unmatched", "")
