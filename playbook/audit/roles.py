"""The words that code uses for Clever's roles, and the v3 role that each of them became.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("school admins" are now "staff").
"""

from __future__ import annotations

import re

V3_ROLES = {
    "student": "student",
    "teacher": "teacher",
    "school_admin": "staff",
    "schooladmin": "staff",
    "district_admin": "district_admin",
    "districtadmin": "district_admin",
    "contact": "contact",
    "student_contact": "contact",
    "studentcontact": "contact",
    "staff": "staff",
}
"""A role word in the singular, in snake case, to the v3 role."""


ALL = ("student", "teacher", "staff", "district_admin", "contact")
COLLECTIONS = {
    "students": "student",
    "teachers": "teacher",
    "school_admins": "staff",
    "district_admins": "district_admin",
    "contacts": "contact",
}
"""v2's role collections below the version, to the v3 role."""

SPELLINGS = {
    "schooladmins": "school_admins",
    "districtadmins": "district_admins",
    "school-admins": "school_admins",
    "district-admins": "district_admins",
    "studentcontacts": "contacts",
    "student_contacts": "contacts",
}
_WORD = re.compile(r"(school_?admin|district_?admin|student_?contact|student|teacher|contact|staff)s?", re.IGNORECASE)


def role_of(word: str) -> str:
    """Return the v3 role of a role word in any spelling, singular or plural; blank for any other word."""
    bare = word.strip().lower().replace("-", "_").replace(" ", "_")
    return V3_ROLES.get(bare) or V3_ROLES.get(bare.removesuffix("s"), "")


def roles_in(text: str) -> tuple[str, ...]:
    """Return the v3 roles that a name or path speaks of, in the order of `ALL`."""
    found = {V3_ROLES[match[1].lower()] for match in _WORD.finditer(text)}
    return tuple(role for role in ALL if role in found)
