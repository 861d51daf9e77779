"""One person of a sandbox district, as the district knows her: what is shared and what is not, in v2 and in v3.

Source: https://dev.clever.com/docs/users and https://dev.clever.com/docs/multi-role-users-in-clever
"""

from __future__ import annotations

from dataclasses import dataclass, field

from playbook.sandbox.hard_cases import HardCase


@dataclass(frozen=True, slots=True)
class PersonRole:
    """What one person is in one role.

    Attributes:
        role: Clever's word of v3: student, teacher, staff, district_admin, contact.
        v2_id: The id that v2 serves the role's record under; a student's is the user id.
        legacy_id: What v3 shows as `legacy_id`; blank for students but the odd one.
        is_shared: False where the district keeps this role from the application.
        former_v2_id: The v2 id that Clever gave up when the person came back after a long absence.
        sis_id: Students', teachers' and contacts' `sis_id`; staff's `staff_id`; blank for district admins.
        number: A student's or teacher's number; blank for everybody else.
        school: The primary school's id; blank for staff, district admins and contacts.
        schools: The ids of all schools.
    """

    role: str
    v2_id: str
    legacy_id: str
    is_shared: bool = True
    former_v2_id: str = ""
    sis_id: str = ""
    number: str = ""
    state_id: str = ""
    title: str = ""
    staff_roles: tuple[str, ...] = ()
    school: str = ""
    schools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relationship:
    """What a contact is to one student."""

    student_index: int
    student_id: str
    relationship: str
    type: str


@dataclass(frozen=True, slots=True)
class Person:
    """One person: one v3 user, up to three v2 records.

    Attributes:
        index: The person's number in the district; user ids ascend with it.
        user_id: The v3 id.
        kind: student, employee or contact.
        roles: All roles that the person holds, shared or not, in Clever's order of words here.
        former_user_id: The v3 id that Clever gave up; blank but for a re-issued id.
        section_numbers: The sections that a student attends or a teacher teaches, ascending.
    """

    index: int
    user_id: str
    kind: str
    email: str
    first: str
    middle: str
    last: str
    roles: tuple[PersonRole, ...]
    created: str
    last_modified: str
    phone: str = ""
    former_user_id: str = ""
    section_numbers: tuple[int, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    cases: frozenset[HardCase] = field(default_factory=frozenset)

    @property
    def shared_roles(self) -> tuple[PersonRole, ...]:
        """The roles that the application sees."""
        return tuple(role for role in self.roles if role.is_shared)

    def role(self, word: str) -> PersonRole | None:
        """Return the person's part in a role, shared or not."""
        return next((role for role in self.roles if role.role == word), None)

    @property
    def full_name(self) -> str:
        """The whole name as one text; all that a contact has."""
        return " ".join(part for part in (self.first, self.middle, self.last) if part)
