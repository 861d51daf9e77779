"""What v2 answers at each of its paths: a list a role, each person once a role under that role's id.

Source: Clever's v2.1 specification, https://github.com/Clever/swagger-api
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playbook.sandbox import relations
from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.holdings import Holdings, not_found
from playbook.sandbox.operations import RECORD_OPERATIONS, Answer, Operation
from playbook.sandbox.person import Person
from playbook.sandbox.query import Query
from playbook.sandbox.role_records import V2_PATHS

Related = Callable[[SandboxDistrict, Person], list[int]]


def _list_role(role: str) -> Operation:
    return lambda holdings, identifier, query: holdings.role_records(
        role, holdings.district.members(role), can_count=True
    )


def _show_role(role: str) -> Operation:
    return lambda holdings, identifier, query: holdings.show_role_record(holdings.role_number(role, identifier), role)


def _district_of(role: str) -> Operation:
    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        holdings.role_number(role, identifier)
        return holdings.show_district()

    return answer


def _people_of(role: str, other: str, related: Related) -> Operation:
    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        person = holdings.district.person(holdings.role_number(role, identifier))
        return holdings.role_records(other, related(holdings.district, person))

    return answer


def _sections_of(role: str) -> Operation:
    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        person = holdings.district.person(holdings.role_number(role, identifier))
        return holdings.list_of("section", person.section_numbers)

    return answer


def _schools_of(role: str) -> Operation:
    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        return holdings.list_of("school", _schools(holdings, role, identifier, is_primary=False))

    return answer


def _school_of(role: str) -> Operation:
    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        return holdings.show("school", _schools(holdings, role, identifier, is_primary=True)[0])

    return answer


def _schools(holdings: Holdings, role: str, identifier: str, *, is_primary: bool) -> list[int]:
    person = holdings.district.person(holdings.role_number(role, identifier))
    return relations.schools_of_person(holdings.district, person, is_primary=is_primary, role=role)


def _people_of_school(role: str) -> Operation:
    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        school = holdings.number("school", identifier)
        members = relations.users_of_school(holdings.district, school, role=role, is_primary=True)
        return holdings.role_records(role, members)

    return answer


def _people_of_section(role: str) -> Operation:
    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        section = holdings.number("section", identifier)
        return holdings.role_records(role, relations.users_of_section(holdings.district, section, role))

    return answer


def _teacher_of_section(holdings: Holdings, identifier: str, query: Query) -> Answer:
    teachers = holdings.district.schooling.teachers_of_section(holdings.number("section", identifier))
    if not teachers:
        raise not_found()
    return holdings.show_role_record(holdings.district.index_of_teacher(teachers[0]), "teacher")


V2_OPERATIONS: Mapping[str, Operation] = {
    **RECORD_OPERATIONS,
    **{f"/{path}": _list_role(role) for role, path in V2_PATHS.items()},
    **{f"/{path}/{{id}}": _show_role(role) for role, path in V2_PATHS.items()},
    **{f"/{path}/{{id}}/district": _district_of(role) for role, path in V2_PATHS.items()},
    "/students/{id}/contacts": _people_of("student", "contact", relations.contacts_of_person),
    "/students/{id}/teachers": _people_of("student", "teacher", relations.teachers_of_student),
    "/teachers/{id}/students": _people_of("teacher", "student", relations.students_of_person),
    "/contacts/{id}/students": _people_of("contact", "student", relations.students_of_person),
    **{f"/{role}s/{{id}}/sections": _sections_of(role) for role in ("student", "teacher")},
    **{f"/{V2_PATHS[role]}/{{id}}/schools": _schools_of(role) for role in ("student", "teacher", "staff")},
    **{f"/{role}s/{{id}}/school": _school_of(role) for role in ("student", "teacher")},
    **{f"/schools/{{id}}/{role}s": _people_of_school(role) for role in ("student", "teacher")},
    **{f"/sections/{{id}}/{role}s": _people_of_section(role) for role in ("student", "teacher")},
    "/sections/{id}/teacher": _teacher_of_section,
}
