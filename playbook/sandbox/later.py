"""The same district on a later day: people have left, come and changed, and Clever has issued ids anew.

Each day takes the next few people who are no hard case, so that day 2 holds what day 1 changed. Whoever is new sits in
the place of one who left, with an id of that day: such ids sort behind all others, as they do at Clever.

Source: https://dev.clever.com/docs/users (ids after long absence or a changed SIS id), https://dev.clever.com/docs/events-api
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.hard_cases import HardCase
from playbook.sandbox.identifiers import Mint, digest, make_mint
from playbook.sandbox.moments import DAY, LAST_SYNC, moment
from playbook.sandbox.names import FIRST, LAST
from playbook.sandbox.people import make_employee_role
from playbook.sandbox.person import Person
from playbook.sandbox.register import EMPLOYEE_ROLES


class Turn(StrEnum):
    """What became of one person."""

    REISSUED = "reissued"  # a new user id, the old legacy id
    RETURNED = "returned"  # new ids throughout, the old SIS id: after 300 days of absence
    REPLACED = "replaced"  # gone, and somebody new sits in her place
    DEPARTED = "departed"
    ROLE_ADDED = "role_added"
    ROLE_REMOVED = "role_removed"
    MAIL_CHANGED = "mail_changed"


OF_TEACHERS = (Turn.REISSUED, Turn.RETURNED, Turn.REPLACED, Turn.DEPARTED, Turn.ROLE_ADDED, Turn.MAIL_CHANGED)
OF_STUDENTS = (Turn.REPLACED, Turn.DEPARTED, Turn.MAIL_CHANGED)
RENEWED = frozenset({Turn.REISSUED, Turn.RETURNED, Turn.REPLACED})
"""Who has a user id of the day."""

GIVEN_UP = RENEWED | {Turn.DEPARTED}
"""Whose user id of before is no more."""


@dataclass(frozen=True)
class LaterDistrict(SandboxDistrict):
    """A district some days after the first.

    Attributes:
        day: How many days later, at least 1.
    """

    day: int = 1

    @cached_property
    def before(self) -> SandboxDistrict:
        """The district of the first day."""
        return SandboxDistrict(self.seed, self.users)

    @property
    def last_sync(self) -> int:
        """The second in which Clever last took the district's data over."""
        return LAST_SYNC + self.day * DAY

    @cached_property
    def turns(self) -> Mapping[int, tuple[int, Turn]]:
        """What became of whom, by person's number: the day and the turn, in the order in which it happened."""
        teachers, students = self._plain("teacher"), self._plain("student")
        several = iter(self.before.planted(HardCase.TEACHER_STAFF)[::-1])
        groups = ((teachers, OF_TEACHERS), (students, OF_STUDENTS), (several, (Turn.ROLE_REMOVED,)))
        return {
            index: (day, turn)
            for day in range(1, self.day + 1)
            for numbers, turns in groups
            for turn, index in zip(turns, numbers, strict=False)
        }

    def turn(self, index: int) -> Turn | None:
        """Return what became of a person, if anything did."""
        return self.turns.get(index, (0, None))[1]

    def user_id(self, index: int) -> str:
        """Return the v3 id of a person on this day."""
        if self.turn(index) in RENEWED:
            return self._late.id(self._rank[index])
        return super().user_id(index)

    def v2_id(self, index: int, role: str) -> str:
        """Return the id that v2 gives a person in a role on this day."""
        if role in EMPLOYEE_ROLES and self.turn(index) in (Turn.RETURNED, Turn.REPLACED):
            return self._late.id(self._rank[index], 1 + EMPLOYEE_ROLES.index(role))
        return super().v2_id(index, role)

    def person(self, index: int) -> Person:
        """Return the person of a number on this day."""
        person = super().person(index)
        day, turn = self.turns.get(index, (0, None))
        if turn is None:
            return person
        modified = moment(LAST_SYNC + day * DAY)
        person = replace(person, last_modified=modified, created=modified if turn in RENEWED else person.created)
        if turn is Turn.MAIL_CHANGED:
            return replace(person, email=f"new.{person.email}")
        if turn is Turn.ROLE_ADDED:
            return replace(person, roles=(*person.roles, make_employee_role(self, index, "staff", person.cases)))
        if turn is Turn.ROLE_REMOVED:
            return replace(person, roles=tuple(role for role in person.roles if role.role != "staff"))
        return self._successor(person) if turn is Turn.REPLACED else person

    def has_role(self, index: int, role: str) -> bool:
        """Say whether a person holds a role on this day, shared or not."""
        if role == "staff" and (turn := self.turn(index)) in (Turn.ROLE_ADDED, Turn.ROLE_REMOVED):
            return turn is Turn.ROLE_ADDED
        return self.before.has_role(index, role)

    def members(self, role: str = "") -> Sequence[int]:
        """Return the numbers among which the people of a role are, by ascending id, without those who left."""
        return self._members[role]

    def in_order(self, numbers: Iterable[int], role: str = "") -> Sequence[int]:
        """Return people's numbers by ascending id, without those who left."""
        return self._members[role] if numbers is self._members[role] else self._sorted(numbers, role)

    def read_user_token(self, token: str) -> tuple[int, str] | None:
        """Return whose token it is and the role of the login; nobody who left can sign in."""
        login = super().read_user_token(token)
        return None if login and self.turn(login[0]) in (Turn.DEPARTED, Turn.REPLACED) else login

    @cached_property
    def _members(self) -> Mapping[str, Sequence[int]]:
        roles = ("", "student", *EMPLOYEE_ROLES, "contact")
        return {role: self._sorted(self.before.members(role), role) for role in roles}

    def _sorted(self, numbers: Iterable[int], role: str) -> Sequence[int]:
        here = (index for index in numbers if self.turn(index) is not Turn.DEPARTED)
        return sorted(here, key=lambda index: self._id(index, role))

    def _plain(self, role: str) -> Iterator[int]:
        """Yield people of one role and no hard case, from the last one on."""
        for index in reversed(self.before.members(role)):
            person = self.before.person(index)
            if person.cases <= {HardCase.CLOSE_IDS} and [part.role for part in person.roles] == [role]:
                yield index

    @cached_property
    def _rank(self) -> Mapping[int, int]:
        return {index: rank for rank, index in enumerate(self.turns)}

    @property
    def _late(self) -> Mint:
        return make_mint(self.seed, "late", LAST_SYNC + DAY, 0, 1, stride=4)

    def _successor(self, person: Person) -> Person:
        bits = digest(self.seed, "successor", person.index, size=2)
        role = replace(person.roles[0], sis_id=f"N{person.index:06d}", number=f"N{person.index}", state_id="")
        return replace(
            person,
            email=f"n{person.index:06d}@{self.domain}",
            first=FIRST[bits[0] % len(FIRST)],
            last=LAST[bits[1] % len(LAST)],
            roles=(role,),
        )


def district_on(district: SandboxDistrict, day: int) -> SandboxDistrict:
    """Return a district on a day; day 0 is the first."""
    return LaterDistrict(district.seed, district.users, day) if day else district
