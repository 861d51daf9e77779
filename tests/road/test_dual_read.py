"""Step 02 asks v2 as well where the app still may, and says what the two versions do not agree about."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from playbook.clever.tables import DUAL_READ
from playbook.road.done import Done
from playbook.road.fetch import fetch
from playbook.sandbox.server import running_sandbox
from playbook.tables import read_parquet
from tests.road.conftest import Rehearsal

VERSION = 'version = "v3.1"'


def _fetch(rehearsal: Rehearsal, base_url: str = "", legacy_version: str = "v2.1") -> Done:
    if legacy_version:
        rehearsal.edit(VERSION, f'{VERSION}\nlegacy_version = "{legacy_version}"')
    if base_url:
        rehearsal.edit(
            next(line for line in rehearsal.file.read_text().splitlines() if "base_url" in line),
            f'base_url = "{base_url}"',
        )
    return fetch(rehearsal.open())


@pytest.mark.parametrize("version", ["v2.0", "v2.1"])
def test_both_versions_agree_about_an_honest_district(version: str, rehearse: Callable[..., Rehearsal]) -> None:
    """Every old id of v2 has its user in v3, and the other way round."""
    rehearsal = rehearse()
    done = _fetch(rehearsal, legacy_version=version)

    assert done.summary.verdict == "go"
    assert done.facts["old_ids"]["agree"] > 1000
    assert sum(done.facts["old_ids"].values()) == done.facts["old_ids"]["agree"]
    assert len(read_parquet(rehearsal.directory / "run" / "dual_read.parquet", DUAL_READ)) > 1000


def test_v2_is_not_asked_unless_the_district_file_says_so(rehearse: Callable[..., Rehearsal]) -> None:
    """The default sends no request to a version that the app may have left, and leaves no table of an earlier day."""
    with running_sandbox() as running:
        rehearsal = rehearse()
        (rehearsal.directory / "run").mkdir()
        (rehearsal.directory / "run" / "dual_read.parquet").touch()
        done = _fetch(rehearsal, running.base_url, legacy_version="")

    assert done.facts["old_ids"] == {}
    assert not [request for request in running.requests if "/v2" in request]
    assert not (rehearsal.directory / "run" / "dual_read.parquet").exists()


def test_old_ids_that_only_v2_knows_are_said(rehearse: Callable[..., Rehearsal]) -> None:
    """A role that is not asked for in v3 takes its accounts with it; that is seen before anybody is matched."""
    with running_sandbox(faults=["hide=staff~/v3.1/users"]) as running:
        rehearsal = rehearse()
        done = _fetch(rehearsal, running.base_url)
    table = read_parquet(rehearsal.directory / "run" / "dual_read.parquet", DUAL_READ)
    missing = table[table["outcome"] == "v2_only"]

    assert done.summary.verdict == "review"
    assert done.facts["old_ids"]["v2_only"] == len(missing) > 10
    assert set(missing["v2_role"]) == {"staff"}
    assert any("differ between v2.1 and v3" in note for note in done.summary.notes)


def test_an_app_that_may_not_call_v2_is_told_and_keeps_its_snapshot(rehearse: Callable[..., Rehearsal]) -> None:
    """Clever's HTML 404 becomes a note with its likely cause; nothing of v3 is lost by it."""
    with running_sandbox(versions=("v3.0", "v3.1")) as running:
        rehearsal = rehearse()
        done = _fetch(rehearsal, running.base_url)

    assert done.summary.verdict == "review"
    assert done.facts["complete"]
    assert done.facts["old_ids"] == {}
    assert any("may not call that version" in note for note in done.summary.notes)
    assert len([request for request in running.requests if "/v2.1/" in request]) == 5


@pytest.mark.parametrize(
    ("path", "verdict"), [("/v2.1/contacts", "go"), ("/v2.1/school_admins", "review")], ids=["contacts", "staff"]
)
def test_one_list_that_v2_refuses_is_not_compared(path: str, verdict: str, rehearse: Callable[..., Rehearsal]) -> None:
    """Contacts ended in v2, so their refusal is no surprise; another role's is."""
    with running_sandbox(faults=[f"html=404~{path}"]) as running:
        rehearsal = rehearse()
        done = _fetch(rehearsal, running.base_url)

    assert done.summary.verdict == verdict
    assert done.facts["old_ids"]["not_compared"] > 0
    assert done.facts["old_ids"]["v2_only"] == done.facts["old_ids"]["v3_only"] == 0
    assert any(note.startswith("v2.1 does not show") for note in done.summary.notes)
