"""Roles that logins have today and that Clever no longer shows: what they gave is lost, and must be seen to be.

Before and after are computed from one snapshot, which knows nothing of a role that ended before it was taken. So the
role is asked of the application's own record, and where that is silent of what is known from elsewhere: an earlier
snapshot, v2's own lists, Clever's migration CSVs. An id that nobody but the application ever knew proves no role, and
where the record alone contradicts Clever about an account that waits for a person, the person decides first.
"""

from __future__ import annotations

import pandas as pd

from playbook.permissions.credentials import INACTIVE, STANDING, list_identities
from playbook.permissions.grants import COLUMNS, find_user_grants
from playbook.permissions.scopes import find_scopes
from playbook.permissions.table import VANISHED
from playbook.tables import TEXT

_NOT_SHARED = "role_not_shared"


def find_vanished(
    accounts: pd.DataFrame,
    roles: pd.DataFrame,
    destinations: pd.DataFrame,
    credentials: pd.DataFrame,
    former: pd.DataFrame,
) -> pd.DataFrame:
    """Return the roles of active logins that are no longer among the roles of their users.

    Args:
        accounts: One row an (account, Clever identity), by the contract ACCOUNTS.
        roles: One row a (user, role), by the contract ROLES, of every role.
        destinations: What the plan does to each account, by the contract DESTINATIONS.
        credentials: As `playbook.permissions.credentials.find_credentials` returns them.
        former: By the contract FORMER_ROLES.

    Returns:
        A `VANISHED` table; why is `role_not_shared` where the user is there or matching says so, else `departed`.
    """
    claims = _claim_roles(accounts, former)
    known = claims[["credential", "user_former"]].set_axis(["credential", "user_id"], axis=1)
    users = pd.concat([credentials[["credential", "user_id"]], known], ignore_index=True).drop_duplicates()
    shown = users.merge(roles[["user_id", "role"]], on="user_id")[["credential", "role"]].drop_duplicates()
    claims = claims.merge(shown.assign(is_shown=True), on=["credential", "role"], how="left")
    hidden = destinations.loc[destinations["reason"] == _NOT_SHARED, "account_id"]
    settled = credentials.loc[credentials["outcome"].isin([*STANDING, "folded"]), "credential"]
    is_there = claims["credential"].isin(shown["credential"])
    is_hidden = claims["credential"].isin(hidden) | (is_there & claims["credential"].isin(settled))
    is_lost = claims["is_shown"].isna() & (is_hidden | (claims["role"] == claims["role_former"]))
    lost = claims.assign(reason=(is_hidden | is_there).map({True: _NOT_SHARED, False: "departed"}))[is_lost]
    newest = lost.sort_values(["last_seen", "schools"], ascending=False)
    return VANISHED.make(newest.drop_duplicates(["credential", "role"]))


def grant_vanished(
    vanished: pd.DataFrame, policy: pd.DataFrame, sections: pd.DataFrame, schools: pd.DataFrame, district_id: str
) -> pd.DataFrame:
    """Return what the vanished roles gave: the columns of `grant_before`, and the reason why that is lost.

    A grant whose places nobody knows any more is one row without a place.
    """
    gone = vanished.assign(user_id=vanished["credential"], staff_roles="").astype(TEXT)
    granted = find_user_grants(policy, gone, find_scopes(gone, sections, schools, district_id))
    asked = gone.merge(policy[policy["staff_role"] == ""].drop(columns="staff_role"), on="role")
    given = ["user_id", "because", "action", "scope_kind"]
    grants = asked.merge(granted[[*given, "scope_id"]], on=given, how="left").fillna({"scope_id": ""})
    return grants.assign(principal=grants["credential"])[[*COLUMNS, "reason"]].astype(TEXT)


def _claim_roles(accounts: pd.DataFrame, former: pd.DataFrame) -> pd.DataFrame:
    """Return the role that each id of each active account stands for, as far as anybody says."""
    stored = list_identities(accounts).rename(columns={"account_id": "credential"})
    stored = stored[(stored["clever_id"] != "") & ~stored["status"].isin(INACTIVE)]
    known = former.rename(columns={"role": "role_former", "user_id": "user_former"})
    claims = stored.merge(known, on="clever_id", how="left").astype(TEXT).fillna("")
    is_open = (claims["role"] == "") & (claims["role_word"] == "")  # the application leaves the role to Clever
    role = claims["role"].where(~is_open, claims["role_former"])
    is_of_role = role == claims["role_former"]
    places = claims[["school", "schools"]].where(is_of_role, "")
    return claims.assign(role=role, school=places["school"], schools=places["schools"])[role != ""]
