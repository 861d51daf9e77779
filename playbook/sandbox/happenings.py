"""What happened in a district lately, before any version words it: the changes behind the events feed.

A night's batch, in Clever's order: creates, updates, deletes. Among them is what a migration must not misread: an id
issued anew, a role added to a living user, two users that became one, an unchanged id created again.
Source: https://dev.clever.com/docs/events-api
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from playbook.sandbox.district import SandboxDistrict
from playbook.sandbox.hard_cases import HardCase
from playbook.sandbox.later import GIVEN_UP, RENEWED, LaterDistrict, Turn, district_on
from playbook.sandbox.person import Person

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
        day: The day whose batch the change belongs to.
        district: The district in the state that the event shows.
    """

    kind: str
    action: str
    number: int
    previous: Mapping[str, Any] = field(default_factory=dict)
    is_former: bool = False
    day: int = 0
    district: SandboxDistrict = field(kw_only=True)


def list_happenings(district: SandboxDistrict) -> list[Happening]:
    """Return the changes of every day until now, in the order of the feed."""
    if isinstance(district, LaterDistrict):
        before = list_happenings(district_on(district.before, district.day - 1))
        return [*before, *_of_day(district)]
    return [*_created(district), *_updated(district), *_deleted(district)]


def _of_day(district: LaterDistrict) -> Iterator[Happening]:
    """Yield the batch of a later day; a new id is a create and a delete, because Clever knows no renaming."""
    day, before = district.day, district_on(district.before, district.day - 1)
    turns = {index: turn for index, (of_day, turn) in district.turns.items() if of_day == day}
    for index in sorted(index for index, turn in turns.items() if turn in RENEWED):
        yield Happening("users", "created", index, district=district, day=day)
    for index in sorted(index for index, turn in turns.items() if turn not in GIVEN_UP):
        previous = _old_values(before.person(index), turns[index])
        yield Happening("users", "updated", index, previous, district=district, day=day)
    for index in sorted(index for index, turn in turns.items() if turn in GIVEN_UP):
        yield Happening("users", "deleted", index, district=before, day=day)


def _old_values(person: Person, turn: Turn) -> Mapping[str, Any]:
    if turn is Turn.MAIL_CHANGED:
        return {"email": person.email}
    staff = person.role("staff")
    return {"roles": {"staff": {"legacy_id": staff.legacy_id} if staff else {}}}


def _planted(district: SandboxDistrict, case: HardCase) -> list[int]:
    return list(district.planted(case)[:EACH])


def _created(district: SandboxDistrict) -> Iterator[Happening]:
    returned = next(iter(district.members("teacher")))
    for index in sorted({returned, *_planted(district, HardCase.REISSUED_ID)}):
        yield Happening("users", "created", index, district=district)


def _updated(district: SandboxDistrict) -> Iterator[Happening]:
    yield Happening("districts", "updated", 0, {"name": f"{district.name} (old)"}, district=district)
    yield Happening("schools", "updated", 0, {"phone": ""}, district=district)
    for index in range(EACH):
        yield Happening("users", "updated", index, {"roles": {"student": {"grade": "Other"}}}, district=district)
    for index in _planted(district, HardCase.TEACHER_STAFF):
        yield Happening("users", "updated", index, {"roles": {"staff": {}}}, district=district)
    for index in _planted(district, HardCase.CONTACT_TWO_RELATIONSHIPS):
        yield Happening("users", "updated", index, {"roles": {"contact": {"phone": ""}}}, district=district)
    first = district.schooling.students_of_section(0)[0]
    yield Happening("sections", "updated", 0, {"students": [district.user_id(first)]}, district=district)


def _deleted(district: SandboxDistrict) -> Iterator[Happening]:
    for index in (*_planted(district, HardCase.TEACHER_STAFF_ADMIN), *_planted(district, HardCase.REISSUED_ID)):
        yield Happening("users", "deleted", index, is_former=True, district=district)
