"""Catalogue rows for everything but people: districts, schools, sections, courses, terms, events, and `/me`.

Source: https://dev.clever.com/docs/new-in-api-v3 and, for `/schools/{id}/users`, https://dev.clever.com/docs/ss-design
"""

from __future__ import annotations

from playbook.clever.endpoint import GUIDE, LISTED, PAGED, Endpoint, Parameter, needed, row

CHANGELOG = "https://dev.clever.com/docs/new-in-api-v3"
DESIGN = "https://dev.clever.com/docs/ss-design"
SECTION = "https://dev.clever.com/docs/sections"
EVENTS = "https://dev.clever.com/docs/events-api"

DISTRICT_CONTACT = "district_contact is no longer a district admin's record, and its id is not a v3 user id."
SECTION_TEACHERS = "teacher and teachers in each section are the new user ids, students stay."


def _same(
    path: str, params: tuple[Parameter, ...] = (), *, change: str = "version", note: str = "nothing else changes."
) -> Endpoint:
    """Return a row whose path stays."""
    remedy = f"Ask the same path under v3.1; {note}"
    return row(path, path, change, remedy, params=params, source=CHANGELOG)


DISTRICTS = (
    _same("/districts", (Parameter("count", "kept"),), change="shape", note=DISTRICT_CONTACT),
    *(
        _same(path, change="shape", note=DISTRICT_CONTACT)
        for path in (
            "/districts/{id}",
            "/schools/{id}/district",
            "/sections/{id}/district",
            "/courses/{id}/district",
            "/terms/{id}/district",
        )
    ),
)

SCHOOLS = (
    _same("/schools", LISTED),
    _same("/schools/{id}"),
    _same("/schools/{id}/sections", PAGED, change="id", note=SECTION_TEACHERS),
    row(
        "/schools/{id}/students",
        "/schools/{id}/users",
        "path shape semantics",
        "Ask /schools/{id}/users?role=student&primary=true; without primary=true the list also holds students whose "
        "primary school is another one.",
        params=(*PAGED, *needed(role="student", primary="true")),
        source=DESIGN,
    ),
    row(
        "/schools/{id}/teachers",
        "/schools/{id}/users",
        "path id shape semantics",
        "Ask /schools/{id}/users?role=teacher&primary=true; without primary=true the list also holds teachers whose "
        "primary school is another one.",
        params=(*PAGED, *needed(role="teacher", primary="true")),
        source=DESIGN,
    ),
)

SECTIONS = (
    _same("/sections", LISTED, change="id", note=SECTION_TEACHERS),
    _same("/sections/{id}", change="id", note=SECTION_TEACHERS),
    _same("/sections/{id}/course"),
    _same("/sections/{id}/school"),
    _same("/sections/{id}/term"),
    row(
        "/sections/{id}/students",
        "/sections/{id}/users",
        "path shape",
        "Ask /sections/{id}/users?role=student; the ids stay, the students' fields move to roles.student.",
        params=(*PAGED, *needed(role="student")),
        source=CHANGELOG,
    ),
    row(
        "/sections/{id}/teachers",
        "/sections/{id}/users",
        "path id shape",
        "Ask /sections/{id}/users?role=teacher; take each teacher's new user id and read their fields from "
        "roles.teacher.",
        params=(*PAGED, *needed(role="teacher")),
        source=CHANGELOG,
    ),
    row(
        "/sections/{id}/teacher",
        "/sections/{id}",
        "path id shape",
        "Read teacher, a user id, from /sections/{id} and ask /users/{id} for it: v3 has no path for the one teacher.",
        source=SECTION,
        is_removed=True,
    ),
)

COURSES_AND_TERMS = (
    _same("/courses", LISTED),
    _same("/courses/{id}"),
    _same("/courses/{id}/sections", PAGED, change="id", note=SECTION_TEACHERS),
    _same("/terms", LISTED),
    _same("/terms/{id}"),
    _same("/terms/{id}/sections", PAGED, change="id", note=SECTION_TEACHERS),
)

FEED = (
    row(
        "/events",
        "/events",
        "id shape semantics event",
        "Ask for record_type=users in place of the role names, tell the roles apart by data.object.roles, and start "
        "after a full v3 sync from a v3 event id: a v2 cursor is never carried over.",
        params=(*PAGED, Parameter("school", "kept"), Parameter("record_type", "renamed")),
        source=EVENTS,
    ),
    row(
        "/events/{id}",
        "/events/{id}",
        "id shape event",
        "Ask the same path under v3.1 with an id of the v3 feed; the type is users.*, and the roles stand in "
        "data.object.roles.",
        source=EVENTS,
    ),
)

ME = row(
    "/me",
    "/me",
    "id shape semantics",
    "Ask /v3.1/me: data.id is the user id, and type says nothing, so read the role from the roles of /v3.1/users/{id}.",
    source=GUIDE,
)

RECORDS: tuple[Endpoint, ...] = (*DISTRICTS, *SCHOOLS, *SECTIONS, *COURSES_AND_TERMS, *FEED, ME)
