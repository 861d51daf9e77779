"""Who lives in a district while its events are applied: by user id, and by the old ids that say who is who.

Rules that a naive consumer breaks:

* `users.created` may carry a known id: it is an upsert.
* A new user id may come with an old id that stands elsewhere: the person moved to it, and the account moves along.
* `users.deleted` deactivates nobody whose old id lives elsewhere, even if only a later event says so.
* A role comes or goes by `users.updated`; whoever loses all roles is deleted.

Source: https://dev.clever.com/docs/events-api; Clever documents no event for merged or split users, so the re-keying
follows from what its ids mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from playbook.cutover.feed import Event
from playbook.tables import TEXT

Change = tuple[str, str, str]
"""Effect, what a naive consumer does wrong, and the other user id that it is about."""


@dataclass(slots=True)
class Population:
    """Everybody, while the feed runs.

    Attributes:
        users: For each living user id, each role with its old id; a student's is the user id.
        gone: The same for users that were deleted, as they were last known.
        holders: For each old id, the user id that it stood under last.
        old_ids: For each user id, every old id that it ever had.
        numbers: For each (role, SIS id), the user id that it stood under first.
    """

    users: dict[str, dict[str, str]] = field(default_factory=dict)
    gone: dict[str, dict[str, str]] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    old_ids: dict[str, set[str]] = field(default_factory=dict)
    numbers: dict[tuple[str, str], str] = field(default_factory=dict)

    def put(self, user_id: str, roles: Mapping[str, str], numbers: Mapping[str, str]) -> None:
        """Let a user live with these roles."""
        self.users[user_id] = dict(roles)
        self.holders.update({old_id: user_id for old_id in roles.values() if old_id})
        self._remember(user_id, roles)
        for role, number in numbers.items():
            self.numbers.setdefault((role, number), user_id)

    def apply(self, event: Event) -> Change:
        """Apply one event about a user."""
        return self._delete(event) if event.action == "deleted" else self._upsert(event)

    def homes(self) -> dict[str, str]:
        """Return for each deleted user whose old ids stand under a living one, that one's user id."""
        living = {old_id: user_id for user_id, own in self.users.items() for old_id in own.values() if old_id}
        return {
            user_id: living[old_id] for user_id in self.gone for old_id in sorted(self.old_ids[user_id] & living.keys())
        }

    def living(self) -> pd.DataFrame:
        """Return each living (user_id, role) with its legacy_id, sorted."""
        rows = [(user_id, role, old_id) for user_id, own in self.users.items() for role, old_id in own.items()]
        return pd.DataFrame(sorted(rows), columns=["user_id", "role", "legacy_id"]).astype(TEXT)

    def _delete(self, event: Event) -> Change:
        known = self.users.pop(event.record_id, None)
        self._remember(event.record_id, event.roles)
        self.gone[event.record_id] = known or self.gone.get(event.record_id, {})
        return ("unknown_user" if known is None else "deactivated"), "", ""

    def _remember(self, user_id: str, roles: Mapping[str, str]) -> None:
        self.old_ids.setdefault(user_id, set()).update(old_id for old_id in roles.values() if old_id)

    def _upsert(self, event: Event) -> Change:
        user_id, known = event.record_id, self.users.get(event.record_id)
        other = self._other_holder(user_id, event.roles.values())
        like = self._same_number(user_id, event.sis_ids)
        self.put(user_id, event.roles, event.sis_ids)
        if other:
            return "rekeyed", "duplicate_account" if known is None else "role_missed", other
        if known is None and user_id in self.gone:
            return "upserted", "duplicate_account", ""
        if known is None:
            return ("reissue_suspected", "duplicate_account", like) if like else ("created", "", "")
        if set(event.roles) - set(known):
            return "role_added", "role_missed", ""
        if set(known) - set(event.roles):
            return "role_removed", "role_missed", ""
        return ("upserted", "duplicate_account", "") if event.action == "created" else ("updated", "", "")

    def _other_holder(self, user_id: str, old_ids: Iterable[str]) -> str:
        holders = (self.holders.get(old_id, user_id) for old_id in old_ids if old_id)
        return next((holder for holder in holders if holder != user_id), "")

    def _same_number(self, user_id: str, numbers: Mapping[str, str]) -> str:
        holders = (self.numbers.get((role, number), user_id) for role, number in numbers.items())
        return next((holder for holder in holders if holder != user_id), "")


def read_population(roles: pd.DataFrame) -> Population:
    """Return who lived when a snapshot was taken.

    Args:
        roles: One row a (user, role), by the contract ROLES.
    """
    known: dict[str, dict[str, str]] = {}
    numbers: dict[str, dict[str, str]] = {}
    columns = (roles[column] for column in ("user_id", "role", "legacy_id", "sis_id"))
    for user_id, role, legacy_id, sis_id in zip(*columns, strict=True):
        known.setdefault(user_id, {})[role] = legacy_id or (user_id if role == "student" else "")
        if sis_id:
            numbers.setdefault(user_id, {})[role] = sis_id.strip().lower()
    population = Population()
    for user_id, own in known.items():
        population.put(user_id, own, numbers.get(user_id, {}))
    return population
