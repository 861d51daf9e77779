"""The permission preview: what the plan does to everybody's rights, before it is applied.

The verdict comes first: "pass" where no login gains anything, "gains" where a second person must approve.

Source: https://dev.clever.com/docs/migrating-to-api-30, "In-application permissions"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from playbook.district import Permissions
from playbook.permissions.changes import compare_grants, count_changes, find_witnesses
from playbook.permissions.credentials import find_credentials
from playbook.permissions.grants import find_user_grants, grant_after, grant_before
from playbook.permissions.policy import POLICY, read_policy
from playbook.permissions.scopes import find_scopes
from playbook.permissions.table import CHANGES, FORMER_ROLES, GRANTS
from playbook.permissions.vanished import find_vanished, grant_vanished
from playbook.tables import TEXT

Verdict = Literal["pass", "gains"]


@dataclass(frozen=True, slots=True)
class Preview:
    """What the plan does to everybody's rights.

    Attributes:
        before: By the contract GRANTS, one row a grant that an account has today.
        after: By the contract GRANTS, one row a grant that an account has once the plan is applied.
        changes: By the contract CHANGES, one row a login's gained, lost or kept grant.
        witnesses: One example of each kind of gain and loss, with how many there are.
        proposals: In the mode per_role, the gains that the mode union would bring: nobody gets them by themselves.
        unplaced: By the contract POLICY, the grants of a role that reach none of those who have it, because the
            snapshot names no such place for the role; of a section's students, for one, only the number is kept.
        vanished: By the contract VANISHED, the roles of logins that Clever no longer shows.
        counts: gains, losses, kept, logins_gaining, logins_losing, logins, unknown_logins, proposals, unplaced.
        verdict: "pass" where no login gains a pair that it lacked, else "gains".
    """

    before: pd.DataFrame
    after: pd.DataFrame
    changes: pd.DataFrame
    witnesses: pd.DataFrame
    proposals: pd.DataFrame
    unplaced: pd.DataFrame
    vanished: pd.DataFrame
    counts: Mapping[str, int]
    verdict: Verdict


def preview_permissions(
    policy: Permissions,
    roles: pd.DataFrame,
    sections: pd.DataFrame,
    schools: pd.DataFrame,
    accounts: pd.DataFrame,
    destinations: pd.DataFrame,
    *,
    district_id: str = "",
    former: pd.DataFrame | None = None,
) -> Preview:
    """Return who gains, keeps and loses what.

    Args:
        policy: The application's own policy, and how several roles of one person combine.
        roles: One row a (user, role), by the contract ROLES.
        sections: By the contract SECTIONS: who teaches where.
        schools: By the contract SCHOOLS.
        accounts: One row an (account, Clever identity), by the contract ACCOUNTS.
        destinations: What the plan does to each account, by the contract DESTINATIONS.
        district_id: The district that district-wide grants are for; that of the schools where not given.
        former: What is known beside the snapshot about the roles that ids stood for, by the contract FORMER_ROLES.

    Returns:
        The preview; every table sorted as its contract says.

    Raises:
        InputError: The policy has faults.
    """
    granted = read_policy(policy)
    named = roles[roles["role"].isin(granted["role"])]
    district_id = district_id or next(iter(schools["district_id"]), "")
    user_grants = find_user_grants(granted, named, find_scopes(named, sections, schools, district_id))
    unplaced = _find_unplaced(granted, named, user_grants)
    credentials = find_credentials(accounts, roles, destinations)
    vanished = find_vanished(
        accounts, roles, destinations, credentials, FORMER_ROLES.empty() if former is None else former
    )
    lost = grant_vanished(vanished, granted, sections, schools, district_id)
    before = pd.concat([grant_before(credentials, user_grants), lost], ignore_index=True).astype(TEXT).fillna("")
    after = grant_after(credentials, user_grants, policy.mode)
    changes = compare_grants(before, after, credentials)
    proposals = CHANGES.empty()
    if policy.mode == "per_role":
        proposals = _gains(compare_grants(before, grant_after(credentials, user_grants, "union"), credentials))
    unknown = {*credentials.loc[credentials["user_id"] == "", "credential"]} - {*vanished["credential"]}
    counts = count_changes(changes) | {
        "logins": int(credentials["credential"].nunique()),
        "unknown_logins": len(unknown),
        "proposals": len(proposals),
        "unplaced": len(unplaced),
    }
    return Preview(
        before=GRANTS.make(before.drop_duplicates(list(GRANTS.columns))),
        after=GRANTS.make(after.drop_duplicates(list(GRANTS.columns))),
        changes=changes,
        witnesses=find_witnesses(changes),
        proposals=proposals,
        unplaced=unplaced,
        vanished=vanished,
        counts=counts,
        verdict="gains" if counts["gains"] else "pass",
    )


def _find_unplaced(granted: pd.DataFrame, roles: pd.DataFrame, user_grants: pd.DataFrame) -> pd.DataFrame:
    """Return the plain grants of roles that somebody has, but nobody at any place."""
    reaching = user_grants[["because", "action", "scope_kind"]].drop_duplicates().assign(reaches=True)
    is_asked = granted["role"].isin(roles["role"]) & (granted["staff_role"] == "")
    asked = granted[is_asked].merge(reaching, on=["because", "action", "scope_kind"], how="left")
    return POLICY.make(asked[asked["reaches"].isna()])


def _gains(changes: pd.DataFrame) -> pd.DataFrame:
    return changes[changes["change"] == "gain"].reset_index(drop=True)
