"""What earlier plans have settled, so that a new plan has only the rest to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd


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
        is_folded = folded & (rows["account_id"].map(self.survivors).fillna("") == rows["survivor_id"])
        linked = rows["account_id"].map({**v3_ids, **self.links}).fillna("")
        is_linked = (rows["kind"] == "link") & (linked == rows["user_id"]) & (store == "beside")
        return rows[~(is_folded | is_linked)]
