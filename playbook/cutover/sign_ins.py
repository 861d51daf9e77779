"""Rehearse the day: for every user and role, which account answers a sign-in before the cut-over, and which after it.

Before, the application looks up the id of the role (v2). After, it looks up the user id (v3), with the role where each
role keeps its account, then falls back to the old ids, as `playbook.cutover.reconcile` does for real.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide, "Account for Identity API Changes (SSO)"
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from playbook.cutover.table import SIGN_INS
from playbook.tables import TEXT

REASONS: Mapping[str, str] = {
    "same_id": "a student keeps the id",
    "by_user_id": "found by the v3 user id",
    "by_user_id_and_role": "found by the v3 user id and the role",
    "by_legacy_id": "found by the role's old id",
    "joins_account": "had no account in this role, and reaches the person's account in another",
    "no_account": "nobody has an account for this role; one will be made",
    "starts_fresh": "the old account is retired; a new one will be made",
    "awaits_decision": "the account waits for a decision",
    "awaits_review": "an account that waits for review may be this user's; make none before that is decided",
    "several_accounts": "several accounts hold the same old id",
    "suspended": "the account that answers is suspended",
    "suspended_dominates": "one of the person's merged accounts is suspended",
    "deleted": "the account that answers is deleted",
    "belongs_to_another": "the account that holds the old id is given to another user",
    "nobody_answers": "an account answered before, and none answers any more",
    "another_answers": "an account answered before, and one that does not stand for it answers now",
}
"""Why a sign-in ends as it does."""

WRITTEN = ("linked", "survivor", "folded", "unchanged")
"""Outcomes of accounts that the v3 user id leads to once the plan is applied."""


def rehearse_sign_ins(
    roles: pd.DataFrame,
    accounts: pd.DataFrame,
    destinations: pd.DataFrame,
    *,
    people: str,
    awaited: Collection[str] = (),
) -> pd.DataFrame:
    """Return which account answers each (user, role) before and after.

    Args:
        roles: One row a (user, role), by the contract ROLES.
        accounts: One row an (account, Clever identity), by the contract ACCOUNTS, as they were read before the plan.
        destinations: What the plan does to each account, by the contract DESTINATIONS.
        people: How people with several accounts are treated: consolidate, role_accounts or start_fresh.
        awaited: Users who may be the person of an account that waits for review: no second one may be made for them.

    Returns:
        A `SIGN_INS` table. A verdict "lost" anywhere is a no-go.
    """
    states = _account_states(accounts, destinations)
    sign_ins = roles[["user_id", "role", "legacy_id"]].copy()
    sign_ins["v2_id"] = sign_ins["legacy_id"].where(sign_ins["legacy_id"] != "", sign_ins["user_id"])
    by_id = _by_stored_id(accounts)
    holders = sign_ins["v2_id"].map(by_id["holders"]).fillna(0.0)
    legacy = _look_up(sign_ins["v2_id"], by_id["account_id"])
    v3 = _by_user_id(sign_ins, destinations, people)
    sign_ins["before"] = legacy.where(legacy != "", _look_up(sign_ins["user_id"], by_id["account_id"]))
    owner = _look_up(legacy, states["user_id"])
    is_free = (owner == "") | (owner == sign_ins["user_id"])
    is_kept = _look_up(legacy, states["outcome"]) != "retired"
    fallback = legacy.where(is_free & is_kept, "")
    if people != "role_accounts":
        other = _single_account(sign_ins["user_id"], fallback, holders > 1)
        fallback = fallback.where(legacy != "", other)
    sign_ins["after"] = v3.where(v3 != "", fallback)
    sign_ins["verdict"], sign_ins["reason"] = _judge(sign_ins, v3, holders, states, people)
    waits = (sign_ins["reason"] == "no_account") & sign_ins["user_id"].isin(list(awaited))
    sign_ins["verdict"] = sign_ins["verdict"].where(~waits, "held")
    sign_ins["reason"] = sign_ins["reason"].where(~waits, "awaits_review")
    return SIGN_INS.make(sign_ins)


def _account_states(accounts: pd.DataFrame, destinations: pd.DataFrame) -> pd.DataFrame:
    """Return what becomes of each account, and whether one that is merged with it is suspended, by account id."""
    status = accounts.drop_duplicates("account_id").set_index("account_id")["status"]
    states = (
        destinations.set_index("account_id")[["outcome", "survivor_id", "user_id"]].join(status, how="outer").fillna("")
    )
    suspended = states.loc[states["status"] == "suspended", "survivor_id"]
    is_shared = states["survivor_id"].isin(states.loc[states["outcome"] == "folded", "survivor_id"])
    return states.assign(is_tainted=states["survivor_id"].isin(suspended) & is_shared)


def _by_stored_id(accounts: pd.DataFrame) -> pd.DataFrame:
    """Return for each Clever id, as it is stored today, its first account and how many accounts hold it."""
    own = accounts[["account_id", "clever_id"]]
    beside = accounts[["account_id", "v3_id"]].set_axis(own.columns, axis=1)
    stored = pd.concat([own, beside], ignore_index=True).drop_duplicates()
    stored = stored[stored["clever_id"] != ""].sort_values(["clever_id", "account_id"])
    return stored.groupby("clever_id").agg(account_id=("account_id", "first"), holders=("account_id", "size"))


def _by_user_id(sign_ins: pd.DataFrame, destinations: pd.DataFrame, people: str) -> pd.Series:
    """Return the account that the v3 user id leads to once the plan is applied; blank where it leads nowhere."""
    key = ["user_id", "role"] if people == "role_accounts" else ["user_id"]
    written = destinations[destinations["outcome"].isin(WRITTEN) & (destinations["user_id"] != "")]
    answering = written.sort_values(["survivor_id", "account_id"]).drop_duplicates(key)[[*key, "survivor_id"]]
    found = sign_ins[key].merge(answering, on=key, how="left")["survivor_id"].fillna("")
    return found.set_axis(sign_ins.index)


def _single_account(user_ids: pd.Series, fallback: pd.Series, is_shared: pd.Series) -> pd.Series:
    """Return the one account that any of a user's old ids leads to; blank where they lead to none or to several."""
    found = pd.DataFrame({"user_id": user_ids, "account_id": fallback, "is_shared": is_shared})
    found = found[found["account_id"] != ""].drop_duplicates().drop_duplicates("user_id", keep=False)
    return _look_up(user_ids, found[~found["is_shared"]].set_index("user_id")["account_id"])


