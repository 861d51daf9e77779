"""What Clever knows about a student beyond her identity: the same fields in v2 and v3, the newest in v3.1 alone.

Most of it is sensitive and serves one end here: to prove that nothing of it reaches a snapshot.
Source: https://dev.clever.com/docs/users
"""

from __future__ import annotations

from typing import Any

from playbook.sandbox.identifiers import digest
from playbook.sandbox.person import Person
from playbook.sandbox.register import Register
from playbook.sandbox.schooling import CLASS_SIZE, GRADES

RACES = ("Caucasian", "Asian", "Black or African American", "Two or More Races", "Unknown", "")
GRADUATION_AFTER = 2039


def show_student_fields(register: Register, person: Person, version: str) -> dict[str, Any]:
    """Return a student's own fields; absent ones are the empty text, as on the wire."""
    role = person.roles[0]
    bits = digest(register.seed, "student", person.index, size=6)
    grade = register.schooling.grade_of_class(person.index // CLASS_SIZE)
    fields: dict[str, Any] = {
        "sis_id": role.sis_id,
        "state_id": role.state_id,
        "student_number": role.number,
        "school": role.school,
        "schools": list(role.schools),
        "grade": GRADES[grade],
        "graduation_year": str(GRADUATION_AFTER - grade) if bits[0] % 2 else "",
        "dob": f"{bits[1] % 12 + 1}/{bits[2] % 28 + 1}/{2020 - grade}",
        "gender": "MF"[bits[3] % 2],
        "race": RACES[bits[4] % len(RACES)],
        "hispanic_ethnicity": ("Y", "N", "")[bits[4] % 3],
        "ell_status": ("Y", "N", "")[bits[5] % 3],
        "credentials": {"district_username": person.email.partition("@")[0]},
        "location": {"address": "", "city": "", "state": "", "zip": f"90{bits[1]:03d}", "lat": "", "lon": ""},
    }
    if version >= "v2.1":
        fields |= {"enrollments": [], "ext": {}}
    if version >= "v3":
        fields |= {"unweighted_gpa": "", "weighted_gpa": ""}
    if version >= "v3.1":
        fields |= _newest(person, bits)
    return fields


def _newest(person: Person, bits: bytes) -> dict[str, Any]:
    return {
        "frl_status": ("Free", "Reduced", "Paid", "")[bits[0] % 4],
        "iep_status": ("Y", "N", "")[bits[1] % 3],
        "gifted_status": ("Y", "N", "")[bits[2] % 3],
        "section_504_status": ("Y", "N", "")[bits[3] % 3],
        "home_language": "English",
        "home_language_code": "eng",
        "preferred_name": {"first": person.first, "middle": "", "last": ""},
        "disability": _disability(has_one=bits[5] % 4 == 0),
    }


def _disability(*, has_one: bool) -> dict[str, Any]:
    if not has_one:
        return {"disability_status": "N"}
    return {"disability_status": "Y", "disability_code": "sld", "disability_type": "Specific learning disability"}
