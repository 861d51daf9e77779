"""Both directions of who goes where agree, whatever the size of the district."""

from __future__ import annotations

import pytest

from playbook.sandbox import relations
from playbook.sandbox.district import SandboxDistrict, make_district


@pytest.fixture(scope="module", params=[10, 1200, 2531])
def district(request: pytest.FixtureRequest) -> SandboxDistrict:
    """A tiny district, the sample one, and one of no round number."""
    return make_district(1, request.param)


def test_a_student_is_in_the_sections_that_list_her(district: SandboxDistrict) -> None:
    """Section to student and student to section are the same relation."""
    plan = district.schooling
    listed = {(section, student) for section in range(plan.sections) for student in plan.students_of_section(section)}

    assert listed == {
        (section, student) for student in range(plan.students) for section in plan.sections_of_student(student)
    }


def test_a_teacher_teaches_the_sections_that_list_her(district: SandboxDistrict) -> None:
    """Section to teacher and teacher to section are the same relation; her schools are those of her sections."""
    plan = district.schooling
    listed = {(section, rank) for section in range(plan.sections) for rank in plan.teachers_of_section(section)}

    assert listed == {(section, rank) for rank in range(plan.teachers) for section in plan.sections_of_teacher(rank)}
    for rank in range(plan.teachers):
        taught = {plan.school_of_section(section) for section in plan.sections_of_teacher(rank)}
        assert set(plan.schools_of_teacher(rank)) == taught or not taught


def test_a_contact_belongs_to_the_students_who_list_her(district: SandboxDistrict) -> None:
    """Student to contact and contact to student are the same relation."""
    contacts = [district.person(index) for index in district.members("contact")]
    related = {(item.student_index, contact.index) for contact in contacts for item in contact.relationships}

    assert related == {
        (student, contact)
        for student in district.members("student")
        for contact in relations.contacts_of_person(district, district.person(student))
    }


@pytest.mark.parametrize("is_primary", [True, False])
def test_a_school_lists_the_people_who_name_it(district: SandboxDistrict, is_primary: bool) -> None:
    """School to person and person to school are the same relation, and `primary` narrows both."""
    people = [person for person in district.people() if person.kind != "contact"]
    named = {
        (school, person.index)
        for person in people
        for school in relations.schools_of_person(district, person, is_primary=is_primary)
    }

    assert named == {
        (school, index)
        for school in range(district.schooling.schools)
        for index in relations.users_of_school(district, school, role="", is_primary=is_primary)
    }
