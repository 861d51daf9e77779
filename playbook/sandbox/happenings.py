"""What happened in a district lately, before any version words it: the changes behind the events feed.

One night's batch, in Clever's order: creates, updates, deletes. Among them is what a migration must not misread: an id
issued anew, a role added to a living user, two users that became one, an unchanged id created again.
Source: https://dev.clever.com/docs/events-api
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.hard_cases import HardCase

EACH = 3
"""How many people of each hard case are in the batch; a batch is small however large the district."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One change.

    Attributes:
        kind: users, sections, schools or districts.
        action: created, updated or deleted.
        number: The record's number.
        previous: The old values of what changed, in v3's shape.
        is_former: For a deleted user, that it is the id which the person had before.
    """

    kind: str
    action: str
    number: int
    previous: Mapping[str, Any] = field(default_factory=dict)
    is_former: bool = False


def list_happenings(district: SandboxDistrict) -> list[Happening]:
    """Return the last batch of changes, in the order of the feed."""
    return [*_created(district), *_updated(district), *_deleted(district)]


def _planted(district: SandboxDistrict, case: HardCase) -> list[int]:
    return list(district.planted(case)[:EACH])


def _created(district: SandboxDistrict) -> Iterator[Happening]:
    returned = next(iter(district.members("teacher")))
    for index in sorted({returned, *_planted(district, HardCase.REISSUED_ID)}):
        yield Happening("users", "created", index)


def _updated(district: SandboxDistrict) -> Iterator[Happening]:
    yield Happening("districts", "updated", 0, {"name": f"{district.name} (old)"})
    yield Happening("schools", "updated", 0, {"phone": ""})
    for index in range(EACH):
        yield Happening("users", "updated", index, {"roles": {"student": {"grade": "Other"}}})
    for index in _planted(district, HardCase.TEACHER_STAFF):
        yield Happening("users", "updated", index, {"roles": {"staff": {}}})
    for index in _planted(district, HardCase.CONTACT_TWO_RELATIONSHIPS):
        yield Happening("users", "updated", index, {"roles": {"contact": {"phone": ""}}})
    first = district.schooling.students_of_section(0)[0]
    yield Happening("sections", "updated", 0, {"students": [district.user_id(first)]})


def _deleted(district: SandboxDistrict) -> Iterator[Happening]:
    for index in (*_planted(district, HardCase.TEACHER_STAFF_ADMIN), *_planted(district, HardCase.REISSUED_ID)):
        yield Happening("users", "deleted", index, is_former=True)
