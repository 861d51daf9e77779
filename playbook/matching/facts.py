"""What the ids say: each stored id looked up once among users, old ids and official CSVs, for the rules to read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playbook.matching.columns import Flags, Ints
from playbook.matching.identities import Identities
from playbook.matching.ids import encode_ids, find_codes
from playbook.matching.official import OfficialCsv
from playbook.matching.roster import Roster


@dataclass(frozen=True, slots=True)
class Facts:
    """Both sides and where each identity's ids lead; arrays have one entry an identity where nothing else is said.

    Attributes:
        stored_user: The user whose v3 id is the stored id.
        legacy_role: The role, as a row of the roster, whose old id is the stored id.
        legacy_user: The user of that role.
        beside_user: The user whose v3 id stands in the column beside.
        csv_row: The row of the official CSVs that speaks of the stored id.
        csv_user: The user whom that row names, where the snapshot holds it.
        is_contested: For each row of the roster's roles, whether another user's role names the same old id.
    """

    identities: Identities
    roster: Roster
    csv: OfficialCsv
    stored_user: Ints
    legacy_role: Ints
    legacy_user: Ints
    beside_user: Ints
    csv_row: Ints
    csv_user: Ints
    is_contested: Flags

    @property
    def api_user(self) -> Ints:
        """The user to whom Clever's API leads from the stored id, new or old."""
        return np.where(self.stored_user >= 0, self.stored_user, self.legacy_user)

    @property
    def csv_contradicts_itself(self) -> Flags:
        """Whether the official CSVs name several users for the stored id."""
        return np.append(self.csv.contradicts_itself, False)[self.csv_row]


def look_up(identities: Identities, roster: Roster, csv: OfficialCsv) -> Facts:
    """Return where the ids of each identity lead."""
    users, roles, rows, stored, beside = encode_ids(
        roster.user_ids, roster.legacy_ids, csv.legacy_ids, identities.clever_ids, identities.v3_ids
    )
    legacy_role, csv_row = find_codes(stored, roles), find_codes(stored, rows)
    return Facts(
        identities,
        roster,
        csv,
        stored_user=find_codes(stored, users),
        legacy_role=legacy_role,
        legacy_user=take(roster.role_user, legacy_role),
        beside_user=find_codes(beside, users),
        csv_row=csv_row,
        csv_user=take(csv.user, csv_row),
        is_contested=_find_contested(roles, roster.role_user),
    )


def take(values: Ints, positions: Ints) -> Ints:
    """Return the values at positions; -1 at -1."""
    if not len(values):
        return np.full(len(positions), -1, dtype=np.int32)
    return np.append(values, np.int32(-1)).take(positions)


def _find_contested(roles: Ints, role_user: Ints) -> Flags:
    """Return which roles' old id is named by a role of another user as well."""
    first_user = take(role_user, find_codes(roles, roles))
    contested = np.unique(roles[(roles >= 0) & (role_user != first_user)])
    return np.isin(roles, contested)
