"""A synthetic district of any size: every person is computed from the seed and her number, none is kept.

Source: https://dev.clever.com/docs/users and https://dev.clever.com/docs/oauth-implementation
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from playbook.errors import InputError
from playbook.sandbox import hard_cases as places
from playbook.sandbox.hard_cases import HardCase
from playbook.sandbox.identifiers import digest, district_token, sealed, unseal
from playbook.sandbox.moments import LAST_SYNC, LEGACY_MINTED, YEAR
from playbook.sandbox.names import district_word
from playbook.sandbox.people import make_contact, make_employee, make_student
from playbook.sandbox.person import Person
from playbook.sandbox.register import Register

USER_TOKEN, CODE = "il", "code"
SMALLEST = 10
_LETTERS = {"student": "0", "teacher": "1", "staff": "2", "district_admin": "3", "contact": "4"}


class SandboxDistrict(Register):
    """A district by seed and size: its people, its hard cases and its tokens."""

    @cached_property
    def id(self) -> str:
        """Clever's id of the district."""
        return f"{LEGACY_MINTED - YEAR:08x}" + digest(self.seed, "district", size=8).hex()

    @property
    def name(self) -> str:
        """The district's name."""
        return f"{district_word(self.seed)} USD"

    @property
    def last_sync(self) -> int:
        """The second in which Clever last took the district's data over."""
        return LAST_SYNC

    @cached_property
    def token(self) -> str:
        """The district-app token."""
        return district_token(self.seed)

    @property
    def client_id(self) -> str:
        """The OAuth client id of the application; the same for every district, as it is at Clever."""
        return digest(0, "client id", size=10).hex()

    @property
    def client_secret(self) -> str:
        """The OAuth client secret of the application."""
        return digest(0, "client secret", size=20).hex()

    def person(self, index: int) -> Person:
        """Return the person of a number.

        Raises:
            IndexError: The district has no such number.
        """
        if not 0 <= index < self.users:
            raise IndexError(index)
        if index < self.students:
            return make_student(self, index)
        if index < self.students + self.employees:
            return make_employee(self, index)
        return make_contact(self, index)

    def people(self, start: int = 0, stop: int | None = None) -> Iterator[Person]:
        """Yield people by ascending user id."""
        yield from map(self.person, range(start, self.users if stop is None else min(stop, self.users)))

    def hard_cases(self) -> dict[str, Sequence[int]]:
        """Return for every hard case the numbers of the people on whom it is planted, ascending."""
        return {case.value: self.planted(case) for case in HardCase}

    def planted(self, case: HardCase) -> Sequence[int]:
        """Return the numbers of the people on whom a hard case is planted, ascending."""
        contacts = self.students + self.employees
        if case is HardCase.CLOSE_IDS:
            return [
                *range(self.students + self.employees // 2, contacts),
                *range(contacts + self.contacts // 2, self.users),
            ]
        grounds = (
            (0, self.students, places.STUDENTS, places.AT_STUDENTS),
            (self.students, self.employees, places.EMPLOYEES, places.AT_EMPLOYEES),
            (contacts, self.contacts, places.CONTACTS, places.AT_CONTACTS),
        )
        return sorted(
            first + number
            for first, count, block, at in grounds
            for place in at.get(case, ())
            for number in range(place, count, block)
        )

    def user_token(self, index: int, role: str) -> str:
        """Return the token of a person's sign-in; `role` is the one that v2 lets her choose at the login."""
        return sealed(self.seed, USER_TOKEN, f"{index:08x}{_LETTERS[role]}")

    def authorization_code(self, index: int, role: str, issued: int, serial: int = 0) -> str:
        """Return the code that a person's login hands to the application.

        Args:
            index: The person's number.
            role: The role of the login.
            issued: The second in which the code was given; it is valid for one minute.
            serial: Tells the codes of one second apart, for each is good once.
        """
        return sealed(self.seed, CODE, f"{index:08x}{_LETTERS[role]}{issued:08x}{serial:06x}")

    def read_user_token(self, token: str) -> tuple[int, str] | None:
        """Return whose token it is and the role of the login, or nothing."""
        return _login(unseal(self.seed, USER_TOKEN, token))

    def read_code(self, code: str) -> tuple[int, str, int] | None:
        """Return whose code it is, the role of the login and the second of issue, or nothing."""
        payload = unseal(self.seed, CODE, code)
        login = _login(payload[:9])
        return (*login, int(payload[9:17], 16)) if login else None


def _login(payload: str) -> tuple[int, str] | None:
    words = {letter: role for role, letter in _LETTERS.items()}
    return (int(payload[:8], 16), words[payload[8]]) if payload else None


def make_district(seed: int = 1, users: int = 1200) -> SandboxDistrict:
    """Return the district of a seed and a size; from 1,200 people on, every hard case is in it.

    Raises:
        InputError: Fewer people than a district can be made of, or a seed below 1.
    """
    if users < SMALLEST or seed < 1:
        raise InputError(
            f"a district needs at least {SMALLEST} users and a seed of at least 1",
            remedy="Give larger numbers for --users and --seed.",
        )
    return SandboxDistrict(seed, users)
