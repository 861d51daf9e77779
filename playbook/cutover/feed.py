"""Read one event of Clever's feed: which record it is about, what happened, and the roles with their old ids.

`previous_attributes` is not read: it stands in one of two places and names only some of what changed. What changed is
told by comparing with what was known. Never order by `created`: a whole batch carries one second.

Source: https://dev.clever.com/docs/events-api
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from playbook.district import ROLES

Action = Literal["created", "updated", "deleted", ""]

PEOPLE_V2 = frozenset({"students", "teachers", "contacts", "schooladmins", "districtadmins"})
RECORDS = frozenset({"districts", "schools", "sections", "courses", "terms", "resources", "users"})

_ROLE_WORDS = {"schooladmin": "staff", "districtadmin": "district_admin"}


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as far as a migration reads it.

    Attributes:
        event_id: Clever's id of the event.
        kind: The record type, such as `users`; a v2 type where the feed is v2's; blank where it cannot be read.
        action: created, updated, deleted; blank where it cannot be read.
        record_id: The id of the record.
        roles: For a user, each role with its old id; a student's is the user id.
        sis_ids: For a user, each role with its SIS id, where it has one.
    """

    event_id: str
    kind: str
    action: Action
    record_id: str
    roles: Mapping[str, str]
    sis_ids: Mapping[str, str]

    @property
    def is_readable(self) -> bool:
        """True where type and record are known, so that the event can be applied."""
        return self.kind in RECORDS | PEOPLE_V2 and bool(self.action) and bool(self.record_id)


def read_event(document: Mapping[str, Any]) -> Event:
    """Return an event; one that cannot be understood comes back with blanks, never as an error.

    Args:
        document: One item of `/events`, with or without its outer `data` wrapper.
    """
    body = document if "type" in document else _mapping(document.get("data"))
    kind, _, action = _text(body.get("type")).partition(".")
    shown = _mapping(_mapping(body.get("data")).get("object"))
    record_id = _text(shown.get("id"))
    roles = _roles(shown.get("roles")) if kind == "users" else {}
    return Event(
        event_id=_text(body.get("id")),
        kind=kind,
        action=action if action in ("created", "updated", "deleted") else "",  # type: ignore[arg-type]
        record_id=record_id,
        roles={role: _text(part.get("legacy_id")) or (record_id if role == "student" else "") for role, part in roles},
        sis_ids={role: sis_id for role, part in roles if (sis_id := _text(part.get("sis_id") or part.get("staff_id")))},
    )


def _roles(roles: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the roles of a user; should an array ever arrive, each entry names its role in `type`."""
    if isinstance(roles, list):
        named = [(_text(_mapping(part).get("type")), _mapping(part)) for part in roles]
    else:
        named = [(_text(role), _mapping(part)) for role, part in _mapping(roles).items()]
    known = [(_ROLE_WORDS.get(re.sub(r"[^a-z]", "", role), role), part) for role, part in named]
    return sorted(((role, part) for role, part in known if role in ROLES), key=lambda found: found[0])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value.strip().lower() if isinstance(value, str) else ""
