"""Sign-ins and events as a server really sends them: every role's login, and the feed of a district after a night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from playbook.clever.client import Clever
from playbook.clever.tables import ROLES
from playbook.cutover.events import Replay, replay_events
from playbook.cutover.identity import check_identity
from playbook.sandbox.hard_cases import HardCase
from playbook.sandbox.server import RunningSandbox
from playbook.settings import Secret
from playbook.tables import join


@pytest.fixture(scope="module")
def clever(sandbox: RunningSandbox) -> Iterator[Clever]:
    """The district's token."""
    with Clever(sandbox.base_url, Secret(sandbox.announcement["district_token"])) as clever:
        yield clever


@pytest.fixture(scope="module")
def roles(clever: Clever) -> pd.DataFrame:
    """One row a (user, role), read from the server."""
    blank = dict.fromkeys(ROLES.columns, "")
    rows = []
    for page in clever.pages("/users", {"limit": 10_000}):
        for user in page:
            for role, part in user["roles"].items():
                shown = {name: part.get(name) or "" for name in ("legacy_id", "sis_id", "title", "school")}
                own = {"user_id": user["id"], "role": role, "schools": join(part.get("schools") or [])}
                rows.append(blank | own | shown | ({"legacy_id": ""} if role == "student" else {}))
    return ROLES.make(rows)


@pytest.fixture(scope="module")
def replayed(clever: Clever, roles: pd.DataFrame) -> Replay:
    """The v3 feed over today's snapshot."""
    return replay_events((event for page in clever.events() for event in page), roles)


def test_a_login_of_every_role_leads_to_its_user(sandbox: RunningSandbox, roles: pd.DataFrame) -> None:
    """/v3.1/me and /userinfo of one login a role pass, and the role is told by the old id."""
    shown: dict[str, Any] = sandbox.announcement
    assert len(shown["user_tokens"]) >= 4
    for role, token in shown["user_tokens"].items():
        with Clever(sandbox.base_url, Secret(token)) as login:
            found = check_identity(login.me(), login.userinfo(), roles, district_id=shown["district_id"])
        expected = {"school_admin": "staff"}.get(role, role)
        assert (found.faults, found.role) == ((), expected)


def test_a_login_that_is_asked_under_v2_is_caught(sandbox: RunningSandbox, roles: pd.DataFrame) -> None:
    """/v2.1/me of a teacher shows the old id, which is no user of the snapshot."""
    shown: dict[str, Any] = sandbox.announcement
    with Clever(sandbox.base_url, Secret(shown["user_tokens"]["teacher"]), "v2.1") as login:
        found = check_identity(login.me(), login.userinfo(), roles, district_id=shown["district_id"])
    assert found.faults == ("me_shows_the_old_id", "ids_differ")


def test_the_feed_shuts_nobody_out_who_lives(sandbox: RunningSandbox, roles: pd.DataFrame, replayed: Replay) -> None:
    """The former ids of merged people go, and nobody is deactivated by it; the living are those of the snapshot."""
    merged = {
        sandbox.district.user_id(n) for n in sandbox.district.hard_cases()[HardCase.TEACHER_STAFF_ADMIN.value][:3]
    }
    kept = replayed.events[replayed.events["effect"] == "kept"]
    assert merged <= set(kept["other_user_id"])
    assert set(kept["naive"]) == {"wrong_deactivation"}
    assert "deactivated" not in replayed.counts
    assert set(replayed.roles["user_id"]) == set(roles["user_id"])
    assert replayed.verdict == "go"


def test_a_consumer_that_looks_for_v2_types_misses_every_person(replayed: Replay) -> None:
    """No event of the v3 feed carries a role in its type."""
    people = replayed.events[replayed.events["user_id"] != ""]
    assert replayed.missed_by_type == len(people) > 0
    assert replayed.cursor == replayed.events["event_id"].iloc[-1]


def test_the_v2_feed_is_refused(sandbox: RunningSandbox, roles: pd.DataFrame) -> None:
    """Reading the old feed after the cut-over is a no-go."""
    token = Secret(sandbox.announcement["district_token"])
    with Clever(sandbox.base_url, token, "v2.1") as old:
        replay = replay_events((event for page in old.events() for event in page), roles)
    assert replay.verdict == "no"
    assert replay.counts["v2_event"] > 0
