"""What goes wrong in a real accounts database, planted at fixed places of the sample one.

As with the hard cases of the district, a place is a number within every 720 students or 120 employees, so that a larger
database has its accidents in proportion. None of them sits where a hard case sits, except the two that are named so.
"""

from __future__ import annotations

from enum import StrEnum

STUDENTS, EMPLOYEES = 720, 120


class Accident(StrEnum):
    """One kind of accident, named as the tests name it."""

    SUSPENDED = "suspended"
    ALREADY_V3 = "already_v3"
    WRONG_ROLE = "wrong_role"
    UNKNOWN_ROLE = "unknown_role"
    UPPER_CASE_ID = "upper_case_id"
    NEVER_CLEVER = "never_clever"  # signed up by e-mail, has no Clever id
    NO_ACCOUNT = "no_account"  # a person of the district who never came
    DUPLICATE = "duplicate_legacy_id"  # a second account with the same id
    ORPHAN = "orphan"  # an id that Clever does not know (any more)
    OTHER_DISTRICT = "other_district"
    SUSPENDED_PART = "suspended_part"  # one of a person's several accounts is suspended
    SAME_SECTION = "same_section"  # a person's two accounts are both in one section: a move collides


AT_STUDENTS: dict[int, Accident] = {
    700: Accident.DUPLICATE,
    701: Accident.NO_ACCOUNT,
    702: Accident.SUSPENDED,
    703: Accident.WRONG_ROLE,
    704: Accident.NEVER_CLEVER,
    710: Accident.ORPHAN,
    711: Accident.ORPHAN,
    712: Accident.ORPHAN,
    713: Accident.OTHER_DISTRICT,
    714: Accident.OTHER_DISTRICT,
    715: Accident.OTHER_DISTRICT,
}
AT_EMPLOYEES: dict[int, Accident] = {
    60: Accident.SUSPENDED_PART,
    61: Accident.SAME_SECTION,
    91: Accident.SUSPENDED,
    92: Accident.ALREADY_V3,
    93: Accident.WRONG_ROLE,
    95: Accident.WRONG_ROLE,
    96: Accident.DUPLICATE,
    98: Accident.NEVER_CLEVER,
    99: Accident.NO_ACCOUNT,
    101: Accident.UPPER_CASE_ID,
    102: Accident.UNKNOWN_ROLE,
}

NEIGHBOURS = frozenset({Accident.DUPLICATE, Accident.ORPHAN, Accident.OTHER_DISTRICT})
"""Accidents that add an account beside the person's own."""


def accident_at(kind: str, number: int) -> Accident | None:
    """Return the accident that happened to a person's accounts, if any.

    Args:
        kind: student, employee or contact.
        number: The person's number among those of that kind.
    """
    if kind == "student":
        return AT_STUDENTS.get(number % STUDENTS)
    return AT_EMPLOYEES.get(number % EMPLOYEES) if kind == "employee" else None
