"""The vendor's side, laid out for look-up: the accounts, and the Clever ids that each of them holds.

An account may hold several ids, one row each, where the application keeps them in a credential table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from playbook.matching.columns import Flags, Ints, Positions, encode_roles, id_column, is_blank, text_column


@dataclass(frozen=True, slots=True)
class Identities:
    """The rows of the accounts table as arrays, sorted by account.

    Attributes:
        rows: The accounts table in that order.
        account_ids: One an account.
        starts: For each account, its first row.
        account: For each row, its account's position.
        clever_ids: For each row, the stored id in lower case; blank where the account never had one.
        v3_ids: For each row, what the column beside holds.
        role: For each row, the account's own role; -1 where unknown.
        is_foreign: For each row, whether the account says that it belongs to another district.
    """

    rows: pd.DataFrame
    account_ids: pa.Array
    starts: Positions
    account: Ints
    clever_ids: pa.Array
    v3_ids: pa.Array
    role: Ints
    is_foreign: Flags

    @property
    def has_one_each(self) -> bool:
        """Whether no account holds more than one id."""
        return len(self.starts) == len(self.account)

    def pick_one(self, values: pa.Array, rows: Positions) -> pa.Array:
        """Return for each account the text at its chosen row."""
        return values if self.has_one_each else values.take(pa.array(rows))

    def any_of(self, flags: Flags) -> Flags:
        """Return for each account whether any of its rows is flagged."""
        return flags if self.has_one_each else np.logical_or.reduceat(flags, self.starts)

    def least_of(self, values: Positions) -> Positions:
        """Return for each account the least value among its rows."""
        return values if self.has_one_each else np.minimum.reduceat(values, self.starts)


def lay_out_identities(accounts: pd.DataFrame, district_id: str) -> Identities:
    """Return the accounts of a vendor's database, laid out for look-up."""
    account_ids = text_column(accounts, "account_id")
    if not _is_sorted(account_ids):
        accounts = accounts.sort_values(["account_id", "clever_id"], kind="stable", ignore_index=True)
        account_ids = text_column(accounts, "account_id")
    is_first = np.append(np.array([True]), np.asarray(pc.not_equal(account_ids[1:], account_ids[:-1])))[: len(accounts)]
    districts = text_column(accounts, "district_id")
    return Identities(
        rows=accounts,
        account_ids=account_ids.filter(pa.array(is_first)),
        starts=np.flatnonzero(is_first),
        account=np.cumsum(is_first, dtype=np.int32) - np.int32(1),
        clever_ids=id_column(accounts, "clever_id"),
        v3_ids=id_column(accounts, "v3_id"),
        role=encode_roles(text_column(accounts, "role")),
        is_foreign=~is_blank(districts) & np.asarray(pc.not_equal(districts, district_id)),
    )


def _is_sorted(values: pa.Array) -> bool:
    return len(values) < 2 or bool(pc.all(pc.less_equal(values[:-1], values[1:])).as_py())
