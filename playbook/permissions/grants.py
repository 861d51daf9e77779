"""What each login may do before and after: pairs of action and place, never actions times places.

Modes, for somebody with several roles behind one account:

* per_role: nobody is elevated. A session runs under one role; each login keeps what its own role had under v2.
* union: every login has the pairs of all the user's roles.
* highest, lowest: every login has the pairs of one role alone, the widest or the narrowest that the policy knows.

A suspended account suspends the whole merged person; a login that could not sign in before had nothing.

Source: https://dev.clever.com/docs/migrating-to-api-30, "In-application permissions"
"""

from __future__ import annotations

import pandas as pd

from playbook.permissions.credentials import STANDING
from playbook.tables import TEXT

RANK = ("district_admin", "staff", "teacher", "contact", "student")
"""Roles from the widest to the narrowest."""

PAIR = ["action", "scope_kind", "scope_id"]
COLUMNS = ["principal", "credential", *PAIR, "because"]


def find_user_grants(policy: pd.DataFrame, roles: pd.DataFrame, scopes: pd.DataFrame) -> pd.DataFrame:
    """Return what each role gives each user: columns user_id, role, staff_role, action, scope_kind, scope_id, because.

    Args:
        policy: By the contract POLICY.
        roles: One row a (user, role), by the contract ROLES; designations of staff are read from `staff_roles`.
        scopes: As `playbook.permissions.scopes.find_scopes` returns them.
    """
    designated = roles[["user_id", "role"]].assign(staff_role=roles["staff_roles"].str.split("|")).explode("staff_role")
    plain = roles[["user_id", "role"]].assign(staff_role="")
    held = pd.concat([plain, designated], ignore_index=True).astype(TEXT).fillna("").drop_duplicates()
    granted = held.merge(policy, on=["role", "staff_role"])
    return granted.merge(scopes, on=["user_id", "role", "scope_kind"])


def grant_before(credentials: pd.DataFrame, user_grants: pd.DataFrame) -> pd.DataFrame:
    """Return what each login may do today; under v2 nobody's designation was known, so designations give nothing."""
    plain = user_grants[user_grants["staff_role"] == ""]
    logins = credentials[credentials["is_active"]].assign(principal=lambda rows: rows["credential"])
    return _pairs(logins.merge(plain, left_on=["user_id", "role_before"], right_on=["user_id", "role"]))


def grant_after(credentials: pd.DataFrame, user_grants: pd.DataFrame, mode: str) -> pd.DataFrame:
    """Return what each login may do once the plan is applied.

    Args:
        credentials: As `playbook.permissions.credentials.find_credentials` returns them.
        user_grants: As `find_user_grants` returns them.
        mode: per_role, union, highest or lowest.

    Returns:
        Columns principal, credential, action, scope_kind, scope_id, because. Accounts that wait for a decision keep
        what they have; retired ones have nothing.
    """
    waiting = grant_before(credentials[~credentials["outcome"].isin([*STANDING, "folded", "retired"])], user_grants)
    acting = credentials[credentials["outcome"].isin([*STANDING, "folded"]) & ~credentials["is_blocked"]]
    alone = acting[acting["is_alone"]] if mode != "per_role" else acting.iloc[:0]
    apart = acting[~acting["is_alone"]] if mode != "per_role" else acting[acting["is_active"]]
    own_grants = user_grants[user_grants["staff_role"] == ""] if mode == "per_role" else user_grants
    own = apart.merge(own_grants, left_on=["user_id", "role_after"], right_on=["user_id", "role"])
    shared = alone.merge(_combine(user_grants, mode), on="user_id")
    return pd.concat([waiting, _pairs(own), _pairs(shared)], ignore_index=True).drop_duplicates(ignore_index=True)


def _combine(user_grants: pd.DataFrame, mode: str) -> pd.DataFrame:
    """Return what a user's roles give together: all of them, or those of one role alone."""
    if mode not in ("highest", "lowest"):
        return user_grants
    rank = user_grants["role"].map({role: place for place, role in enumerate(RANK)}).astype(int)
    per_user = rank.groupby(user_grants["user_id"])
    return user_grants[rank == per_user.transform("min" if mode == "highest" else "max")]


def _pairs(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[COLUMNS].astype(TEXT).drop_duplicates(ignore_index=True)
