"""Read the application's own policy: which role may do what, and at which kind of place.

Source: https://dev.clever.com/docs/migrating-to-api-30, "In-application permissions", which leaves the policy to the
application.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playbook.district import ROLES, SCOPE_KINDS, Permissions, grant_faults
from playbook.errors import Fault, InputError
from playbook.tables import Contract

POLICY = Contract(
    "policy",
    {
        "role": "text",
        "staff_role": "text",  # blank, or the designation that somebody must have besides being staff
        "action": "text",
        "scope_kind": "text",
        "because": "text",  # the policy's own key
    },
    key=("because", "action", "scope_kind"),
    codes={"role": frozenset(ROLES), "scope_kind": frozenset(SCOPE_KINDS)},
)


def read_policy(policy: Permissions) -> pd.DataFrame:
    """Return the policy as a table, one row a (role or staff designation, action, kind of place).

    Args:
        policy: Grants such as `{"teacher": ("edit:section",), "staff.SchoolTechLead": ("support:school",)}`.

    Returns:
        A `POLICY` table. A role that the policy does not name is not there, and so has no rights.

    Raises:
        InputError: A grant is not `action:scope`, or its scope or role is unknown; all of them are listed.
    """
    faults = list(_faults(policy))
    if faults:
        raise InputError(
            f"the policy has {len(faults)} fault{'s' * (len(faults) != 1)}",
            code="policy",
            remedy=f"Write each grant as action:scope, with a scope of {', '.join(SCOPE_KINDS)}.",
            faults=faults,
        )
    rows = [
        {
            "role": because.partition(".")[0],
            "staff_role": because.partition(".")[2],
            "action": grant.rpartition(":")[0],
            "scope_kind": grant.rpartition(":")[2],
            "because": because,
        }
        for because, grants in policy.grants.items()
        for grant in dict.fromkeys(grants)
    ]
    return POLICY.make(rows)


def _faults(policy: Permissions) -> Iterator[Fault]:
    for because in policy.grants:
        if because.partition(".")[0] not in ROLES:
            yield Fault(f"permissions.grants.{because}", "is not a Clever role")
    yield from grant_faults(policy.grants)
