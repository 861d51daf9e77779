"""The events feed: the same happenings, worded a user at a time by v3 and a role at a time by v2.

Source: https://dev.clever.com/docs/events-api
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from playbook.sandbox.happenings import Happening, list_happenings
from playbook.sandbox.holdings import Holdings, not_found
from playbook.sandbox.listing import Listing, Record
from playbook.sandbox.moments import DAY, LAST_SYNC, moment
from playbook.sandbox.operations import Answer, Operation
from playbook.sandbox.person import Person
from playbook.sandbox.query import Query, Refusal
from playbook.sandbox.quirks import Quirk
from playbook.sandbox.records import Records
from playbook.sandbox.register import EVENTS
from playbook.sandbox.role_records import V2_PATHS, show_role_record, show_single_relationship
from playbook.sandbox.users import show_user


@dataclass(frozen=True)
class Feed:
    """The events of one district under one version."""

    holdings: Holdings

    @cached_property
    def entries(self) -> Sequence[tuple[Happening, str]]:
        """Each happening with the role that v2 tells it of; the role is blank in v3 and for what is no person."""
        return [
            (happening, role)
            for happening in list_happenings(self.holdings.district)
            for role in self._roles(happening)
        ]

    @cached_property
    def _first_batch(self) -> int:
        """How many events the first day has; later ones are numbered on, so that a cursor stays good."""
        return sum(not happening.day for happening, _ in self.entries)

    @property
    def is_v3(self) -> bool:
        """Whether people are users here."""
        return self.holdings.version >= "v3"

    def id_of(self, number: int) -> str:
        """Return the id of an event; v2 and v3 number their feeds apart."""
        kind = "event_v3" if self.is_v3 else "event_v2"
        return self.holdings.district.mints[kind].id(EVENTS - self._first_batch + number)

    def number_of(self, identifier: str) -> int:
        """Return the number of the event with an id.

        Raises:
            Refusal: 404 where the feed has none.
        """
        for number in range(len(self.entries)):
            if self.id_of(number) == identifier:
                return number
        raise not_found()

    def show(self, number: int) -> Record:
        """Return one event."""
        happening, role = self.entries[number]
        event: Record = {
            "id": self.id_of(number),
            "type": f"{self.type_of(number)}.{happening.action}",
            "created": moment(LAST_SYNC + happening.day * DAY),
            "data": {"object": self._object(happening, role)},
        }
        if happening.action == "updated":
            place = event["data"] if Quirk.INNER_PREVIOUS in self.holdings.quirks else event
            place["previous_attributes"] = self._previous(happening, role)
        return event

    def type_of(self, number: int) -> str:
        """Return the record type of an event, as its `type` begins."""
        happening, role = self.entries[number]
        return V2_PATHS[role].replace("_", "") if role else happening.kind

    def concerns(self, number: int, school: str) -> bool:
        """Say whether an event is about a record of a school; the filter does not apply to contacts and districts."""
        happening, role = self.entries[number]
        shown = self._object(happening, role)
        roles = shown.get("roles", {"": shown}).values()
        schools = {id_ for part in roles for id_ in (*part.get("schools", ()), part.get("school", ""))}
        is_free = happening.kind == "districts" or not schools - {""}
        return is_free or school in schools or shown["id"] == school

    def _roles(self, happening: Happening) -> Sequence[str]:
        if happening.kind != "users" or self.is_v3:
            return [""]
        changed = happening.previous.get("roles", {})
        roles = happening.district.person(happening.number).shared_roles
        words = [role.role for role in roles if role.former_v2_id or not happening.is_former]
        return [word for word in words if not changed or word in changed]

    def _object(self, happening: Happening, role: str) -> Record:
        holdings, records = self.holdings, Records(happening.district, self.holdings.version)
        if happening.kind == "districts":
            return records.show_district()
        if happening.kind != "users":
            show = {"schools": records.show_school, "sections": records.show_section}
            return show[happening.kind](happening.number)
        person = happening.district.person(happening.number)
        if happening.is_former:
            person = _as_before(holdings, person)
        if role:
            return show_role_record(happening.district, happening.district.id, person, role, holdings.version)
        return _as_in_events(
            person, show_user(happening.district, happening.district.id, person, holdings.version, holdings.quirks)
        )

    def _previous(self, happening: Happening, role: str) -> Mapping[str, object]:
        changed = happening.previous
        return changed["roles"][role] if role and "roles" in changed else changed


def _as_before(holdings: Holdings, person: Person) -> Person:
    """Return the user that Clever gave up: of one role only, under the ids that she had before."""
    number = person.index - holdings.district.students
    former = person.former_user_id or holdings.district.mints["former_user"].id(number)
    role = person.roles[-1]
    before = replace(role, v2_id=role.former_v2_id, legacy_id=role.former_v2_id) if role.former_v2_id else role
    return replace(person, user_id=former, roles=(before,))


def _as_in_events(person: Person, user: Record) -> Record:
    """Return a user as events show her: a student without the inner e-mail, a contact with the fields of v2 as well."""
    roles: Record = user["roles"]
    if person.kind == "student":
        return {**user, "roles": {"student": {key: item for key, item in roles["student"].items() if key != "email"}}}
    if person.kind == "contact":
        return {**user, "roles": {"contact": {**roles["contact"], **show_single_relationship(person)}}}
    return user


def _list_events(holdings: Holdings, identifier: str, query: Query) -> Answer:
    feed = Feed(holdings)
    types = () if Quirk.UNFILTERED_EVENTS in holdings.quirks else query.all("record_type")
    school = query.get("school")
    if query.after and query.after not in {feed.id_of(number) for number in range(len(feed.entries))}:
        raise Refusal(400, "starting_after must be the id of an event")

    def keep(number: int) -> bool:
        return (not types or feed.type_of(number) in types) and (not school or feed.concerns(number, school))

    path = f"/{holdings.version}/events"
    return Listing(
        range(len(feed.entries)),
        feed.id_of,
        feed.show,
        path,
        keep=keep,
        shows_uri=Quirk.ITEM_URI in holdings.quirks,
        ends_bare=Quirk.BARE_EVENTS_LINK in holdings.quirks,
    )


def _show_event(holdings: Holdings, identifier: str, query: Query) -> Answer:
    feed = Feed(holdings)
    return {"data": feed.show(feed.number_of(identifier)), "links": []}


EVENT_OPERATIONS: Mapping[str, Operation] = {"/events": _list_events, "/events/{id}": _show_event}
