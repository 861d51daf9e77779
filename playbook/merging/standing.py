"""What earlier plans have settled, so that a new plan has only the rest to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from playbook.tables import TEXT


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the database because an earlier plan was applied.

    Attributes:
        survivors: Folded account to the account that answers for it.
        links: Account to its v3 id, where the playbook's own table keeps it.
    """

    survivors: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)

    def leave_out_done(self, rows: pd.DataFrame, v3_ids: Mapping[str, str], *, store: str) -> pd.DataFrame:
        """Return the operations whose effect is not there yet.

        Args:
            rows: One row an operation.
            v3_ids: Account to the v3 id that stands beside its old one.
            store: How ids are stored.
        """
        folded = rows["kind"].isin(["alias", "move"])
        is_folded = folded & (look_up(rows["account_id"], self.survivors) == rows["survivor_id"])
        linked = look_up(rows["account_id"], {**v3_ids, **self.links})
        is_linked = (rows["kind"] == "link") & (linked == rows["user_id"]) & (store == "beside")
        return rows[~(is_folded | is_linked)]


def look_up(accounts: pd.Series, kept: Mapping[str, str]) -> pd.Series:
    """Return what is kept for each account; blank where nothing is."""
    return pd.Series([kept.get(account, "") for account in accounts], index=accounts.index, dtype=TEXT)
