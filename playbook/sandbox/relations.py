"""Which people, sections and schools belong to which: the numbers behind every nested path.

Source: https://dev.clever.com/docs/users and https://dev.clever.com/docs/sections
"""

from __future__ import annotations

from collections.abc import Iterator

from playbook.sandbox.people import contacts_of_student, schools_of_employee
from playbook.sandbox.person import Person
from playbook.sandbox.register import Register
from playbook.sandbox.schooling import CLASS_SIZE


def students_of_person(register: Register, person: Person) -> list[int]:
    """Return a teacher's or contact's students, ascending; nobody has both."""
    taught = person.section_numbers if person.kind == "employee" else ()
    students = {student for section in taught for student in register.schooling.students_of_section(section)}
    return sorted(students | {item.student_index for item in person.relationships})


def teachers_of_student(register: Register, person: Person) -> list[int]:
    """Return a student's teachers, ascending; nobody for other people."""
    attended = person.section_numbers if person.kind == "student" else ()
    return sorted({index for section in attended for index in teachers_of_section(register, section)})


def contacts_of_person(register: Register, person: Person) -> list[int]:
    """Return a student's contacts, ascending; nobody for other people."""
    return contacts_of_student(register, person.index) if person.kind == "student" else []


def teachers_of_section(register: Register, section: int) -> list[int]:
    """Return the numbers of the people who teach a section, ascending."""
    return sorted(map(register.index_of_teacher, register.schooling.teachers_of_section(section)))


def users_of_section(register: Register, section: int, role: str) -> list[int]:
    """Return a section's students and teachers, or those of one role, ascending."""
    students = [] if role == "teacher" else list(register.schooling.students_of_section(section))
    return students + ([] if role == "student" else teachers_of_section(register, section))


def schools_of_person(register: Register, person: Person, *, is_primary: bool, role: str = "") -> list[int]:
    """Return the numbers of a person's schools over her shared roles, ascending.

    Args:
        register: The district's register.
        person: The person.
        is_primary: Only primary schools; staff have none.
        role: Only this role's schools, if one is named.
    """
    if person.kind == "student":
        return sorted(register.schooling.schools_of_student(person.index)[: 1 if is_primary else None])
    words = [item.role for item in person.shared_roles if item.role in ("teacher", "staff")]
    return sorted(
        {
            school
            for word in words
            if role in ("", word)
            for school in _schools(register, person.index, word, is_primary=is_primary)
        }
    )


def users_of_school(register: Register, school: int, *, role: str, is_primary: bool) -> list[int]:
    """Return a school's students, teachers and staff, or those of one role, ascending."""
    members = list(_students_of_school(register, school, is_primary=is_primary)) if role in ("", "student") else []
    for index in register.members("teacher"):
        words = [word for word in ("teacher", "staff") if role in ("", word) and register.shares_role(index, word)]
        if any(school in _schools(register, index, word, is_primary=is_primary) for word in words):
            members.append(index)
    return members


def _schools(register: Register, index: int, word: str, *, is_primary: bool) -> tuple[int, ...]:
    if is_primary:
        return schools_of_employee(register, index, word)[:1] if word == "teacher" else ()
    return schools_of_employee(register, index, word)


def _students_of_school(register: Register, school: int, *, is_primary: bool) -> Iterator[int]:
    plan = register.schooling
    neighbour = (school - 1) % plan.schools
    for group in range(plan.classes):
        if plan.school_of_class(group) not in (school, neighbour):
            continue
        for student in range(group * CLASS_SIZE, min((group + 1) * CLASS_SIZE, plan.students)):
            schools = plan.schools_of_student(student)
            if school in (schools[:1] if is_primary else schools):
                yield student
