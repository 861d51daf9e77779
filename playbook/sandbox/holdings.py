"""Every list and record of a district under one version of the API; the operations of v2 and v3 choose from these.

Source: https://dev.clever.com/docs/users and https://dev.clever.com/docs/sections
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.listing import Listing, Record, everything
from playbook.sandbox.query import Refusal
from playbook.sandbox.quirks import DEFAULT_QUIRKS, Quirk
from playbook.sandbox.records import Records
from playbook.sandbox.register import RESOURCES
from playbook.sandbox.role_records import V2_PATHS, show_role_record
from playbook.sandbox.users import show_user, show_user_links


def not_found() -> Refusal:
    """Return the refusal of an id that this token does not see."""
    return Refusal(404, "Resource not found")


@dataclass(frozen=True)
class Holdings:
    """What one district holds, rendered for one version.

    Attributes:
        district: The district.
        version: v2.0, v2.1, v3.0 or v3.1.
        quirks: Which departures from the specification are on.
    """

    district: SandboxDistrict
    version: str
    quirks: frozenset[Quirk] = DEFAULT_QUIRKS
    records: Records = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "records", Records(self.district, self.version))

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How many records of each kind there are that are not people."""
        plan = self.district.schooling
        return {
            "school": plan.schools,
            "section": plan.sections,
            "course": plan.courses,
            "term": plan.terms,
            "resource": RESOURCES,
        }

    def number(self, kind: str, identifier: str) -> int:
        """Return the number of the record with an id.

        Raises:
            Refusal: 404 where the district has no such record.
        """
        mint = self.district.mints[kind]
        tail = identifier[-6:]
        number = int(tail, 16) if len(identifier) == 24 and set(tail) <= set("0123456789abcdef") else -1
        if not 0 <= number < self.sizes[kind] or mint.id(number) != identifier:
            raise not_found()
        return number

    def user_number(self, identifier: str) -> int:
        """Return the number of the user with a v3 id, if the application sees any role of hers.

        Raises:
            Refusal: 404 otherwise.
        """
        index = self.district.index_of(identifier)
        if index is None:
            raise not_found()
        return index

    def role_number(self, role: str, identifier: str) -> int:
        """Return the number of the person with a v2 id in a role that is shared.

        Raises:
            Refusal: 404 otherwise.
        """
        index = self.district.index_of(identifier, role)
        if index is None or not self.district.shares_role(index, role):
            raise not_found()
        return index

    def show(self, kind: str, number: int) -> Record:
        """Return the envelope of one record that is not a person."""
        mint = self.district.mints[kind]
        return self._single(self._renderer(kind)(number), f"/{self.version}/{kind}s/{mint.id(number)}")

    def show_district(self) -> Record:
        """Return the envelope of the district."""
        return self._single(self.records.show_district(), f"/{self.version}/districts/{self.district.id}")

    def show_user(self, index: int) -> Record:
        """Return the envelope of one v3 user."""
        person = self.district.person(index)
        user = show_user(self.district, self.district.id, person, self.version, self.quirks)
        return {"data": user, "links": show_user_links(self.version, person, self.quirks)}

    def show_role_record(self, index: int, role: str) -> Record:
        """Return the envelope of one v2 record."""
        return self._single(self._role_record(index, role), f"/{self.version}/{V2_PATHS[role]}/{self._id(index, role)}")

    def _single(self, record: Record, path: str) -> Record:
        return {"data": record, "links": [{"rel": "self", "uri": path}]}

    def districts(self) -> Listing:
        """Return the list that holds the token's one district."""
        return self._listing([0], lambda _: self.district.id, lambda _: self.records.show_district(), "districts", True)

    def list_of(self, kind: str, numbers: Iterable[int] | None = None) -> Listing:
        """Return a list of records that are not people.

        Args:
            kind: school, section, course, term or resource.
            numbers: Which of them; all, and countable, if not given.
        """
        mint = self.district.mints[kind]
        chosen = range(self.sizes[kind]) if numbers is None else sorted(set(numbers))
        can_count = numbers is None and kind != "resource"
        return self._listing(chosen, mint.id, self._renderer(kind), f"{kind}s", can_count)

    def users(self, numbers: Sequence[int], role: str = "", *, can_count: bool = False) -> Listing:
        """Return a list of v3 users, those who share a role if one is named."""
        district = self.district

        def render(index: int) -> Record:
            return show_user(district, district.id, district.person(index), self.version, self.quirks)

        def keep(index: int) -> bool:
            return not role or district.shares_role(index, role)

        return self._listing(district.in_order(numbers), district.user_id, render, "users", can_count, keep)

    def role_records(self, role: str, numbers: Sequence[int], *, can_count: bool = False) -> Listing:
        """Return a list of v2 records in a role."""

        def keep(index: int) -> bool:
            return self.district.shares_role(index, role)

        return self._listing(
            self.district.in_order(numbers, role),
            lambda index: self._id(index, role),
            lambda index: self._role_record(index, role),
            V2_PATHS[role],
            can_count and self.version != "v2.0",
            keep,
        )

    def _listing(
        self,
        numbers: Sequence[int],
        id_of: Callable[[int], str],
        render: Callable[[int], Record],
        path: str,
        can_count: bool = False,
        keep: Callable[[int], bool] = everything,
    ) -> Listing:
        return Listing(
            numbers,
            id_of,
            render,
            f"/{self.version}/{path}",
            keep,
            can_count=can_count and self.version != "v2.0",
            empty_key="resources" if path == "resources" and Quirk.RESOURCES_KEY in self.quirks else "data",
            shows_uri=Quirk.ITEM_URI in self.quirks,
        )

    def _id(self, index: int, role: str) -> str:
        return self.district.v2_id(index, role)

    def _role_record(self, index: int, role: str) -> Record:
        person = self.district.person(index)
        return show_role_record(self.district, self.district.id, person, role, self.version)

    def _renderer(self, kind: str) -> Callable[[int], Record]:
        renderers: dict[str, Callable[[int], Record]] = {
            "school": self.records.show_school,
            "section": self.records.show_section,
            "course": self.records.show_course,
            "term": self.records.show_term,
            "resource": self.records.show_resource,
        }
        return renderers[kind]
