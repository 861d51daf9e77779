"""What the rehearsal asks of Clever itself: one real login a role, and the events feed since the snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import chain

import pandas as pd

from playbook.cutover.events import Replay, has_gap, replay_events
from playbook.cutover.identity import IdentityCheck, check_identity
from playbook.errors import CleverError
from playbook.road.context import open_clever, open_login
from playbook.run import Run

NOT_SHARED = 404
"""What Clever answers an app whose events are not switched on."""


def check_logins(run: Run, roles: pd.DataFrame) -> Mapping[str, IdentityCheck]:
    """Ask `/me` and `/userinfo` with each login that the district file names, and compare them with the snapshot.

    Returns:
        Role to what its login showed; empty where the district file names no login.
    """
    return {role: _check_login(run, role, roles) for role in sorted(run.district.clever.logins)}


def _check_login(run: Run, role: str, roles: pd.DataFrame) -> IdentityCheck:
    with open_login(run, role) as clever:
        me, userinfo = clever.me(), clever.userinfo()
    return check_identity(me, userinfo, roles, district_id=run.district_id, expected_role=role)


def replay_feed(run: Run, roles: pd.DataFrame) -> Replay | None:
    """Replay the district's whole v3 feed on the people of the snapshot.

    Returns:
        The replay; nothing where the district's events are not shared with the app.
    """
    with open_clever(run) as clever:
        try:
            events = list(chain.from_iterable(clever.events()))
        except CleverError as refusal:
            if refusal.status == NOT_SHARED:
                return None
            raise
    return replay_events(events, roles)


def is_too_old(run: Run, fetched_at: str) -> bool:
    """Say whether events since the snapshot may be gone, so that a full sync must come first."""
    return bool(fetched_at) and has_gap(datetime.fromisoformat(fetched_at), run.now())
