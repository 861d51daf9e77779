"""Whether a new snapshot may take an earlier one's place: people who are gone all at once are a fault, not leavers.

A district that is no longer shared, a revoked role or a rollover week all look like mass deletion. Clever itself holds
a sync that would delete more than a tenth; here a twentieth is enough to ask a person.

Source: https://dev.clever.com/docs/data-changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from playbook.clever.manifest import Finding
from playbook.clever.snapshot_tables import Snapshot
from playbook.clever.tables import SCHOOLS, SECTIONS

MOST_GONE = 0.05
"""The share of known users that may be gone."""

LISTS = (SCHOOLS.name, SECTIONS.name)
"""What a district that teaches has."""


def judge_snapshot(previous: Snapshot | None, current: Snapshot) -> tuple[Finding, ...]:
    """Return what keeps a snapshot from taking an earlier one's place; nothing where there is no earlier one."""
    if previous is None:
        return ()
    people = judge_people(
        previous.users["user_id"].tolist(),
        current.users["user_id"].tolist(),
        previous.manifest.roles,
        current.manifest.roles,
    )
    return (*people, *judge_lists(previous.manifest.rows, current.manifest.rows))


def judge_people(
    known_ids: Sequence[str],
    current_ids: Sequence[str],
    known_roles: Mapping[str, int],
    current_roles: Mapping[str, int],
) -> tuple[Finding, ...]:
    """Return a finding that stops for a mass disappearance, and one for each role that lost all its users.

    Args:
        known_ids: The users of the earlier snapshot.
        current_ids: The users of the new one.
        known_roles: Role to number of users, earlier.
        current_roles: Role to number of users, now.
    """
    known = np.asarray(known_ids, dtype="S")
    gone = int(np.isin(known, np.asarray(current_ids, dtype="S"), invert=True).sum()) if len(known) else 0
    findings = []
    if gone > MOST_GONE * len(known):
        what = f"{gone} of {len(known)} known users are gone; check that the district still shares them"
        findings.append(Finding("mass_disappearance", what, stops=True))
    for role in sorted(role for role, count in known_roles.items() if count and not current_roles.get(role)):
        what = f"no user is {role} any more, and {known_roles[role]} were; check that the role is still shared"
        findings.append(Finding("role_disappeared", what, stops=True))
    return tuple(findings)


def judge_lists(known_rows: Mapping[str, int], current_rows: Mapping[str, int]) -> tuple[Finding, ...]:
    """Return a finding that stops for each list that had records and has none.

    Args:
        known_rows: Table to number of rows, earlier.
        current_rows: Table to number of rows, now.
    """
    return tuple(
        Finding(
            "list_disappeared",
            f"{known_rows[name]} {name} were known and none came; check that the app may still read them",
            stops=True,
        )
        for name in LISTS
        if known_rows.get(name) and not current_rows.get(name)
    )
