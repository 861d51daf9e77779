"""What a snapshot that was read to its end says about itself: nothing that is missing goes by in silence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from playbook.clever.client import Clever
from playbook.clever.manifest import Manifest
from playbook.clever.snapshot import fetch_snapshot, read_snapshot
from playbook.errors import CleverError
from playbook.sandbox.server import running_sandbox
from playbook.settings import Secret
from tests.clever.faulty_server import FaultyServer, Request, faulty_server
from tests.clever.small_district import SmallDistrict

NOW = datetime(2026, 8, 3, 6, tzinfo=UTC)


def _fetch(answer: Callable[[Request], Any], directory: Path) -> tuple[Manifest, FaultyServer]:
    with faulty_server(answer) as server, Clever(server.origin, Secret("t"), pace_directory=directory) as clever:
        return fetch_snapshot(clever, directory / "snapshot", now=NOW), server


def _refusing(district: SmallDistrict, *paths: str, status: int) -> Callable[[Request], Any]:
    page = (b"<html>Cannot GET</html>", {"content-type": "text/html"})
    return district.instead(lambda request: request.path in paths, lambda request: request.send(status, *page))


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("names", [("sections",), ("schools",), ("schools", "sections")])
def test_a_list_that_the_app_may_not_read_is_empty_and_said(
    names: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    """Users are read all the same; a person looks, because rights hang on what is missing."""
    district = SmallDistrict(50)
    answer = _refusing(district, *(f"/v3.1/{name}" for name in names), status=status)
    manifest, _ = _fetch(answer, tmp_path)
    snapshot = read_snapshot(tmp_path / "snapshot")

    assert (manifest.complete, manifest.verdict, manifest.users) == (True, "hold", 50)
    assert [fault.partition(":")[0] for fault in manifest.faults] == [f"{name}_refused" for name in names]
    assert all(f"gave {status}" in fault for fault in manifest.faults)
    assert [len(getattr(snapshot, name)) for name in names] == [0] * len(names)
    assert snapshot.manifest == manifest


@pytest.mark.parametrize("path", ["/v3.1/sections", "/v3.1/schools"])
@pytest.mark.parametrize("status", [400, 401, 501])
def test_any_other_refusal_of_a_list_ends_the_fetch(status: int, path: str, tmp_path: Path) -> None:
    """A revoked token or a wrong request is no missing scope."""
    answer = SmallDistrict(50).instead(
        lambda request: request.path == path and not request.parameter("count"),
        lambda request: request.send(status, b"{}"),
    )
    if path.endswith("schools"):
        with pytest.raises(CleverError) as error:
            _fetch(answer, tmp_path)
        assert error.value.status == status
    else:
        manifest, _ = _fetch(answer, tmp_path)
        assert (manifest.complete, manifest.verdict) == (False, "no_go")
        assert manifest.faults[0].startswith("interrupted")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_users_must_be_readable(status: int, tmp_path: Path) -> None:
    """Without them there is nothing to migrate, whatever else may be read."""
    with pytest.raises(CleverError) as error:
        _fetch(_refusing(SmallDistrict(50), "/v3.1/users", status=status), tmp_path)

    assert error.value.status == status
    assert not (tmp_path / "snapshot" / "manifest.json").exists()


def test_a_list_that_is_refused_in_the_middle_is_not_taken_for_unshared(tmp_path: Path) -> None:
    """Half of the sections are no sections: the fetch stops there, and goes on when they may be read again."""
    district = SmallDistrict(50, largest_page=5)
    refuses = [True]

    def is_second(request: Request) -> bool:
        return request.path == "/v3.1/sections" and bool(request.parameter("starting_after")) and bool(refuses)

    answer = district.instead(is_second, lambda request: request.send(403, b"{}"))
    partial, _ = _fetch(answer, tmp_path)
    again, _ = _fetch(answer, tmp_path)
    refuses.clear()
    whole, _ = _fetch(answer, tmp_path)

    assert (partial.complete, again.complete) == (False, False)
    assert (whole.complete, whole.verdict, whole.rows["sections"]) == (True, "go", 12)


@pytest.mark.parametrize("name", ["sections", "schools"])
@pytest.mark.parametrize("is_refused", [True, False])
def test_a_list_that_had_records_and_has_none_stops(name: str, is_refused: bool, tmp_path: Path) -> None:
    """What was readable before is missed, not forgotten: the earlier snapshot stays until a person says so."""
    district = SmallDistrict(50)
    first, _ = _fetch(district.answer, tmp_path)
    if is_refused:
        answer = _refusing(district, f"/v3.1/{name}", status=403)
    else:
        district.lists[name] = []
        answer = district.answer
    refused, _ = _fetch(answer, tmp_path)

    assert (refused.complete, refused.verdict) == (True, "no_go")
    assert any(fault.startswith("list_disappeared: ") and name in fault for fault in refused.faults)
    assert read_snapshot(tmp_path / "snapshot").manifest == first


@pytest.mark.parametrize("name", ["sections", "schools", "users"])
def test_fewer_records_than_clever_counts_are_said(name: str, tmp_path: Path) -> None:
    """A page that came empty, or short, is told from a list that is."""
    district = SmallDistrict(50)

    def short(request: Request) -> None:
        page = district.page(request, name)
        request.send_json(page if request.parameter("count") else page | {"data": page["data"][:-1]})

    manifest, _ = _fetch(district.instead(lambda request: request.path == f"/v3.1/{name}", short), tmp_path)

    assert manifest.verdict == "hold"
    of = {"sections": 12, "schools": 3, "users": 50}[name]
    assert f"count_differs: Clever counts {of} {name} and sent {of - 1}" in manifest.faults


def test_sections_at_schools_that_did_not_come_are_said(tmp_path: Path) -> None:
    """Nobody can be asked about rights at a school without a name."""
    district = SmallDistrict(50)
    del district.lists["schools"][0]
    manifest, _ = _fetch(district.answer, tmp_path)

    assert manifest.verdict == "hold"
    assert manifest.faults == ("schools_missing: sections name 1 school that Clever did not send",)


def test_users_without_any_school_are_said(tmp_path: Path) -> None:
    """A district that teaches has schools."""
    district = SmallDistrict(50)
    district.lists["schools"], district.lists["sections"] = [], []
    manifest, _ = _fetch(district.answer, tmp_path)

    assert manifest.verdict == "hold"
    assert manifest.faults == ("no_schools: Clever sent users and no school",)


@pytest.mark.parametrize("name", ["users", "sections"])
def test_a_page_in_disorder_ends_the_walk(name: str, tmp_path: Path) -> None:
    """Where ids do not rise, the cursor to the next page may leave records out."""
    district = SmallDistrict(50)

    def unsorted(request: Request) -> None:
        page = district.page(request, name)
        request.send_json(page | {"data": page["data"][::-1]})

    answer = district.instead(lambda request: request.path == f"/v3.1/{name}", unsorted)
    manifest, _ = _fetch(answer, tmp_path)

    assert (manifest.complete, manifest.verdict) == (False, "no_go")
    assert "makes no progress: the ids of a page do not rise" in manifest.faults[0]


@pytest.mark.parametrize(
    ("fault", "verdict", "code"),
    [
        ("empty~/v3.1/schools", "hold", "no_schools"),
        ("empty~/v3.1/sections", "hold", "count_differs"),
        ("status=403~/v3.1/schools", "hold", "schools_refused"),
        ("html=404~/v3.1/sections", "hold", "sections_refused"),
        ("unsorted~/v3.1/sections@2", "no_go", "interrupted"),
        ("unsorted~/v3.1/users@2", "no_go", "interrupted"),
        ("vanish~/v3.1/users@2", "hold", "count_differs"),
        ("revoke@7", "no_go", "interrupted"),
        ("state=paused", "hold", "district_paused"),
    ],
)
def test_no_fault_of_the_sandbox_is_a_go(fault: str, verdict: str, code: str, tmp_path: Path) -> None:
    """Whatever goes wrong with a list is found, and its finding says what."""
    with (
        running_sandbox(users=60, faults=[fault]) as running,
        Clever(running.base_url, Secret(running.district.token), pace_directory=tmp_path) as clever,
    ):
        manifest = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)

    assert manifest.verdict == verdict
    assert code in [fault.partition(":")[0] for fault in manifest.faults]
