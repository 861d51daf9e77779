"""What v3 answers at each of its paths, one line a path.

Source: Clever's v3.1 specification, https://github.com/Clever/swagger-api
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playbook.sandbox import relations
from playbook.sandbox.holdings import Holdings, not_found
from playbook.sandbox.listing import Listing, Record
from playbook.sandbox.query import Query, role_filter

Answer = Listing | Record
Operation = Callable[[Holdings, str, Query], Answer]
"""Takes the holdings, the id in the path (blank where it has none) and the query; raises `Refusal`."""

ROLE_WORDS = ("contact", "district_admin", "staff", "student", "teacher")


def _is_primary(query: Query) -> bool:
    return query.get("primary") == "true"


def _district(holdings: Holdings, identifier: str, query: Query) -> Answer:
    if identifier != holdings.district.id:
        raise not_found()
    return holdings.show_district()


def _users(holdings: Holdings, identifier: str, query: Query) -> Answer:
    role = role_filter(query, *ROLE_WORDS)
    return holdings.users(holdings.district.members(role), role, can_count=True)


def _of_user(kind: str) -> Operation:
    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        person = holdings.district.person(holdings.user_number(identifier))
        district = holdings.district
        if kind == "schools":
            schools = relations.schools_of_person(district, person, is_primary=_is_primary(query))
            return holdings.list_of("school", schools)
        if kind == "sections":
            return holdings.list_of("section", person.section_numbers)
        if kind == "resources":
            return holdings.list_of(
                "resource", [n for n in range(holdings.sizes["resource"]) if n in person.section_numbers]
            )
        related = {
            "mystudents": relations.students_of_person,
            "myteachers": relations.teachers_of_student,
            "mycontacts": relations.contacts_of_person,
        }
        return holdings.users(related[kind](district, person))

    return answer


def _district_of(number_of: Callable[[Holdings, str], int]) -> Operation:
    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        number_of(holdings, identifier)
        return holdings.show_district()

    return answer


def list_all(kind: str) -> Operation:
    """Make the operation that lists all records of a kind."""
    return lambda holdings, identifier, query: holdings.list_of(kind)


def show_one(kind: str) -> Operation:
    """Make the operation that shows one record of a kind."""
    return lambda holdings, identifier, query: holdings.show(kind, holdings.number(kind, identifier))


def district_of(kind: str) -> Operation:
    """Make the operation that shows the district of a record."""
    return _district_of(lambda holdings, identifier: holdings.number(kind, identifier))


def one_of_section(kind: str) -> Operation:
    """Make the operation that shows a section's course, school or term."""

    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        section = holdings.number("section", identifier)
        plan = holdings.district.schooling
        chosen = {
            "course": plan.course_of_section,
            "school": plan.school_of_section,
            "term": plan.term_of_section,
        }
        return holdings.show(kind, chosen[kind](section))

    return answer


def sections_of(kind: str) -> Operation:
    """Make the operation that lists the sections of a school, course or term."""

    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        return holdings.list_of("section", _sections(holdings, kind, identifier))

    return answer


def _sections(holdings: Holdings, kind: str, identifier: str) -> list[int]:
    plan, number = holdings.district.schooling, holdings.number(kind, identifier)
    if kind == "school":
        return list(plan.sections_of_school(number))
    belongs = {"course": plan.course_of_section, "term": plan.term_of_section}[kind]
    return [section for section in range(plan.sections) if belongs(section) == number]


def _meeting(kind: str, other: str) -> Operation:
    """Make the operation that lists what a record's sections have of another kind."""

    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        plan = holdings.district.schooling
        chosen = {"course": plan.course_of_section, "school": plan.school_of_section, "term": plan.term_of_section}
        return holdings.list_of(other, map(chosen[other], _sections(holdings, kind, identifier)))

    return answer


def _users_of_school(holdings: Holdings, identifier: str, query: Query) -> Answer:
    role = role_filter(query, "staff", "student", "teacher")
    school = holdings.number("school", identifier)
    primary = _is_primary(query)
    return holdings.users(relations.users_of_school(holdings.district, school, role=role, is_primary=primary))


def _users_of_section(holdings: Holdings, identifier: str, query: Query) -> Answer:
    role = role_filter(query, "student", "teacher")
    section = holdings.number("section", identifier)
    return holdings.users(relations.users_of_section(holdings.district, section, role))


def _resources_of(kind: str) -> Operation:
    """Make the operation that lists the resources of a course or section: the one of the same number, if any."""

    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        number = holdings.number(kind, identifier)
        return holdings.list_of("resource", [number] if number < holdings.sizes["resource"] else [])

    return answer


def _of_resource(kind: str) -> Operation:
    def answer(holdings: Holdings, identifier: str, query: Query) -> Answer:
        return holdings.list_of(kind, [holdings.number("resource", identifier)])

    return answer


def _users_of_resource(holdings: Holdings, identifier: str, query: Query) -> Answer:
    role = role_filter(query, "student", "teacher")
    section = holdings.number("resource", identifier)
    return holdings.users(relations.users_of_section(holdings.district, section, role))


RECORD_OPERATIONS: Mapping[str, Operation] = {
    "/districts": lambda holdings, identifier, query: holdings.districts(),
    "/districts/{id}": _district,
    **{f"/{kind}s": list_all(kind) for kind in ("school", "section", "course", "term")},
    **{f"/{kind}s/{{id}}": show_one(kind) for kind in ("school", "section", "course", "term")},
    **{f"/{kind}s/{{id}}/district": district_of(kind) for kind in ("school", "section", "course", "term")},
    **{f"/sections/{{id}}/{kind}": one_of_section(kind) for kind in ("course", "school", "term")},
    **{f"/{kind}s/{{id}}/sections": sections_of(kind) for kind in ("school", "course", "term")},
}
"""The paths that v2 and v3 share."""

V3_OPERATIONS: Mapping[str, Operation] = {
    **RECORD_OPERATIONS,
    "/users": _users,
    "/users/{id}": lambda holdings, identifier, query: holdings.show_user(holdings.user_number(identifier)),
    "/users/{id}/district": _district_of(lambda holdings, identifier: holdings.user_number(identifier)),
    **{
        f"/users/{{id}}/{kind}": _of_user(kind)
        for kind in ("mycontacts", "mystudents", "myteachers", "resources", "schools", "sections")
    },
    "/schools/{id}/users": _users_of_school,
    "/schools/{id}/courses": _meeting("school", "course"),
    "/schools/{id}/terms": _meeting("school", "term"),
    "/courses/{id}/schools": _meeting("course", "school"),
    "/terms/{id}/schools": _meeting("term", "school"),
    "/sections/{id}/users": _users_of_section,
    "/sections/{id}/resources": _resources_of("section"),
    "/courses/{id}/resources": _resources_of("course"),
    "/resources": list_all("resource"),
    "/resources/{id}": show_one("resource"),
    "/resources/{id}/courses": _of_resource("course"),
    "/resources/{id}/sections": _of_resource("section"),
    "/resources/{id}/users": _users_of_resource,
}