def _judge(
    sign_ins: pd.DataFrame, v3: pd.Series, holders: pd.Series, states: pd.DataFrame, people: str
) -> tuple[pd.Series, pd.Series]:
    """Return verdict and reason of each sign-in: the first rule that holds decides."""
    before, after = sign_ins["before"], sign_ins["after"]
    status, outcome = _look_up(after, states["status"]), _look_up(before, states["outcome"])
    owner = _look_up(before, states["user_id"])
    tainted = after.isin(states.index[states["is_tainted"]])
    stands = after == _look_up(before, states["survivor_id"])
    by_role = "by_user_id_and_role" if people == "role_accounts" else "by_user_id"
    rules = [
        ((before == "") & (after == ""), "new", "no_account"),
        ((after == "") & (outcome == "retired"), "new", "starts_fresh"),
        ((after == "") & (owner != "") & (owner != sign_ins["user_id"]), "lost", "belongs_to_another"),
        (after == "", "lost", "nobody_answers"),
        ((before != "") & (before != after) & ~stands, "lost", "another_answers"),
        (status == "suspended", "blocked", "suspended"),
        (status == "deleted", "blocked", "deleted"),
        (tainted, "blocked", "suspended_dominates"),
        ((v3 == "") & (holders > 1), "held", "several_accounts"),
        ((v3 == "") & (outcome == "held"), "held", "awaits_decision"),
        (before == "", "merged", "joins_account"),
        (before != after, "merged", by_role),
        (v3 == "", "same", "by_legacy_id"),
        (sign_ins["role"] == "student", "same", "same_id"),
    ]
    verdict = pd.Series("same", index=sign_ins.index, dtype=TEXT)
    reason = pd.Series(by_role, index=sign_ins.index, dtype=TEXT)
    for holds, code, why in reversed(rules):
        verdict, reason = verdict.where(~holds, code), reason.where(~holds, why)
    return verdict, reason


def _look_up(keys: pd.Series, values: pd.Series) -> pd.Series:
    """Return the value of each key, blank where there is none."""
    return keys.map(values).astype(TEXT).fillna("")
