"""The sample district holds every hard case that a migration meets, at any size, and nobody's real data."""

from __future__ import annotations

import re
import time
from collections import Counter

import pytest

from playbook.errors import InputError
from playbook.sandbox.district import SandboxDistrict, make_district
from playbook.sandbox.hard_cases import HardCase
from playbook.sandbox.person import Person

OBJECT_ID = re.compile(r"[0-9a-f]{24}")


@pytest.fixture(scope="module")
def district() -> SandboxDistrict:
    """The sample district."""
    return make_district()


@pytest.fixture(scope="module")
def people(district: SandboxDistrict) -> list[Person]:
    """Everybody in it."""
    return list(district.people())


def planted(district: SandboxDistrict, case: HardCase) -> list[Person]:
    """The people on whom a case is planted."""
    return [district.person(index) for index in district.hard_cases()[case]]


def shared(person: Person) -> set[str]:
    """The roles that the application sees."""
    return {role.role for role in person.shared_roles}


@pytest.mark.parametrize(("seed", "users"), [(1, 9), (1, 0), (1, -5), (0, 1200)])
def test_a_district_that_cannot_be_made_is_refused(seed: int, users: int) -> None:
    """Too few people or a seed below one is wrong use."""
    with pytest.raises(InputError):
        make_district(seed, users)


def test_nobody_has_an_address_that_could_be_real(people: list[Person]) -> None:
    """Every mailbox ends in .example, every telephone number is a fictional one."""
    assert all(person.email.endswith(".example") for person in people if person.email)
    assert all(person.phone.startswith("555-01") for person in people if person.phone)


def test_a_number_that_nobody_has_is_refused(district: SandboxDistrict) -> None:
    """Neither end of the district runs over."""
    for index in (-1, district.users):
        with pytest.raises(IndexError):
            district.person(index)


@pytest.mark.parametrize("users", [10, 1200, 3001])
def test_user_ids_ascend_and_are_found_again(users: int) -> None:
    """Ids are 24 hex digits, ascend with the people, and lead back to them; so do v2 ids within each role."""
    district = make_district(2, users)
    everybody = list(district.people())
    ids = [person.user_id for person in everybody]

    assert all(OBJECT_ID.fullmatch(identifier) for identifier in ids)
    assert ids == sorted(set(ids))
    assert [district.index_of(identifier) for identifier in ids] == list(range(users))
    for role in ("student", "teacher", "staff", "district_admin", "contact"):
        holders = [(person.index, held.v2_id) for person in everybody if (held := person.role(role))]
        assert [v2_id for _, v2_id in holders] == sorted({v2_id for _, v2_id in holders})
        assert [district.index_of(v2_id, role) for _, v2_id in holders] == [index for index, _ in holders]


def test_no_id_is_given_twice(people: list[Person]) -> None:
    """User ids, legacy ids and former ids of a district differ, but for students, whose id is the same in v2."""
    roles = [role for person in people for role in person.roles]
    given = [person.user_id for person in people]
    given += [role.v2_id for role in roles if role.role != "student"]
    given += [role.former_v2_id for role in roles if role.former_v2_id]
    given += [person.former_user_id for person in people if person.former_user_id]

    assert max(Counter(given).values()) == 1


def test_an_id_of_nobody_leads_nowhere(district: SandboxDistrict) -> None:
    """Unknown ids, ids of another district and ids of another role are not found."""
    other = make_district(2)
    teacher = planted(district, HardCase.TEACHER_STAFF)[0]

    assert district.index_of("0" * 24) is None
    assert district.index_of(other.user_id(0)) is None
    assert district.index_of(teacher.roles[0].v2_id) is None
    assert district.index_of(teacher.user_id, "teacher") is None
    assert district.index_of(district.person(16 + district.students).roles[0].v2_id, "teacher") is None


def test_equal_seeds_make_equal_districts_and_others_do_not() -> None:
    """A district depends on seed and size alone."""
    assert list(make_district(3, 200).people()) == list(make_district(3, 200).people())
    assert {p.user_id for p in make_district(3, 200).people()}.isdisjoint(
        p.user_id for p in make_district(4, 200).people()
    )
    assert make_district(3).token != make_district(4).token


