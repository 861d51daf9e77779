"""Where the hard cases sit: fixed places in every 1,200 people, so that a larger district has them in proportion.

Every 1,200 people are 720 students, 120 employees and 360 contacts. A place below is a number within those 720, 120 or
360; who sits there is what the case's name says.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from playbook.sandbox.names import HOSTILE

STUDENTS, EMPLOYEES, CONTACTS = 720, 120, 360


class HardCase(StrEnum):
    """What a migration gets wrong, each planted on people of the sample district."""

    TEACHER_STAFF = "teacher_staff"
    TEACHER_STAFF_ADMIN = "teacher_staff_admin"
    STAFF_ADMIN = "staff_admin"
    TEACHER_ADMIN = "teacher_admin"
    ADMIN_ONLY = "admin_only"
    STAFF_WHO_IS_CONTACT = "staff_who_is_contact"
    TEACHER_WHO_IS_CONTACT = "teacher_who_is_contact"
    STUDENT_WITHOUT_LEGACY_ID = "student_without_legacy_id"
    STUDENT_WITH_LEGACY_ID = "student_with_legacy_id"
    SCHOOL_TECH_LEAD = "school_tech_lead"
    STAFF_AT_SEVERAL_SCHOOLS = "staff_at_several_schools"
    CONTACT_TWO_RELATIONSHIPS = "contact_two_relationships"
    CONTACT_SAME_STUDENT_TWICE = "contact_same_student_twice"
    REISSUED_ID = "reissued_id"
    ROLE_NOT_SHARED = "role_not_shared"
    EMPTY_EMAIL = "empty_email"
    SHARED_MAILBOX = "shared_mailbox"
    EMAIL_OTHER_CASE = "email_other_case"
    SIS_ID_LIKE_NUMBER = "sis_id_like_number"
    NAME_HTML = "name_html"
    NAME_FORMULA = "name_formula"
    NAME_QUOTE = "name_quote"
    NAME_NULL = "name_null"
    NAME_RIGHT_TO_LEFT = "name_right_to_left"
    NAME_ZERO_WIDTH = "name_zero_width"
    NAME_ESCAPE = "name_escape"
    CLOSE_IDS = "close_ids"


Places = Mapping[HardCase, tuple[int, ...]]

AT_STUDENTS: Places = {
    HardCase.STUDENT_WITHOUT_LEGACY_ID: (1,),
    HardCase.STUDENT_WITH_LEGACY_ID: (7,),
    HardCase.EMPTY_EMAIL: (8,),
    HardCase.SHARED_MAILBOX: (9,),
    **{HardCase(kind): (10 + place,) for place, kind in enumerate(HOSTILE)},
}
AT_EMPLOYEES: Places = {
    HardCase.TEACHER_STAFF: (0, 1, 2, 60, 61),
    HardCase.TEACHER_STAFF_ADMIN: (3, 4),
    HardCase.STAFF_WHO_IS_CONTACT: (5,),
    HardCase.TEACHER_WHO_IS_CONTACT: (6,),
    HardCase.SCHOOL_TECH_LEAD: (7, 8, 2),
    HardCase.STAFF_AT_SEVERAL_SCHOOLS: (9, 10),
    HardCase.ROLE_NOT_SHARED: (12, 13),
    HardCase.EMPTY_EMAIL: (14,),
    HardCase.SHARED_MAILBOX: (15,),
    HardCase.ADMIN_ONLY: (16, 17),
    HardCase.STAFF_ADMIN: (18,),
    HardCase.TEACHER_ADMIN: (19,),
    HardCase.EMAIL_OTHER_CASE: (21, 0),
    HardCase.SIS_ID_LIKE_NUMBER: (22,),
    HardCase.REISSUED_ID: (110, 111),
    **{HardCase(kind): (31 + place,) for place, kind in enumerate(HOSTILE)},
}
AT_CONTACTS: Places = {
    HardCase.STAFF_WHO_IS_CONTACT: (0,),
    HardCase.TEACHER_WHO_IS_CONTACT: (1,),
    HardCase.SHARED_MAILBOX: (2, 3),
    HardCase.CONTACT_TWO_RELATIONSHIPS: (4, 5),
    HardCase.CONTACT_SAME_STUDENT_TWICE: (6,),
    HardCase.EMPTY_EMAIL: (7,),
    **{HardCase(kind): (10 + place,) for place, kind in enumerate(HOSTILE)},
}

_STAFF = {7, 8, 9, 10, 5, 14, 15}
_SEVERAL = {
    HardCase.TEACHER_STAFF: ("teacher", "staff"),
    HardCase.TEACHER_STAFF_ADMIN: ("teacher", "staff", "district_admin"),
    HardCase.STAFF_ADMIN: ("staff", "district_admin"),
    HardCase.TEACHER_ADMIN: ("teacher", "district_admin"),
    HardCase.ADMIN_ONLY: ("district_admin",),
    HardCase.ROLE_NOT_SHARED: ("teacher", "staff"),
}


def roles_at(place: int) -> tuple[str, ...]:
    """Return the roles that the employee at a place holds, shared or not."""
    for case, roles in _SEVERAL.items():
        if place in AT_EMPLOYEES[case]:
            return roles
    return ("staff",) if place in _STAFF or (place > 22 and place % 5 == 0) else ("teacher",)


ROLES_AT = tuple(roles_at(place) for place in range(EMPLOYEES))


def _cases(places: Places, count: int) -> tuple[frozenset[HardCase], ...]:
    return tuple(frozenset(case for case, at in places.items() if place in at) for place in range(count))


STUDENT_CASES = _cases(AT_STUDENTS, STUDENTS)
EMPLOYEE_CASES = _cases(AT_EMPLOYEES, EMPLOYEES)
CONTACT_CASES = _cases(AT_CONTACTS, CONTACTS)
"""The cases that sit at each place."""
