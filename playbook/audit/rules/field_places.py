"""The fields that moved, where v3 keeps each, and how a place that reads one is reported.

Source: https://dev.clever.com/docs/new-in-api-v3, and the v2.1 and v3.1 data models.
"""

from __future__ import annotations

import re

from playbook.audit.findings import Finding
from playbook.audit.roles import roles_in
from playbook.audit.view import View
from playbook.audit.words import words

PLACES = {
    "sis_id": "roles.{role}.sis_id (staff: staff_id)",
    "state_id": "roles.{role}.state_id",
    "student_number": "roles.student.student_number",
    "teacher_number": "roles.teacher.teacher_number",
    "dob": "roles.student.dob",
    "grade": "roles.student.grade",
    "gender": "roles.student.gender",
    "race": "roles.student.race",
    "ell_status": "roles.student.ell_status",
    "hispanic_ethnicity": "roles.student.hispanic_ethnicity",
    "iep_status": "roles.student.iep_status",
    "frl_status": "roles.student.frl_status",
    "graduation_year": "roles.student.graduation_year",
    "home_language": "roles.student.home_language",
    "enrollments": "roles.student.enrollments",
    "location": "roles.student.location",
    "school": "roles.{role}.school (student and teacher only)",
    "schools": "roles.{role}.schools",
    "title": "roles.{role}.title",
    "department": "roles.staff.department",
    "staff_id": "roles.staff.staff_id",
    "district_username": "roles.{role}.credentials.district_username",
    "district_password": "roles.{role}.credentials.district_password",
    "credentials": "roles.{role}.credentials",
    "phone": "roles.contact.phone",
    "phone_type": "roles.contact.phone_type",
    "relationship": "roles.contact.student_relationships[].relationship",
    "relationships": "roles.contact.student_relationships[].relationship",
}


STRONG = words(
    "sis_id state_id student_number teacher_number dob ell_status hispanic_ethnicity iep_status frl_status "
    "graduation_year "
    "staff_id district_username district_password phone_type home_language enrollments"
)


TELLING = words(
    "sis_id state_id student_number teacher_number dob ell_status hispanic_ethnicity iep_status frl_status "
    "graduation_year staff_id district_username district_password phone_type"
)
"""Names that say by themselves whose record they are of, where Clever is near."""


PEOPLE = re.compile(
    r"student|teacher|admin|contact|guardian|parent|staff|person|people|pupil|learner|user|record|raw|profile|data|item|payload|"
    r"clever|object|attrs|attributes|info|entry|result|member|response|body|json|details|me$|node|dto|remote|source|hash|kid|child|"
    r"previous_attributes|resource_data|^[a-z]{1,2}$|obj|doc|elem|value|it$|fetched|sis|roster|incoming|upstream|external"
)


def report_field(view: View, offset: int, field: str, reached: str, variant: str) -> Finding:
    """Return a place that reads a moved field, with where v3 keeps it for the role that the place is about."""
    roles = roles_in(reached) or roles_in(field)
    role = roles[0] if len(roles) == 1 else "<role>"
    place = _contact_place(field) if field in ("name", "type", "students") else PLACES[field].replace("{role}", role)
    shape = field in ("name", "type", "students", "relationship", "relationships")
    return view.find(
        "field_move", offset, legacy=f"{reached}", v3=place, change=("shape",),
        remedy=f"Read {field} from {place}; where it was it is now missing, without an error.",
        severity="high" if shape or field in STRONG else "medium", variant=variant, roles=roles,
    )  # fmt: skip


def _contact_place(field: str) -> str:
    return {
        "name": "name.last, which holds a contact's whole name",
        "type": "roles.contact.student_relationships[].type",
        "students": "roles.contact.student_relationships[].student",
    }[field]
