"""Clever's side, laid out for look-up: which users there are, which roles they show, and which old id each role had.

Source: Clever's upgrade guide; a student's id does not change, every other role carries its old id as `legacy_id`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from playbook.district import ROLES
from playbook.errors import Fault, TableError
from playbook.matching.columns import Flags, Ints, encode_roles, id_column, is_blank, text_column
from playbook.matching.ids import find_ids


@dataclass(frozen=True, slots=True)
class Roster:
    """A snapshot's users and roles as arrays.

    Attributes:
        user_ids: One a user, in the order of the users table.
        is_foreign: Whether the user belongs to another district; one entry more as well.
        kinds: Bit k is set where the user shows the k-th of Clever's roles; one entry more than users, for user -1.
        role_user: For each row of the roles table its user's position.
        role_kind: For each row of the roles table its role's code.
        legacy_ids: For each row of the roles table the old id; blank for students.
    """

    user_ids: pa.Array
    is_foreign: Flags
    kinds: npt.NDArray[np.uint8]
    role_user: Ints
    role_kind: Ints
    legacy_ids: pa.Array

    def shows(self, users: Ints, kinds: Ints | int) -> Flags:
        """Return whether each user shows the role beside it, or the one role; false where either is -1."""
        sets = self.kinds.take(users)
        return _SHOWS[kinds].take(sets) if isinstance(kinds, int) else _SHOWS[kinds, sets]

    def only_kind(self, users: Ints) -> Ints:
        """Return the one role that each user shows; -1 where there are several, or no user."""
        return _ONLY_KIND[self.kinds.take(users)]


_SHOWS: Flags = np.array(
    [[bits >> kind & 1 for bits in range(256)] for kind in (*range(len(ROLES)), 8)], dtype=np.bool_
)
"""For each role and each set of roles whether the set holds it; the last row is for role -1."""
_ONLY_KIND: Ints = np.array(
    [bits.bit_length() - 1 if bits.bit_count() == 1 else -1 for bits in range(256)], dtype=np.int32
)


def lay_out_roster(users: pd.DataFrame, roles: pd.DataFrame, district_id: str) -> Roster:
    """Return the users and roles of a snapshot, laid out for look-up.

    Raises:
        TableError: A role belongs to a user whom the users table lacks.
    """
    user_ids = id_column(users, "user_id")
    role_user = _find_users(id_column(roles, "user_id"), user_ids)
    if strangers := int((role_user < 0).sum()):
        raise TableError(
            "the tables of the snapshot do not belong together",
            remedy="Fetch the snapshot again.",
            faults=[Fault("roles", f"{strangers} rows belong to users that the table users lacks")],
        )
    role_kind = encode_roles(text_column(roles, "role"))
    legacy_ids = id_column(roles, "legacy_id")
    # One row more than there are users, so that position -1 reads as "shows nothing" and "belongs to nobody".
    kinds = np.zeros(len(users) + 1, dtype=np.uint8)
    np.bitwise_or.at(kinds, role_user, np.left_shift(1, role_kind).astype(np.uint8))
    districts = text_column(users, "district_id")
    is_foreign = np.append(~is_blank(districts) & np.asarray(pc.not_equal(districts, district_id)), False)
    return Roster(user_ids, is_foreign, kinds, role_user, role_kind, legacy_ids)


def _find_users(values: pa.Array, user_ids: pa.Array) -> Ints:
    """Return each role's user; without a search where both tables hold the same users in the same order, as made."""
    is_first = np.ones(len(values), dtype=np.bool_)
    is_first[1:] = np.asarray(pc.not_equal(values[1:], values[:-1]))
    if values.filter(pa.array(is_first)).equals(user_ids):
        return np.cumsum(is_first, dtype=np.int32) - np.int32(1)
    return find_ids(values, user_ids)
