"""Who is in a district and under which ids, by arithmetic: counts, ids in both directions, roles, teachers.

Students come first, then employees, then contacts, as in a district that got its v3 ids on a later day. User ids ascend
with the person's number, so any of them is found by bisection, however many people there are.
Source: https://dev.clever.com/docs/multi-role-users-in-clever
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from playbook.sandbox import hard_cases as places
from playbook.sandbox.hard_cases import HardCase
from playbook.sandbox.identifiers import Mint, make_mint
from playbook.sandbox.moments import (
    BACKFILL_DAY,
    CONTACTS_MINTED,
    DAY,
    EMPLOYEES_MINTED,
    FORMER_MINTED,
    LAST_SYNC,
    LEGACY_MINTED,
    STUDENTS_MINTED,
    YEAR,
)
from playbook.sandbox.names import district_word
from playbook.sandbox.schooling import Schooling

EMPLOYEE_ROLES = ("teacher", "staff", "district_admin")
STUDENTS_A_SCHOOL = 144
RESOURCES = 4
EVENTS = 1000
TEACHER_PLACES = tuple(place for place, roles in enumerate(places.ROLES_AT) if "teacher" in roles)


@dataclass(frozen=True)
class Register:
    """A district's people by number, seed and size; equal arguments make equal registers on every machine.

    Attributes:
        seed: What everything is computed from.
        users: How many people there are: 60 % students, 10 % employees, 30 % contacts.
    """

    seed: int
    users: int

    @cached_property
    def employees(self) -> int:
        """How many employees there are."""
        return self.users // 10

    @cached_property
    def contacts(self) -> int:
        """How many contacts there are."""
        return self.users * 3 // 10

    @cached_property
    def students(self) -> int:
        """How many students there are."""
        return self.users - self.employees - self.contacts

    @cached_property
    def domain(self) -> str:
        """The domain of the district's mailboxes; never a real one."""
        return f"{district_word(self.seed).lower()}-usd.example"

    @cached_property
    def schooling(self) -> Schooling:
        """Who goes where."""
        schools = max(3, -(-self.students // STUDENTS_A_SCHOOL))
        return Schooling(self.students, count_teachers(self.employees), schools)

    @cached_property
    def mints(self) -> Mapping[str, Mint]:
        """The mints of all kinds of records."""
        plan = self.schooling
        early, late = self.employees // 2, self.employees - self.employees // 2
        mints = {
            "student": (STUDENTS_MINTED, YEAR, self.students, 1),
            "early_employee": (BACKFILL_DAY, DAY, early, 4),
            "late_employee": (EMPLOYEES_MINTED, YEAR, late, 4),
            "contact": (CONTACTS_MINTED, YEAR, self.contacts, 2),
            **{f"legacy_{role}": (LEGACY_MINTED, YEAR, early, 1) for role in EMPLOYEE_ROLES},
            "legacy_contact": (LEGACY_MINTED, YEAR, self.contacts // 2, 1),
            **{f"former_{role}": (FORMER_MINTED, YEAR, self.employees, 1) for role in (*EMPLOYEE_ROLES, "user")},
            "school": (LEGACY_MINTED - YEAR, DAY, plan.schools, 1),
            "section": (LEGACY_MINTED, DAY, plan.sections, 1),
            "course": (LEGACY_MINTED, DAY, plan.courses, 1),
            "term": (LEGACY_MINTED, DAY, plan.terms, 1),
            "resource": (CONTACTS_MINTED, DAY, RESOURCES, 1),
            "event_v2": (LAST_SYNC - DAY, DAY, EVENTS, 1),
            "event_v3": (LAST_SYNC - DAY, DAY, EVENTS, 1),
            "unknown_teacher": (LEGACY_MINTED, DAY, plan.sections, 1),
        }
        return {kind: make_mint(self.seed, kind, *numbers) for kind, numbers in mints.items()}

    def user_id(self, index: int) -> str:
        """Return the v3 id of a person; ascends with the number."""
        if index < self.students:
            return self.mints["student"].id(index)
        if index < self.students + self.employees:
            kind, number = self._employee(index - self.students)
            return self.mints[kind].id(number)
        return self.mints["contact"].id(index - self.students - self.employees)

    def v2_id(self, index: int, role: str) -> str:
        """Return the id that v2 gives a person in a role; ascends with the number within each role."""
        if role == "student":
            return self.user_id(index)
        if role == "contact":
            number = index - self.students - self.employees
            is_early = number < self.contacts // 2
            return self.mints["legacy_contact"].id(number) if is_early else self.mints["contact"].id(number, 1)
        kind, number = self._employee(index - self.students)
        if kind == "early_employee":
            return self.mints[f"legacy_{role}"].id(number)
        return self.mints[kind].id(number, 1 + EMPLOYEE_ROLES.index(role))

    def _employee(self, number: int) -> tuple[str, int]:
        early = self.employees // 2
        return ("early_employee", number) if number < early else ("late_employee", number - early)

    def index_of(self, identifier: str, role: str = "") -> int | None:
        """Return the number of the person with an id, v3 or the v2 one of a role, or nothing."""
        members = self.members(role)
        place = bisect_left(members, identifier, key=lambda index: self._id(index, role))
        found = place < len(members) and self._id(members[place], role) == identifier
        return members[place] if found and (not role or self.has_role(members[place], role)) else None

    def _id(self, index: int, role: str) -> str:
        return self.v2_id(index, role) if role else self.user_id(index)

    def members(self, role: str = "") -> Sequence[int]:
        """Return the numbers among which the people of a role are; all numbers if none is named."""
        ends = {
            "": (0, self.users),
            "student": (0, self.students),
            "contact": (self.students + self.employees, self.users),
        }
        return range(*ends.get(role, (self.students, self.students + self.employees)))

    def in_order(self, numbers: Iterable[int], role: str = "") -> Sequence[int]:
        """Return people's numbers by ascending id in a role; given so already, because ids ascend with numbers."""
        return numbers if isinstance(numbers, Sequence) else list(numbers)

    def has_role(self, index: int, role: str) -> bool:
        """Say whether a person holds a role, shared or not."""
        if index not in self.members(role):
            return False
        return role not in EMPLOYEE_ROLES or role in places.ROLES_AT[(index - self.students) % places.EMPLOYEES]

    def shares_role(self, index: int, role: str) -> bool:
        """Say whether a person holds a role that the application sees."""
        if not self.has_role(index, role):
            return False
        place = (index - self.students) % places.EMPLOYEES
        return role != "staff" or place not in places.AT_EMPLOYEES[HardCase.ROLE_NOT_SHARED]

    def index_of_teacher(self, rank: int) -> int:
        """Return the number of the person who is the rank-th teacher."""
        block, place = divmod(rank, len(TEACHER_PLACES))
        return self.students + block * places.EMPLOYEES + TEACHER_PLACES[place]

    def rank_of_teacher(self, index: int) -> int:
        """Return which teacher a person is, counted from 0; the person must teach."""
        block, place = divmod(index - self.students, places.EMPLOYEES)
        return block * len(TEACHER_PLACES) + TEACHER_PLACES.index(place)


def count_teachers(employees: int) -> int:
    """Return how many of so many employees teach."""
    blocks, rest = divmod(employees, places.EMPLOYEES)
    return blocks * len(TEACHER_PLACES) + sum(place < rest for place in TEACHER_PLACES)
