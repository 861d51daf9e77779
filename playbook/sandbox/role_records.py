"""A person as v2 shows her: one record a role, each under its own id.

Source: https://dev.clever.com/v2.1/docs/schema
"""

from __future__ import annotations

from typing import Any

from playbook.sandbox.person import Person
from playbook.sandbox.register import Register
from playbook.sandbox.student_fields import show_student_fields
from playbook.sandbox.users import show_staff_fields, show_teacher_fields

Record = dict[str, Any]
V2_PATHS = {
    "student": "students",
    "teacher": "teachers",
    "staff": "school_admins",
    "district_admin": "district_admins",
    "contact": "contacts",
}
"""What v2 calls the list of each role."""

V2_TYPES = {role: path.removesuffix("s") for role, path in V2_PATHS.items()}
"""What v2 calls one record of each role."""


def show_role_record(register: Register, district_id: str, person: Person, word: str, version: str) -> Record:
    """Return the v2 record of a person in a role that she holds."""
    role = person.role(word)
    assert role is not None, "the caller asks for a role that the person holds"
    record: Record = {"id": role.v2_id, "district": district_id, "email": person.email}
    dates = {"created": person.created, "last_modified": person.last_modified}
    if word == "student":
        name = {"first": person.first, "middle": person.middle, "last": person.last}
        return {**record, **dates, "name": name, **show_student_fields(register, person, version)}
    if word == "teacher":
        name = {"first": person.first, "middle": person.middle, "last": person.last}
        return {**record, **dates, "name": name, **show_teacher_fields(person, role), **_ext(version)}
    admin_name = {"first": person.first, "last": person.last}
    if word == "staff":
        department = {"department": ""} if version >= "v2.1" else {}
        return {**record, "name": admin_name, **show_staff_fields(person, role), **department, **_ext(version)}
    if word == "district_admin":
        return {**record, "name": admin_name, "title": role.title}
    return {**record, **_show_contact(person)}


def _ext(version: str) -> Record:
    return {"ext": {}} if version >= "v2.1" else {}


def _show_contact(person: Person) -> Record:
    return {
        "name": person.last,
        "phone": person.phone,
        "phone_type": "Cell",
        "sis_id": person.roles[0].sis_id,
        **show_single_relationship(person),
    }


def show_single_relationship(person: Person) -> Record:
    """Return a contact's relationship as v2 has it: one for all her students, the first one's."""
    first = person.relationships[0]
    students = dict.fromkeys(item.student_id for item in person.relationships)
    return {"relationship": first.relationship, "type": first.type, "students": list(students)}