def test_every_hard_case_is_in_the_sample_district(district: SandboxDistrict) -> None:
    """No case is missing, and each person knows her cases."""
    for case, indices in district.hard_cases().items():
        assert indices, case
        assert all(HardCase(case) in district.person(index).cases for index in indices)


def test_a_larger_district_has_the_hard_cases_in_proportion(district: SandboxDistrict) -> None:
    """Ten times the people have ten times each case."""
    small, large = district.hard_cases(), make_district(1, 12_000).hard_cases()

    assert {case: len(found) * 10 for case, found in small.items()} == {
        case: len(found) for case, found in large.items()
    }


@pytest.mark.parametrize(
    ("case", "roles"),
    [
        (HardCase.TEACHER_STAFF, {"teacher", "staff"}),
        (HardCase.TEACHER_STAFF_ADMIN, {"teacher", "staff", "district_admin"}),
        (HardCase.STAFF_ADMIN, {"staff", "district_admin"}),
        (HardCase.TEACHER_ADMIN, {"teacher", "district_admin"}),
        (HardCase.ADMIN_ONLY, {"district_admin"}),
        (HardCase.ROLE_NOT_SHARED, {"teacher"}),
        (HardCase.STUDENT_WITHOUT_LEGACY_ID, {"student"}),
        (HardCase.CONTACT_TWO_RELATIONSHIPS, {"contact"}),
    ],
)
def test_a_case_shows_its_roles(district: SandboxDistrict, case: HardCase, roles: set[str]) -> None:
    """The application sees exactly these roles, each with a legacy id of its own."""
    for person in planted(district, case):
        assert shared(person) == roles
        assert len({role.v2_id for role in person.roles}) == len(person.roles)


def test_an_employee_who_is_a_contact_is_two_users_under_one_mailbox(district: SandboxDistrict) -> None:
    """Contacts combine with nobody; name and e-mail tempt to do it."""
    for case in (HardCase.STAFF_WHO_IS_CONTACT, HardCase.TEACHER_WHO_IS_CONTACT):
        employee, contact = planted(district, case)

        assert employee.email == contact.email
        assert employee.full_name == contact.full_name
        assert (employee.kind, shared(contact)) == ("employee", {"contact"})


def test_students_have_no_legacy_id_but_the_odd_one(district: SandboxDistrict, people: list[Person]) -> None:
    """The odd one's legacy id equals the id."""
    (odd,) = planted(district, HardCase.STUDENT_WITH_LEGACY_ID)
    with_one = [person for person in people if person.kind == "student" and person.roles[0].legacy_id]

    assert with_one == [odd]
    assert odd.roles[0].legacy_id == odd.user_id


def test_staff_may_be_technology_leads_and_at_several_schools(district: SandboxDistrict) -> None:
    """Only staff have staff roles; there is no primary school."""
    for person in planted(district, HardCase.SCHOOL_TECH_LEAD):
        assert next(role for role in person.roles if role.role == "staff").staff_roles == ("SchoolTechLead",)
    for person in planted(district, HardCase.STAFF_AT_SEVERAL_SCHOOLS):
        (staff,) = person.roles
        assert (len(staff.schools), staff.school) == (3, "")


def test_a_contact_is_one_thing_to_one_student_and_another_to_the_next(district: SandboxDistrict) -> None:
    """The name stands in one field; a pair may stand twice in the SIS."""
    for person in planted(district, HardCase.CONTACT_TWO_RELATIONSHIPS):
        first, second = person.relationships
        assert (person.first, bool(person.last)) == ("", True)
        assert first.student_id != second.student_id
        assert (first.relationship, first.type) != (second.relationship, second.type)
    (twice,) = planted(district, HardCase.CONTACT_SAME_STUDENT_TWICE)
    assert len({item.student_id for item in twice.relationships}) < len(twice.relationships)


