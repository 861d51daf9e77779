"""Where every account ends up: the plan's answer for the steps that need no operations."""

from __future__ import annotations

import pandas as pd

from playbook.merging.plan import Plan
from playbook.merging.standing import Standing, look_up
from playbook.merging.table import DESTINATIONS

_OUTCOMES = {"link": "linked", "alias": "folded", "move": "folded", "hold": "held", "retire": "retired"}


def destinations(plan: Plan, matches: pd.DataFrame, standing: Standing | None = None) -> pd.DataFrame:
    """Return what becomes of every account.

    Args:
        plan: A plan that goes forward.
        matches: One row an account, by the contract MATCHES.
        standing: What earlier plans have settled; an account that was folded stays so.

    Returns:
        One row an account by the contract DESTINATIONS, sorted by it; accounts without an operation are there too.
    """
    rows = plan.rows[plan.rows["kind"].isin(list(_OUTCOMES))].drop_duplicates("account_id")
    operations = rows[["account_id", "kind", "user_id", "survivor_id", "reason"]]
    table = matches.merge(operations, on="account_id", how="left", suffixes=("", "_planned"))
    kind = table["kind"].fillna("")
    is_unchanged = (kind == "") & table["state"].isin(["matched", "already_v3"])
    before = look_up(table["account_id"], standing.survivors if standing else {}).where(kind == "", "")
    folded = kind.isin(["alias", "move"]) | (before != "")
    ends_nowhere = kind.isin(["hold", "retire"]) | ((kind == "") & ~is_unchanged)
    survivors = (set(rows["survivor_id"]) | set(before)) - {""}
    outcome = kind.map(_OUTCOMES).fillna("left").where(~is_unchanged, "unchanged").where(before == "", "folded")
    outcome = outcome.where(~table["account_id"].isin(survivors), "survivor")
    return DESTINATIONS.make(
        pd.DataFrame(
            {
                "account_id": table["account_id"],
                "outcome": outcome,
                "user_id": table["user_id"].where(~ends_nowhere, ""),
                "role": table["role"],
                "survivor_id": table["survivor_id"]
                .fillna("")
                .where(before == "", before)
                .where(folded, table["account_id"]),
                "reason": table["reason_planned"].fillna(table["reason"]),
            }
        )
    )
