"""What the ids say: each stored id looked up once among users, old ids and official CSVs, for the rules to read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from playbook.matching.columns import Flags, Ints, find_positions
from playbook.matching.identities import Identities
from playbook.matching.official import OfficialCsv
from playbook.matching.roster import Roster


@dataclass(frozen=True, slots=True)
class Facts:
    """Both sides and where each identity's ids lead; all arrays have one entry an identity.

    Attributes:
        stored_user: The user whose v3 id is the stored id.
        legacy_role: The role, as a row of the roster, whose old id is the stored id.
        beside_user: The user whose v3 id stands in the column beside.
        csv_row: The row of the official CSVs that speaks of the stored id.
    """

    identities: Identities
    roster: Roster
    csv: OfficialCsv
    stored_user: Ints
    legacy_role: Ints
    beside_user: Ints
    csv_row: Ints

    @property
    def legacy_user(self) -> Ints:
        """The user whose role had the stored id."""
        return take(self.roster.role_user, self.legacy_role)

    @property
    def csv_user(self) -> Ints:
        """The user that the official CSVs name, where the snapshot holds it."""
        return take(self.csv.user, self.csv_row)

    @property
    def csv_contradicts_itself(self) -> Flags:
        """Whether the official CSVs name several users for the stored id."""
        return np.append(self.csv.contradicts_itself, False)[self.csv_row]


def look_up(identities: Identities, roster: Roster, csv: OfficialCsv) -> Facts:
    """Return where the ids of each identity lead."""
    stored = identities.clever_ids
    values = (stored, stored, identities.v3_ids, stored)
    among = (roster.user_ids, roster.legacy_ids, roster.user_ids, csv.legacy_ids)
    # The searches are most of the work, need nothing of each other and run outside Python's lock.
    with ThreadPoolExecutor(max_workers=2) as searches:
        found = searches.map(find_positions, values, among)
    return Facts(identities, roster, csv, *found)


def take(values: Ints, positions: Ints) -> Ints:
    """Return the values at positions; -1 at -1."""
    if not len(values):
        return np.full(len(positions), -1, dtype=np.int32)
    return np.where(positions >= 0, values[positions], np.int32(-1))
