"""People who are gone all at once are a fault to look into, never a list of deletions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from playbook.clever.client import Clever
from playbook.clever.judgement import judge_people, judge_snapshot
from playbook.clever.snapshot import fetch_snapshot, read_snapshot
from playbook.errors import CleverError
from playbook.sandbox.server import RunningSandbox, running_sandbox
from playbook.settings import Secret
from tests.clever.small_district import SmallDistrict, clever_of

NOW = datetime(2026, 8, 3, 6, tzinfo=UTC)
KNOWN = [f"{number:024x}" for number in range(100)]


@pytest.mark.parametrize("gone", [0, 1, 5])
def test_a_few_leavers_are_no_finding(gone: int) -> None:
    """Up to a twentieth may leave, and anybody may come."""
    assert judge_people(KNOWN, [*KNOWN[gone:], "f" * 24], {"student": 100}, {"student": 96}) == ()


@pytest.mark.parametrize("gone", [6, 50, 100])
def test_a_mass_disappearance_stops(gone: int) -> None:
    """More than a twentieth of the known users gone is a no."""
    findings = judge_people(KNOWN, KNOWN[gone:], {"student": 100}, {"student": 100 - gone})

    assert findings[0].code == "mass_disappearance"
    assert findings[0].stops
    assert f"{gone} of 100" in findings[0].what


def test_new_users_do_not_make_up_for_those_who_are_gone() -> None:
    """The number of users may stay the same while the people are others."""
    others = [f"{number:024x}" for number in range(1000, 1100)]

    assert judge_people(KNOWN, others, {"student": 100}, {"student": 100})[0].stops


def test_a_role_that_lost_all_its_users_stops() -> None:
    """Even where few people have it: it is no longer shared, or no longer asked for."""
    findings = judge_people(KNOWN, KNOWN, {"student": 99, "staff": 1}, {"student": 99})

    assert [finding.code for finding in findings] == ["role_disappeared"]
    assert findings[0].stops


def test_a_first_snapshot_is_not_judged() -> None:
    """Where nobody was known, nobody can be missed."""
    assert judge_people([], KNOWN, {}, {"student": 100}) == ()


def test_a_shrunken_district_leaves_the_earlier_snapshot_in_place(tmp_path: Path) -> None:
    """Again and again, until a person says that it is true."""
    district = SmallDistrict(100)
    directory = tmp_path / "snapshot"
    with clever_of(district, tmp_path) as clever:
        first = fetch_snapshot(clever, directory, now=NOW)
        before = read_snapshot(directory)
        del district.lists["users"][:20]
        for _ in range(2):
            refused = fetch_snapshot(clever, directory, now=NOW)
            assert (refused.complete, refused.verdict, refused.users) == (True, "no_go", 80)
            assert refused.faults[0].startswith("mass_disappearance: 20 of 100")
            assert read_snapshot(directory).manifest == first
        accepted = fetch_snapshot(clever, directory, now=NOW, accept_loss=True)
        after = read_snapshot(directory)

    assert accepted.verdict == "go"
    assert after.manifest == accepted
    assert [finding.code for finding in judge_snapshot(before, after)] == ["mass_disappearance"]
    assert judge_snapshot(None, after) == ()


def test_an_unshared_district_is_not_an_empty_one(tmp_path: Path) -> None:
    """No user at all is a no, even on the first day."""
    district = SmallDistrict(0)
    with clever_of(district, tmp_path) as clever:
        manifest = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)

    assert manifest.verdict == "no_go"
    assert manifest.faults[0].startswith("no_users")


@pytest.mark.parametrize("state", ["paused", "error"])
def test_a_frozen_district_is_held(state: str, tmp_path: Path) -> None:
    """Its data can be read and is not kept up: a person looks first."""
    district = SmallDistrict(10)
    district.district["state"] = state
    with clever_of(district, tmp_path) as clever:
        manifest = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)

    assert (manifest.verdict, manifest.district_state) == ("hold", state)


@pytest.mark.parametrize("what", ["last_sync", "event"])
def test_a_district_that_changes_while_it_is_read_is_held(what: str, tmp_path: Path) -> None:
    """New data at Clever between the first and the last page makes the snapshot one of no moment."""
    district = SmallDistrict(30)

    def change(kind: str, done: int, of: int) -> None:
        if what == "last_sync":
            district.district["last_sync"] = "2026-08-02"
        else:
            district.lists["events"] = [{"id": "5e000000eeeeeeee00000001"}]

    with clever_of(district, tmp_path) as clever:
        manifest = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW, progress=change)

    assert manifest.changed_while_reading
    assert manifest.verdict == "hold"


@pytest.mark.parametrize(
    "fault",
    [
        "unshare~/v3.1/users",
        "unshare~/v3.1/districts",
        "unshare",
        "hide=staff",
        "hide=district_admin~/v3.1/users",
        "revoke",
        "revoke@7",
        "status=404~/v3.1/districts",
        "status=403~/v3.1/users",
        "status=404~/v3.1/users@2-",
        "status=403~/v3.1/sections",
        "unshare~/v3.1/schools",
    ],
)
def test_no_way_of_losing_a_district_replaces_its_snapshot(fault: str, tmp_path: Path) -> None:
    """Unshared, revoked, refused or emptied: the earlier snapshot is what stands there afterwards."""
    directory = tmp_path / "snapshot"
    with running_sandbox() as honest, _client(honest, tmp_path) as clever:
        first = fetch_snapshot(clever, directory, now=NOW)
    with running_sandbox(faults=[fault]) as faulty, _client(faulty, tmp_path) as clever:
        assert _ending(clever, directory) in ("no_go", "refused")

    assert first.verdict == "go"
    assert read_snapshot(directory).manifest == first


def _ending(clever: Clever, directory: Path) -> str:
    try:
        return fetch_snapshot(clever, directory, now=NOW).verdict
    except CleverError:
        return "refused"


def _client(running: RunningSandbox, directory: Path) -> Clever:
    return Clever(running.base_url, Secret(running.district.token), pace_directory=directory)
