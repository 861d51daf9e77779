"""How the people of a district are made: names, mailboxes, SIS ids, roles and relationships, with the hard cases.

Source: https://dev.clever.com/docs/users and https://dev.clever.com/docs/contacts-guardians
"""

from __future__ import annotations

from collections.abc import Set

from playbook.sandbox import hard_cases as places
from playbook.sandbox.hard_cases import HardCase
from playbook.sandbox.identifiers import digest
from playbook.sandbox.moments import DAY, LAST_SYNC, moment
from playbook.sandbox.names import FIRST, HOSTILE, LAST
from playbook.sandbox.person import Person, PersonRole, Relationship
from playbook.sandbox.register import Register

TWO_STUDENTS_EVERY = 3


def make_student(register: Register, index: int) -> Person:
    """Return the student of a number."""
    cases = places.STUDENT_CASES[index % places.STUDENTS]
    first, last = _name(register.seed, index, cases)
    user_id = register.user_id(index)
    schools = tuple(map(register.mints["school"].id, register.schooling.schools_of_student(index)))
    role = PersonRole(
        role="student",
        v2_id=user_id,
        legacy_id=user_id if HardCase.STUDENT_WITH_LEGACY_ID in cases else "",
        sis_id=f"{index:06d}",
        number=f"{900_000 + index}",
        state_id=f"ST{index:08d}",
        school=schools[0],
        schools=schools,
    )
    return Person(
        index=index,
        user_id=user_id,
        kind="student",
        email=_email(cases, register.domain, f"s{index:06d}@students.{register.domain}"),
        first=first,
        middle="" if index % 4 else chr(ord("A") + index // 4 % 26),
        last=last,
        roles=(role,),
        created=moment(register.mints["student"].second(index)),
        last_modified=_modified(register.seed, index),
        section_numbers=register.schooling.sections_of_student(index),
        cases=cases,
    )


def make_employee(register: Register, index: int) -> Person:
    """Return the employee of a number: one user of one to three roles."""
    number = index - register.students
    place = number % places.EMPLOYEES
    cases = places.EMPLOYEE_CASES[place]
    if number >= register.employees // 2:
        cases |= {HardCase.CLOSE_IDS}
    first, last = _name(register.seed, index, cases)
    user_id = register.user_id(index)
    teaches = register.has_role(index, "teacher")
    return Person(
        index=index,
        user_id=user_id,
        kind="employee",
        email=_email(cases, register.domain, _employee_email(register, index)),
        first=first,
        middle="",
        last=last,
        roles=tuple(make_employee_role(register, index, role, cases) for role in places.ROLES_AT[place]),
        created=moment(int(user_id[:8], 16)),
        last_modified=_modified(register.seed, index),
        former_user_id=register.mints["former_user"].id(number) if HardCase.REISSUED_ID in cases else "",
        section_numbers=register.schooling.sections_of_teacher(register.rank_of_teacher(index)) if teaches else (),
        cases=cases,
    )


def make_contact(register: Register, index: int) -> Person:
    """Return the contact of a number; the whole name stands in `last`, as Clever sends it."""
    number = index - register.students - register.employees
    cases = places.CONTACT_CASES[number % places.CONTACTS]
    if number >= register.contacts // 2:
        cases |= {HardCase.CLOSE_IDS}
    employee = _employee_of_contact(register, number, cases)
    first, last = _name(register.seed, index if employee is None else employee, cases)
    email = f"g{number:06d}@families.example" if employee is None else _employee_email(register, employee)
    role = PersonRole(
        role="contact",
        v2_id=register.v2_id(index, "contact"),
        legacy_id=register.v2_id(index, "contact"),
        sis_id=f"C{number:06d}" if number % 10 == 8 else "",
    )
    return Person(
        index=index,
        user_id=register.user_id(index),
        kind="contact",
        email=_email(cases, register.domain, email, is_capital=number % 2 == 1),
        first="",
        middle="",
        last=f"{first} {last}",
        roles=(role,),
        created=moment(register.mints["contact"].second(number)),
        last_modified=_modified(register.seed, index),
        phone=f"555-01{number % 100:02d}",
        relationships=_relationships(register, number, cases),
        cases=cases,
    )


def contacts_of_student(register: Register, student: int) -> list[int]:
    """Return the numbers of a student's contacts, ascending: the other direction of the contacts' relationships."""
    number = student // 2
    if number >= register.contacts:
        return []
    cases = places.CONTACT_CASES[number % places.CONTACTS]
    students = {relation.student_index for relation in _relationships(register, number, cases)}
    return [register.students + register.employees + number] if student in students else []


def schools_of_employee(register: Register, index: int, role: str) -> tuple[int, ...]:
    """Return the numbers of an employee's schools in one role, the primary one first for a teacher."""
    plan = register.schooling
    number = index - register.students
    several = places.AT_EMPLOYEES[HardCase.STAFF_AT_SEVERAL_SCHOOLS]
    if role == "teacher":
        return plan.schools_of_teacher(register.rank_of_teacher(index))
    if role == "district_admin":
        return ()
    count = 3 if number % places.EMPLOYEES in several else 1
    return tuple(sorted({(number + step) % plan.schools for step in range(count)}))


def _name(seed: int, index: int, cases: Set[HardCase]) -> tuple[str, str]:
    for kind, name in HOSTILE.items():
        if HardCase(kind) in cases:
            return name
    bits = digest(seed, "name", index, size=4)
    return FIRST[int.from_bytes(bits[:2], "big") % len(FIRST)], LAST[int.from_bytes(bits[2:], "big") % len(LAST)]


def _email(cases: Set[HardCase], domain: str, ordinary: str, is_capital: bool = False) -> str:
    if HardCase.EMPTY_EMAIL in cases:
        return ""
    if HardCase.SHARED_MAILBOX in cases:
        return f"{'Office' if is_capital else 'office'}@{domain}"
    return ordinary.replace("e", "E", 1) if HardCase.EMAIL_OTHER_CASE in cases else ordinary


def _employee_email(register: Register, index: int) -> str:
    return f"e{index - register.students:05d}@{register.domain}"


def _employee_of_contact(register: Register, number: int, cases: Set[HardCase]) -> int | None:
    """Return which employee the contact is as well: the one on the same case in the same block of people."""
    for case in (HardCase.STAFF_WHO_IS_CONTACT, HardCase.TEACHER_WHO_IS_CONTACT):
        if case in cases:
            block = number // places.CONTACTS
            employee = block * places.EMPLOYEES + places.AT_EMPLOYEES[case][0]
            return register.students + employee if employee < register.employees else None
    return None


def make_employee_role(register: Register, index: int, role: str, cases: Set[HardCase]) -> PersonRole:
    """Return what an employee is in one role."""
    number = index - register.students
    v2_id = register.v2_id(index, role)
    schools = tuple(map(register.mints["school"].id, schools_of_employee(register, index, role)))
    is_lead = HardCase.SCHOOL_TECH_LEAD in cases
    sis_id = f"5E{number:02d}" if HardCase.SIS_ID_LIKE_NUMBER in cases else f"{20_000 + number}"
    return PersonRole(
        role=role,
        v2_id=v2_id,
        legacy_id=v2_id,
        is_shared=register.shares_role(index, role),
        former_v2_id=register.mints[f"former_{role}"].id(number) if HardCase.REISSUED_ID in cases else "",
        sis_id={"teacher": sis_id, "staff": f"{number + 1:05d}"}.get(
            role, ""
        ),  # staff_id: a neighbour's teacher_number
        number=f"{number:05d}" if role == "teacher" else "",
        state_id=f"LIC{number:06d}" if role == "teacher" else "",
        title={"teacher": "Teacher", "staff": _title(number), "district_admin": "Director"}[role],
        staff_roles=(("SchoolTechLead",) if is_lead else ("PortalOnly",)) if role == "staff" else (),
        school=schools[0] if role == "teacher" else "",
        schools=schools,
    )


def _title(number: int) -> str:
    return ("Principal", "Counselor", "Librarian", "Custodian", "Registrar")[number % 5]


def _relationships(register: Register, number: int, cases: Set[HardCase]) -> tuple[Relationship, ...]:
    students = [2 * number]
    if number % TWO_STUDENTS_EVERY == 0 or HardCase.CONTACT_TWO_RELATIONSHIPS in cases:
        students.append(2 * number + 1)
    if HardCase.CONTACT_SAME_STUDENT_TWICE in cases:
        students.append(2 * number)
    kinds = [("Parent", "Parent/Guardian")] * len(students)
    if HardCase.CONTACT_TWO_RELATIONSHIPS in cases:
        kinds[1] = ("Aunt/Uncle", "Emergency")
    if HardCase.CONTACT_SAME_STUDENT_TWICE in cases:
        kinds[-1] = ("Parent", "Emergency")
    return tuple(
        Relationship(student, register.user_id(student), *kind) for student, kind in zip(students, kinds, strict=True)
    )


def _modified(seed: int, index: int) -> str:
    return moment(LAST_SYNC - int.from_bytes(digest(seed, "modified", index, size=4), "big") % (300 * DAY))
