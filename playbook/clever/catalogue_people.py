"""Catalogue rows for people: the role lists and everything below them became `/users`.

Source: https://dev.clever.com/docs/new-in-api-v3, https://dev.clever.com/docs/api-v3-upgrade-guide and, for contacts,
https://dev.clever.com/docs/migrating-from-v2x-contacts-to-v3x-contacts
"""

from __future__ import annotations

from playbook.clever.endpoint import LISTED, PAGED, Endpoint, needed, row

CHANGELOG = "https://dev.clever.com/docs/new-in-api-v3"
CONTACTS = "https://dev.clever.com/docs/migrating-from-v2x-contacts-to-v3x-contacts"

STUDENTS = (
    row(
        "/students",
        "/users",
        "path shape",
        "Ask /users?role=student; the ids stay, every field but name, email and district moves to roles.student.",
        params=(*LISTED, *needed(role="student")),
    ),
    row(
        "/students/{id}",
        "/users/{id}",
        "path shape",
        "Ask /users/{id} with the same id and read the student's fields from roles.student.",
    ),
    row(
        "/students/{id}/contacts",
        "/users/{id}/mycontacts",
        "path id shape",
        "Ask /users/{id}/mycontacts; take each contact's new user id and read the relationship from the entry of "
        "roles.contact.student_relationships that names this student.",
        params=PAGED,
        source=CONTACTS,
    ),
    row(
        "/students/{id}/mycontacts",
        "/users/{id}/mycontacts",
        "path id shape",
        "Ask /users/{id}/mycontacts; take each contact's new user id and read the relationship from the entry of "
        "roles.contact.student_relationships that names this student.",
        params=PAGED,
        in_spec=False,
    ),
    row(
        "/students/{id}/district",
        "/users/{id}/district",
        "path shape",
        "Ask /users/{id}/district; district_contact is no longer a district admin's record.",
        source=CHANGELOG,
    ),
    row(
        "/students/{id}/school",
        "/users/{id}/schools",
        "path shape",
        "Ask /users/{id}/schools?primary=true and take the only item of the list, or read roles.student.school: v3 has "
        "no path for the one school.",
        params=needed(primary="true"),
        source=CHANGELOG,
        is_removed=True,
    ),
    row(
        "/students/{id}/schools",
        "/users/{id}/schools",
        "path",
        "Ask /users/{id}/schools with the same id.",
        params=PAGED,
    ),
    row(
        "/students/{id}/sections",
        "/users/{id}/sections",
        "path id",
        "Ask /users/{id}/sections; teacher and teachers in each section are the new user ids.",
        params=PAGED,
    ),
    row(
        "/students/{id}/teachers",
        "/users/{id}/myteachers",
        "path id shape",
        "Ask /users/{id}/myteachers; take each teacher's new user id and read their fields from roles.teacher.",
        params=PAGED,
    ),
)

TEACHERS = (
    row(
        "/teachers",
        "/users",
        "path id shape semantics",
        "Ask /users?role=teacher; the id is new, the old one stands in roles.teacher.legacy_id, and somebody who is "
        "staff as well comes back in both lists with one id.",
        params=(*LISTED, *needed(role="teacher")),
    ),
    row(
        "/teachers/{id}",
        "/users/{id}",
        "path id shape",
        "Ask /users/{id} with the v3 user id, not the v2 teacher id, and read the teacher's fields from roles.teacher.",
    ),
    row(
        "/teachers/{id}/district",
        "/users/{id}/district",
        "path id shape",
        "Ask /users/{id}/district with the v3 user id; district_contact is no longer a district admin's record.",
        source=CHANGELOG,
    ),
    row(
        "/teachers/{id}/school",
        "/users/{id}/schools",
        "path id shape",
        "Ask /users/{id}/schools?primary=true with the v3 user id and take the only item of the list, or read "
        "roles.teacher.school: v3 has no path for the one school.",
        params=needed(primary="true"),
        source=CHANGELOG,
        is_removed=True,
    ),
    row(
        "/teachers/{id}/schools",
        "/users/{id}/schools",
        "path id semantics",
        "Ask /users/{id}/schools with the v3 user id; where the person is staff as well, read roles.teacher.schools to "
        "keep the two roles' schools apart.",
        params=PAGED,
    ),
    row(
        "/teachers/{id}/sections",
        "/users/{id}/sections",
        "path id",
        "Ask /users/{id}/sections with the v3 user id; teacher and teachers in each section are the new user ids.",
        params=PAGED,
    ),
    row(
        "/teachers/{id}/students",
        "/users/{id}/mystudents",
        "path id shape",
        "Ask /users/{id}/mystudents with the v3 user id; student ids stay, their fields move to roles.student.",
        params=PAGED,
        source=CHANGELOG,
    ),
    row(
        "/teachers/{id}/mystudents",
        "/users/{id}/mystudents",
        "path id shape",
        "Ask /users/{id}/mystudents with the v3 user id; student ids stay, their fields move to roles.student.",
        params=PAGED,
        in_spec=False,
    ),
)