def test_a_reissued_id_keeps_mailbox_and_sis_id_and_loses_both_old_ids(district: SandboxDistrict) -> None:
    """The ids that Clever gave up lead nowhere any more."""
    for person in planted(district, HardCase.REISSUED_ID):
        (role,) = person.roles
        assert person.email
        assert role.sis_id
        assert OBJECT_ID.fullmatch(role.former_v2_id)
        assert district.index_of(person.former_user_id) is None
        assert district.index_of(role.former_v2_id, role.role) is None


def test_a_role_that_is_not_shared_is_held_all_the_same(district: SandboxDistrict) -> None:
    """The person is staff; the application does not see it."""
    for person in planted(district, HardCase.ROLE_NOT_SHARED):
        staff = person.role("staff")
        assert staff is not None
        assert not staff.is_shared
        assert district.has_role(person.index, "staff")
        assert not district.shares_role(person.index, "staff")


def test_mailboxes_are_empty_shared_and_written_in_other_case(district: SandboxDistrict) -> None:
    """A mailbox names nobody: several people of every kind answer at one, some have none."""
    office = planted(district, HardCase.SHARED_MAILBOX)

    assert {person.kind for person in office} == {"student", "employee", "contact"}
    assert len({person.email.lower() for person in office}) == 1
    assert len({person.email for person in office}) == 2
    assert {person.email for person in planted(district, HardCase.EMPTY_EMAIL)} == {""}
    assert all(p.email != p.email.lower() for p in planted(district, HardCase.EMAIL_OTHER_CASE))


def test_employees_who_share_a_mailbox_would_be_one_user(people: list[Person]) -> None:
    """Clever combines employees by e-mail, so no two of them have the same."""
    mailboxes = Counter(person.email.lower() for person in people if person.kind == "employee" and person.email)

    assert set(mailboxes.values()) == {1}


@pytest.mark.parametrize(
    ("case", "sign"),
    [
        (HardCase.NAME_HTML, "<script>"),
        (HardCase.NAME_FORMULA, "=HYPERLINK"),
        (HardCase.NAME_QUOTE, "O'Brien"),
        (HardCase.NAME_NULL, "Null"),
        (HardCase.NAME_RIGHT_TO_LEFT, "\u202e"),
        (HardCase.NAME_ZERO_WIDTH, "\u200b"),
        (HardCase.NAME_ESCAPE, "\x1b["),
    ],
)
def test_names_hurt_a_careless_program(district: SandboxDistrict, case: HardCase, sign: str) -> None:
    """A student, an employee and a contact bear each hostile name."""
    bearers = planted(district, case)

    assert {person.kind for person in bearers} == {"student", "employee", "contact"}
    assert all(sign in person.full_name for person in bearers)


def test_close_ids_differ_in_the_last_digits_alone(district: SandboxDistrict) -> None:
    """Comparing the first twenty digits confuses a person's ids with each other."""
    for person in planted(district, HardCase.CLOSE_IDS):
        assert {role.v2_id[:20] for role in person.roles} == {person.user_id[:20]}
        assert person.user_id not in {role.v2_id for role in person.roles}


def test_a_tokens_owner_is_known_without_a_list(district: SandboxDistrict) -> None:
    """A token or code says whose it is; one that is altered or of another district says nothing."""
    token = district.user_token(725, "staff")
    code = district.authorization_code(725, "staff", 1_700_000_000)

    assert district.read_user_token(token) == (725, "staff")
    assert district.read_code(code) == (725, "staff", 1_700_000_000)
    for wrong in ("", "il", token[:-1], token + "0", token.replace("2d5", "2d6"), make_district(2).token):
        assert district.read_user_token(wrong) is None
    assert make_district(2).read_user_token(token) is None
    assert district.read_code(token) is None


def test_a_million_people_are_not_made_before_they_are_asked_for() -> None:
    """The last person of a million-user district is there at once."""
    started = time.process_time()
    person = make_district(1, 1_000_000).person(999_999)

    assert person.kind == "contact"
    assert time.process_time() - started < 1
