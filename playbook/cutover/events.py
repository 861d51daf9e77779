"""Replay the v3 events feed over a snapshot: in feed order, keyed by old ids, and say what a v2 consumer would miss.

Source: https://dev.clever.com/docs/events-api
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import pandas as pd

from playbook.cutover.feed import PEOPLE_V2, Event, read_event
from playbook.cutover.population import Change, Population, read_population
from playbook.tables import Contract

EFFECTS: Mapping[str, str] = {
    "created": "a user whom nobody knew",
    "upserted": "a known user was created again; nothing new is made",
    "rekeyed": "the old id moved to this user id; its account moves along",
    "role_added": "a known user has a further role",
    "role_removed": "a known user has a role less, and keeps the others",
    "updated": "a known user, with the same roles",
    "deactivated": "the user is gone, and none of its old ids lives elsewhere",
    "reissue_suspected": "a new user has the SIS id of one who is gone: a new person, unless somebody says otherwise",
    "kept": "the user id is gone, but its old id lives under another user: nobody is deactivated",
    "back": "the user was deleted, and created again later in the feed",
    "unknown_user": "a user whom nobody knew is gone",
    "other_record": "no event of a person",
    "repeated": "the event came before",
    "v2_event": "the feed is v2's: its ids and types are not those of v3",
    "unreadable": "the event has no type or no record that Clever's documentation knows",
}
"""What each event does."""

NAIVE: Mapping[str, str] = {
    "": "nothing goes wrong",
    "duplicate_account": "makes a second account for somebody who has one",
    "wrong_deactivation": "shuts out somebody who lives on under another id",
    "role_missed": "misses a role that came or went",
}
"""What a consumer does wrong that only renamed its v2 event types."""

REPLAYED = Contract(
    "replayed events",
    {
        "position": "int",
        "event_id": "text",
        "type": "text",
        "user_id": "text",  # blank where the event is no person's
        "effect": "text",
        "naive": "text",
        "other_user_id": "text",  # the user id that an old id came from or went to
    },
    key=("position",),
    codes={"effect": frozenset(EFFECTS), "naive": frozenset(NAIVE)},
)

BRAKE = 10
"""Clever holds back a sync that would delete more than one record in so many of any type; so do we."""


RETENTION = timedelta(days=30)
"""How long Clever keeps an event; generation also stops while a district's events are switched off."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What the feed did.

    Attributes:
        events: By the contract `REPLAYED`, one row an event, in feed order.
        roles: Each living (user_id, role) with its legacy_id after the feed.
        cursor: The last event's id, to go on from; blank where the feed was empty.
        missed_by_type: How many events a consumer misses that still looks for v2 types.
        braked_roles: Roles of which more than a tenth would be deactivated: a no-go, not a deletion.
        verdict: "go"; "no" where the feed cannot be trusted or the brake holds.
    """

    events: pd.DataFrame
    roles: pd.DataFrame
    cursor: str
    missed_by_type: int
    braked_roles: tuple[str, ...]
    verdict: Literal["go", "no"]

    @property
    def counts(self) -> dict[str, int]:
        """How many events had each effect."""
        return {str(effect): int(count) for effect, count in self.events["effect"].value_counts().sort_index().items()}


def replay_events(events: Iterable[Mapping[str, Any]], roles: pd.DataFrame) -> Replay:
    """Return what the feed does to the people of a snapshot.

    Args:
        events: The items of `/v3.1/events`, in feed order, since the snapshot.
        roles: One row a (user, role), by the contract ROLES: who lived when the feed began.

    Returns:
        The replay. Applying the same feed twice ends in the same state.
    """
    population = read_population(roles)
    read = [read_event(document) for document in events]
    rows = [_row(event, place, population, is_repeated) for place, event, is_repeated in _numbered(read)]
    homes = population.homes()
    table = REPLAYED.make([_settle(row, population, homes) for row in rows]) if rows else REPLAYED.empty()
    braked = _brake(table, population, roles["role"].value_counts())
    is_foreign = bool(table["effect"].isin(["v2_event", "unreadable"]).any())
    return Replay(
        events=table,
        roles=population.living(),
        cursor=next((event.event_id for event in reversed(read) if event.event_id), ""),
        missed_by_type=sum(event.kind == "users" for event in read),
        braked_roles=braked,
        verdict="no" if braked or is_foreign else "go",
    )


def has_gap(snapshot_at: datetime, read_at: datetime) -> bool:
    """Say whether events since a snapshot may be gone already, so that a full sync must come first."""
    return read_at - snapshot_at >= RETENTION


def _numbered(events: list[Event]) -> Iterator[tuple[int, Event, bool]]:
    seen: set[str] = set()
    for place, event in enumerate(events):
        yield place, event, bool(event.event_id) and event.event_id in seen
        seen.add(event.event_id)


def _row(event: Event, place: int, population: Population, is_repeated: bool) -> dict[str, Any]:
    """Apply one event and return its row; what a deletion means is settled when the whole feed is read."""
    effect, naive, other = ("repeated", "", "") if is_repeated else _effect(event, population)
    return {
        "position": place,
        "event_id": event.event_id,
        "type": f"{event.kind}.{event.action}",
        "user_id": event.record_id if event.kind == "users" else "",
        "effect": effect,
        "naive": naive,
        "other_user_id": other,
    }


def _effect(event: Event, population: Population) -> Change:
    if not event.is_readable:
        return "unreadable", "", ""
    if event.kind in PEOPLE_V2:
        return "v2_event", "", ""
    return population.apply(event) if event.kind == "users" else ("other_record", "", "")


def _settle(row: dict[str, Any], population: Population, homes: Mapping[str, str]) -> dict[str, Any]:
    """Say of a deletion whether the person lives on, and of a newcomer whether the one with the same number is gone."""
    if row["effect"] == "reissue_suspected" and row["other_user_id"] in population.users:
        return row | {"effect": "created", "naive": "", "other_user_id": ""}
    if row["effect"] not in ("deactivated", "unknown_user"):
        return row
    if row["user_id"] in population.users:
        return row | {"effect": "back", "naive": "wrong_deactivation"}
    home = homes.get(row["user_id"])
    return row | {"effect": "kept", "naive": "wrong_deactivation", "other_user_id": home} if home else row


def _brake(events: pd.DataFrame, population: Population, before: pd.Series) -> tuple[str, ...]:
    """Return the roles of which the feed would deactivate too many."""
    gone = sorted(set(events.loc[events["effect"] == "deactivated", "user_id"]))
    lost = Counter(role for user_id in gone for role in population.gone[user_id])
    return tuple(role for role, count in sorted(lost.items()) if count * BRAKE > int(before.get(role, 0)))