ADMINS = (
    row(
        "/school_admins",
        "/users",
        "path id shape semantics",
        "Ask /users?role=staff; the role is called staff and is wider than school administrators, the id is new and "
        "the old one stands in roles.staff.legacy_id.",
        params=(*LISTED, *needed(role="staff")),
    ),
    row(
        "/school_admins/{id}",
        "/users/{id}",
        "path id shape",
        "Ask /users/{id} with the v3 user id, not the v2 school admin id, and read the fields from roles.staff.",
    ),
    row(
        "/school_admins/{id}/district",
        "/users/{id}/district",
        "path id shape",
        "Ask /users/{id}/district with the v3 user id; district_contact is no longer a district admin's record.",
        source=CHANGELOG,
    ),
    row(
        "/school_admins/{id}/schools",
        "/users/{id}/schools",
        "path id semantics",
        "Ask /users/{id}/schools with the v3 user id, without primary because staff have none; where the person "
        "teaches as well, read roles.staff.schools to keep the two roles' schools apart.",
        params=PAGED,
    ),
    row(
        "/district_admins",
        "/users",
        "path id shape semantics",
        "Ask /users?role=district_admin; the id is new, the old one stands in roles.district_admin.legacy_id, and "
        "somebody with another role comes back in that list as well.",
        params=(*LISTED, *needed(role="district_admin")),
    ),
    row(
        "/district_admins/{id}",
        "/users/{id}",
        "path id shape",
        "Ask /users/{id} with the v3 user id, not the v2 district admin id; only title and legacy_id stay in "
        "roles.district_admin.",
    ),
    row(
        "/district_admins/{id}/district",
        "/users/{id}/district",
        "path id shape",
        "Ask /users/{id}/district with the v3 user id; district_contact is no longer a district admin's record.",
        source=CHANGELOG,
    ),
)

CONTACT_ROWS = (
    row(
        "/contacts",
        "/users",
        "path id shape",
        "Ask /users?role=contact; the id is new, the old one stands in roles.contact.legacy_id, the whole name stands "
        "in name.last and each student has a relationship of its own.",
        params=(*LISTED, *needed(role="contact")),
        source=CONTACTS,
    ),
    row(
        "/contacts/{id}",
        "/users/{id}",
        "path id shape",
        "Ask /users/{id} with the v3 user id, not the v2 contact id, and read phone and student_relationships from "
        "roles.contact.",
        source=CONTACTS,
    ),
    row(
        "/contacts/{id}/district",
        "/users/{id}/district",
        "path id shape",
        "Ask /users/{id}/district with the v3 user id; district_contact is no longer a district admin's record.",
        source=CONTACTS,
    ),
    row(
        "/contacts/{id}/students",
        "/users/{id}/mystudents",
        "path id shape",
        "Ask /users/{id}/mystudents with the v3 user id, building the URL by hand because contacts get no such link; "
        "student ids stay.",
        params=PAGED,
        source=CONTACTS,
    ),
)

PEOPLE: tuple[Endpoint, ...] = (*STUDENTS, *TEACHERS, *ADMINS, *CONTACT_ROWS)
