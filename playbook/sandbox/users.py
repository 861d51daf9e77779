"""A person as v3 shows her: one user, `roles` an object keyed by role, only what the district shares.

Source: https://dev.clever.com/docs/users
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from playbook.sandbox.person import Person, PersonRole
from playbook.sandbox.quirks import Quirk
from playbook.sandbox.register import Register
from playbook.sandbox.student_fields import show_student_fields

Record = dict[str, Any]


def show_user(register: Register, district_id: str, person: Person, version: str, quirks: Set[Quirk]) -> Record:
    """Return a v3 user."""
    roles = {role.role: _show_role(register, person, role, version, quirks) for role in person.shared_roles}
    user: Record = {
        "id": person.user_id,
        "district": district_id,
        "email": person.email,
        "name": _show_name(person),
        "created": person.created,
        "last_modified": person.last_modified,
        "roles": roles,
    }
    return {**user, "lms_status": {"synced_in_lms": False}} if version >= "v3.1" else user


def show_user_links(version: str, person: Person, quirks: Set[Quirk]) -> list[Record]:
    """Return the links of a single user; a contact gets none to her students, although the path exists."""
    here = f"/{version}/users/{person.user_id}"
    of_kind = {"student": ("myContacts", "myTeachers")}.get(person.kind, ())
    teaches = ("myStudents",) if any(role.role == "teacher" for role in person.shared_roles) else ()
    rels = ["district", "sections", "schools", *of_kind, *teaches]
    paths = rels if Quirk.CAMEL_LINKS in quirks else [rel.lower() for rel in rels]
    links = [{"rel": rel, "uri": f"{here}/{path}"} for rel, path in zip(rels, paths, strict=True)]
    return [{"rel": "self", "uri": here}, *links]


def _show_name(person: Person) -> Record:
    if person.kind == "contact":
        return {"last": person.last}
    return {"first": person.first, "middle": person.middle, "last": person.last}


def _show_role(register: Register, person: Person, role: PersonRole, version: str, quirks: Set[Quirk]) -> Record:
    if role.role == "student":
        legacy_id = person.user_id if Quirk.STUDENT_LEGACY_ID in quirks else role.legacy_id
        own = {"legacy_id": legacy_id} if legacy_id else {}
        return {**show_student_fields(register, person, version), "email": person.email, **own}
    if role.role == "teacher":
        return {**show_teacher_fields(person, role), "legacy_id": role.legacy_id, "ext": {}}
    if role.role == "staff":
        fields = show_staff_fields(person, role)
        return {**fields, "legacy_id": role.legacy_id, "roles": list(role.staff_roles), "department": "", "ext": {}}
    if role.role == "district_admin":
        return {"legacy_id": role.legacy_id, "title": role.title}
    return _show_contact(person, role)


def show_teacher_fields(person: Person, role: PersonRole) -> Record:
    """Return what v2 and v3 both say about a teacher as a teacher."""
    return {
        "sis_id": role.sis_id,
        "teacher_number": role.number,
        "state_id": role.state_id,
        "title": role.title,
        "school": role.school,
        "schools": list(role.schools),
        "credentials": {"district_username": person.email.partition("@")[0]},
    }


def show_staff_fields(person: Person, role: PersonRole) -> Record:
    """Return what v2 and v3 both say about a member of staff; there is no primary school."""
    return {
        "staff_id": role.sis_id,
        "title": role.title,
        "schools": list(role.schools),
        "credentials": {"district_username": person.email.partition("@")[0]},
    }


def _show_contact(person: Person, role: PersonRole) -> Record:
    return {
        "legacy_id": role.legacy_id,
        "sis_id": role.sis_id,
        "phone": person.phone,
        "phone_type": "Cell",
        "student_relationships": [
            {"student": item.student_id, "relationship": item.relationship, "type": item.type}
            for item in person.relationships
        ],
    }
