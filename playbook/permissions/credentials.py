"""Who can sign in, and as what: each old login, the user and role behind it, and the account that it reaches.

A login is an account's own: before the plan it reaches that account, after it the account that answers for it. The
role that the application has on record decides what the login may do today, Clever's role what it may do tomorrow.
A role word of the application that nobody explained gives no rights, today or tomorrow.

Source: https://dev.clever.com/docs/multi-role-users-in-clever
"""

from __future__ import annotations

import pandas as pd

from playbook.tables import TEXT

STANDING = ("linked", "survivor", "unchanged")
"""Outcomes of accounts that answer for themselves."""

INACTIVE = ("suspended", "deleted")
"""Of an account whose login may do nothing."""


def find_credentials(accounts: pd.DataFrame, roles: pd.DataFrame, destinations: pd.DataFrame) -> pd.DataFrame:
    """Return each login with the user and role behind it.

    Args:
        accounts: One row an (account, Clever identity), by the contract ACCOUNTS.
        roles: One row a (user, role), by the contract ROLES.
        destinations: What the plan does to each account, by the contract DESTINATIONS.

    Returns:
        One row a (login, user, role): `credential` (the account id whose login it is), `principal` (the account that it
        reaches afterwards), `user_id`, `role_before`, `role_after`, `outcome`, `is_active` (may sign in today),
        `is_blocked` (the account that answers may not sign in, or one that is folded into it is suspended), `is_alone`
        (no other account answers for the user). The user is blank where the snapshot does not know the login.
    """
    ending = destinations[["account_id", "outcome", "user_id", "role", "survivor_id"]].rename(
        columns={"role": "role_ending", "user_id": "user_ending", "survivor_id": "principal"}
    )
    logins = _identify(accounts, roles).merge(ending, on="account_id", how="left")
    logins[["outcome", "principal"]] = logins[["outcome", "principal"]].fillna("")
    logins["principal"] = logins["principal"].where(logins["principal"] != "", logins["account_id"])
    found = logins["user_ending"].fillna("")
    logins["user_id"] = logins["user_id"].where(logins["user_id"] != "", found)
    role = logins["role_found"].where(logins["role_found"] != "", logins["role_ending"].fillna(""))
    role = role.where((logins["role"] != "") | (logins["role_word"] == ""), "")
    logins["role_after"] = role
    logins["role_before"] = logins["role"].where(logins["role"] != "", role)
    logins["is_active"] = ~logins["status"].isin(INACTIVE)
    suspended = logins.loc[logins["status"] == "suspended", "principal"]
    inactive = logins.loc[~logins["is_active"], "account_id"]
    logins["is_blocked"] = logins["principal"].isin(suspended) | logins["principal"].isin(inactive)
    logins["is_alone"] = _is_alone(logins)
    columns = ["principal", "user_id", "role_before", "role_after", "outcome", "is_active", "is_blocked", "is_alone"]
    kept = logins.rename(columns={"account_id": "credential"})[["credential", *columns]]
    return kept.drop_duplicates(ignore_index=True)


def list_identities(accounts: pd.DataFrame) -> pd.DataFrame:
    """Return one row an (account, id that it holds): account_id, clever_id, role, role_word, status."""
    stored = accounts[["account_id", "clever_id", "v3_id", "role", "role_word", "status"]]
    beside = stored[stored["v3_id"] != ""].assign(clever_id=lambda rows: rows["v3_id"])
    return pd.concat([stored, beside], ignore_index=True).drop(columns="v3_id")


def _identify(accounts: pd.DataFrame, roles: pd.DataFrame) -> pd.DataFrame:
    """Add the user and the role that Clever has for each identity of an account; blank where it has none."""
    logins = list_identities(accounts)
    legacy = roles.loc[roles["legacy_id"] != "", ["legacy_id", "user_id", "role"]]
    legacy = legacy.drop_duplicates("legacy_id", keep=False)
    legacy = legacy.set_axis(["clever_id", "user_id", "role_found"], axis=1)
    logins = logins.merge(legacy, on="clever_id", how="left")
    held = roles[["user_id", "role"]].set_axis(["clever_id", "role"], axis=1).drop_duplicates()
    has_role = logins[["clever_id", "role"]].merge(held.assign(has_role=True), how="left")["has_role"].notna()
    single = held.drop_duplicates("clever_id", keep=False).set_index("clever_id")["role"]
    is_user = logins["clever_id"].isin(held["clever_id"])
    logins["user_id"] = logins["user_id"].fillna("").where(~is_user, logins["clever_id"])
    own = logins["role"].where(has_role.to_numpy(), logins["clever_id"].map(single))
    logins["role_found"] = logins["role_found"].where(~is_user, own).fillna("").astype(TEXT)
    return logins


def _is_alone(logins: pd.DataFrame) -> pd.Series:
    """Say whether one account alone answers for the user; where several do, each stands for its own role."""
    standing = logins[logins["outcome"].isin(STANDING) & (logins["user_id"] != "")]
    answering = standing.groupby("user_id")["principal"].nunique()
    return logins["user_id"].map(answering).fillna(1).astype(int) <= 1
