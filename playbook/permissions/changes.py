"""What changes for whom: the gains, losses and kept grants of every login, with one witness a kind.

Losses are told as loudly as gains: a teacher who is locked out is the common failure, an elevated one the bad one.
"""

from __future__ import annotations

import pandas as pd

from playbook.permissions.grants import PAIR
from playbook.permissions.table import CHANGES
from playbook.tables import SEPARATOR, Contract

KIND = ["change", "action", "scope_kind"]

WITNESSES = Contract(
    "witnesses",
    {
        "change": "text",
        "action": "text",
        "scope_kind": "text",
        "rows": "int",  # how many gains or losses of this kind there are
        "logins": "int",
        "principal": "text",  # the first of them in the order of the changes
        "credential": "text",
        "scope_id": "text",
        "because": "text",
    },
    key=("change", "action", "scope_kind"),
    codes={"change": frozenset({"gain", "loss"})},
)


def compare_grants(before: pd.DataFrame, after: pd.DataFrame, credentials: pd.DataFrame) -> pd.DataFrame:
    """Return each login's grants as gained, lost or kept.

    Args:
        before: Columns principal, credential, action, scope_kind, scope_id, because; and reason, why a loss is one
            whatever the plan does.
        after: The same without the reason, once the plan is applied.
        credentials: Says which account each login reaches afterwards, and whose it is.

    Returns:
        A `CHANGES` table. A pair that another role gives from now on is kept, and names that role.
    """
    sides = before.assign(was=True).merge(
        after.assign(will=True), on=["credential", *PAIR], how="outer", suffixes=("_before", "_after")
    )
    logins = credentials.sort_values("user_id", ascending=False).drop_duplicates("credential").set_index("credential")
    was, will = sides["was"].notna(), sides["will"].notna()
    rows = sides[["credential", *PAIR]].assign(
        principal=sides["credential"].map(logins["principal"]),
        user_id=sides["credential"].map(logins["user_id"]),
        reason=sides["reason"].where(~will, ""),
        because=sides["because_after"].where(will, sides["because_before"]),
        change=(was & will).map({True: "kept", False: "gain"}).where(will, "loss"),
    )
    return CHANGES.make(_gather_reasons(rows))


def _gather_reasons(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a change: where several roles give the same pair, all of them stand in its reason."""
    key = ["principal", "credential", *PAIR, "change"]
    rows = rows.drop_duplicates([*key, "because"]).sort_values([*key, "because"])
    if not rows.duplicated(key).any():
        return rows
    kept = {name: (name, "max") for name in ("user_id", "reason")}
    return rows.groupby(key, sort=False).agg(because=("because", SEPARATOR.join), **kept).reset_index()


def find_witnesses(changes: pd.DataFrame) -> pd.DataFrame:
    """Return one example of each kind of gain and loss, with how many there are.

    Args:
        changes: By the contract CHANGES.

    Returns:
        A `WITNESSES` table, one row a (change, action, kind of place).
    """
    altered = changes[changes["change"] != "kept"]
    if altered.empty:
        return WITNESSES.empty()
    kinds = altered.groupby(KIND, sort=False)
    counts = kinds.agg(rows=("credential", "size"), logins=("credential", "nunique")).reset_index()
    return WITNESSES.make(counts.merge(altered.drop_duplicates(KIND), on=KIND))


def count_changes(changes: pd.DataFrame) -> dict[str, int]:
    """Return how many grants are gained, lost and kept, and how many logins gain or lose any."""
    by_change = {change: changes[changes["change"] == change] for change in ("gain", "loss", "kept")}
    return {
        "gains": len(by_change["gain"]),
        "losses": len(by_change["loss"]),
        "kept": len(by_change["kept"]),
        "logins_gaining": int(by_change["gain"]["credential"].nunique()),
        "logins_losing": int(by_change["loss"]["credential"].nunique()),
    }
