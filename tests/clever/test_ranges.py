"""Stretches of a list read at once cover it exactly once, or the list is read from one end to the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook.clever import ranges
from playbook.clever.client import Clever
from playbook.clever.manifest import Manifest
from playbook.clever.ranges import by_ranges
from playbook.clever.snapshot import fetch_snapshot
from playbook.settings import Secret
from tests.clever.faulty_server import Request, faulty_server
from tests.clever.small_district import SmallDistrict

NOW = datetime(2026, 8, 3, 6, tzinfo=UTC)
IDS = st.lists(st.integers(0, 2**96 - 1).map(lambda number: f"{number:024x}"), max_size=60)


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stretch is worth while from a page of users on; a page is small here."""
    monkeypatch.setattr(ranges, "PAGE_LIMIT", 10)


def _fetch(answer: Callable[[Request], Any], directory: Path, parallel: str, known_ids: list[str]) -> Manifest:
    with faulty_server(answer) as server, Clever(server.origin, Secret("t"), pace_directory=directory) as clever:
        return fetch_snapshot(
            clever, directory / "snapshot", now=NOW, parallel=parallel, known_ids=known_ids, accept_loss=True
        )


def _ids(district: SmallDistrict) -> list[str]:
    return [user["id"] for user in district.lists["users"]]


@given(IDS)
def test_stretches_join_without_gap_or_overlap(ids: list[str]) -> None:
    """From the beginning to the end, each begins where the one before it ends."""
    walks = by_ranges(ids)

    assert walks[0].after == walks[-1].until == ""
    assert all(one.until == other.after != "" for one, other in pairwise(walks))
    assert [walk.after for walk in walks] == sorted({walk.after for walk in walks})


@pytest.mark.parametrize("parallel", ["ranges", "roles"])
@pytest.mark.parametrize("stale", [False, True])
def test_parallel_reading_gives_the_same_tables(parallel: str, stale: bool, tmp_path: Path) -> None:
    """Whatever the way, and even if half of the known ids are gone, nobody is missed or read double."""
    district = SmallDistrict(300, largest_page=17)
    known = [f"{id_[:-1]}f" if stale and n % 2 else id_ for n, id_ in enumerate(_ids(district))]

    serial = _fetch(district.answer, tmp_path / "serial", "off", [])
    other = _fetch(district.answer, tmp_path / "other", parallel, known)

    assert other.parallel == parallel
    assert other.root == serial.root
    assert other.users == 300
    assert other.verdict == "go"


def test_by_roles_a_user_without_a_known_role_is_missed_and_said(tmp_path: Path) -> None:
    """Asking role by role cannot find such a user; Clever's own count shows it."""
    district = SmallDistrict(50)
    district.lists["users"][3]["roles"] = {"janitor": {}}

    assert _fetch(district.answer, tmp_path / "serial", "off", []).faults[0].startswith("unknown_role")
    manifest = _fetch(district.answer, tmp_path / "roles", "roles", [])

    assert manifest.verdict == "hold"
    assert manifest.faults == ("count_differs: Clever counts 50 users and sent 49",)


def _ignores_foreign_cursors(district: SmallDistrict) -> Callable[[Request], Any]:
    """A server that takes only its own cursors and answers others with the first page."""
    own: set[str] = set()

    def answer(request: Request) -> None:
        cursor = request.parameter("starting_after")
        if request.path == "/v3.1/users":
            if cursor and cursor not in own:
                request.target = f"/v3.1/users?limit={request.parameter('limit')}"
            page = district.page(request, "users")
            own.update(link["uri"].rpartition("=")[2] for link in page["links"])
            request.send_json(page)
        else:
            district.answer(request)

    return answer


def _refuses_foreign_cursors(district: SmallDistrict) -> Callable[[Request], Any]:
    known = set(_ids(district))
    return district.instead(
        lambda request: bool(cursor := request.parameter("starting_after")) and cursor not in known,
        lambda request: request.send(400, b"{}"),
    )


@pytest.mark.parametrize("make", [_ignores_foreign_cursors, _refuses_foreign_cursors])
def test_where_cursors_are_not_honoured_the_list_is_read_in_one_walk(
    make: Callable[[SmallDistrict], Callable[[Request], Any]], tmp_path: Path
) -> None:
    """The probe shows it before a stretch is read, or the first stretch does."""
    district = SmallDistrict(120, largest_page=15)
    serial = _fetch(district.answer, tmp_path / "serial", "off", [])
    known = [f"{id_[:-1]}f" for id_ in _ids(district)]
    manifest = _fetch(make(district), tmp_path / "ranges", "ranges", known)

    assert (manifest.parallel, manifest.root) == ("off", serial.root)


def test_stretches_that_do_not_join_are_read_again_in_one_walk(tmp_path: Path) -> None:
    """A list that ends inside a stretch contradicts the next stretch; nothing of either is kept."""
    district = SmallDistrict(120, largest_page=7)
    beginnings: list[str] = []

    def answer(request: Request) -> None:
        if request.path != "/v3.1/users" or request.parameter("limit") != "10000":
            district.answer(request)
            return
        page = district.page(request, "users")
        if not request.parameter("starting_after"):
            beginnings.append(request.target)
        is_lying = len(beginnings) < 2 and request.parameter("starting_after") > district.lists["users"][60]["id"]
        request.send_json(page | {"links": []} if is_lying else page)

    serial = _fetch(district.answer, tmp_path / "serial", "off", [])
    manifest = _fetch(answer, tmp_path / "ranges", "ranges", _ids(district))

    assert len(beginnings) == 2
    assert (manifest.parallel, manifest.root) == ("off", serial.root)


def test_few_known_ids_are_not_worth_a_stretch(tmp_path: Path) -> None:
    """Below a page of known ids a stretch there is one walk, and no probe is sent."""
    district = SmallDistrict(40)

    assert _fetch(district.answer, tmp_path, "ranges", _ids(district)[:9]).parallel == "off"
