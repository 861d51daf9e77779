"""A walk that goes wrong in the middle: what is kept, how soon it ends, and how many requests follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from playbook.clever.client import Clever
from playbook.clever.snapshot import fetch_snapshot
from playbook.district import ROLES
from playbook.errors import CleverError, InputError
from playbook.settings import Secret
from tests.clever.faulty_server import Request, faulty_server
from tests.clever.misbehaviour import clever_against
from tests.clever.small_district import SmallDistrict, student

FETCHED = datetime(2026, 8, 3, tzinfo=UTC)


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("parallel", ["off", "roles"])
def test_a_token_revoked_in_mid_walk_ends_the_fetch(status: int, parallel: str, tmp_path: Path) -> None:
    """At most the requests that were under way already follow the first refusal; what was read is partial."""
    district = SmallDistrict(100, largest_page=10)
    middle = district.lists["users"][30]["id"]

    def is_late(request: Request) -> bool:
        return request.path == "/v3.1/users" and request.parameter("starting_after") > middle

    answer = district.instead(is_late, lambda request: request.send(status, b"{}"))
    with clever_against(answer, tmp_path) as (clever, server, _):
        manifest = fetch_snapshot(clever, tmp_path / "snapshot", now=FETCHED, parallel=parallel)
    refused = next(number for number, request in enumerate(server.requests) if is_late(request))
    under_way = {"off": 1, "roles": len(ROLES)}[parallel]

    assert (manifest.complete, manifest.verdict) == (False, "no_go")
    assert manifest.faults[0].startswith("interrupted")
    assert len(server.requests) - 1 - refused <= under_way
    assert not (tmp_path / "snapshot" / "manifest.json").exists()


def test_a_users_token_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    """A token of one login cannot read lists; the district's is another, and is said to be."""
    with (
        faulty_server(SmallDistrict(5).answer) as server,
        Clever(server.origin, Secret("il-token-of-one-login"), pace_directory=tmp_path) as clever,
        pytest.raises(InputError, match="single user's login") as error,
    ):
        fetch_snapshot(clever, tmp_path / "snapshot", now=FETCHED)

    assert error.value.code == "user_token"
    assert server.connections == 0
    assert not (tmp_path / "snapshot").exists()


def _page(ids: list[int], following: str) -> dict[str, Any]:
    links = [{"rel": "next", "uri": following}] if following else []
    return {"data": [{"data": student(number)} for number in ids], "links": links}


def _cycle(length: int) -> Callable[[Request], Any]:
    def answer(request: Request) -> None:
        number = int(request.parameter("page", "0"))
        request.send_json(_page([number * 2, number * 2 + 1], f"/v3.1/users?page={(number + 1) % length}"))

    return answer


@pytest.mark.parametrize("length", [1, 2, 3, 50])
def test_a_loop_of_links_costs_at_most_one_further_request(length: int, tmp_path: Path) -> None:
    """A, A and A, B, A, B and longer ones end at the first page that leads no further."""
    with (
        clever_against(_cycle(length), tmp_path) as (clever, server, _),
        pytest.raises(CleverError, match="no progress"),
    ):
        list(clever.pages("/users", {"page": 0}))

    assert len(server.requests) <= length + 1


def test_fresh_cursors_to_one_page_end_the_walk(tmp_path: Path) -> None:
    """Every link is new and the page is always the same: the second one ends it."""

    def answer(request: Request) -> None:
        request.send_json(_page([1, 2, 3], f"/v3.1/users?page={request.number}"))

    with clever_against(answer, tmp_path) as (clever, server, _), pytest.raises(CleverError, match="leads no further"):
        list(clever.pages("/users"))

    assert len(server.requests) == 2


def test_ids_that_fall_end_the_walk(tmp_path: Path) -> None:
    """A second page below the first is not read on from."""

    def answer(request: Request) -> None:
        request.send_json(_page([100 - request.number], f"/v3.1/users?page={request.number}"))

    with clever_against(answer, tmp_path) as (clever, server, _), pytest.raises(CleverError, match="leads no further"):
        list(clever.pages("/users"))

    assert len(server.requests) == 2


@pytest.mark.parametrize(("empty_pages", "requests", "ends"), [(1, 3, True), (2, 3, False)])
def test_one_empty_page_that_leads_on_is_forgiven(empty_pages: int, requests: int, ends: bool, tmp_path: Path) -> None:
    """Two in a row are a fault."""

    def answer(request: Request) -> None:
        is_empty = 1 < request.number <= 1 + empty_pages
        following = "" if request.number > 1 + empty_pages else f"/v3.1/users?page={request.number}"
        request.send_json(_page([] if is_empty else [request.number], following))

    with clever_against(answer, tmp_path) as (clever, server, _):
        if ends:
            assert [len(page) for page in clever.pages("/users")] == [1, 0, 1]
        else:
            with pytest.raises(CleverError, match="two pages in a row"):
                list(clever.pages("/users"))

    assert len(server.requests) == requests


def test_a_walk_without_end_is_ended(tmp_path: Path) -> None:
    """Ever new records, far more than the district counts, are a fault and not a district."""
    district = SmallDistrict(10)

    def endless(request: Request) -> None:
        if request.parameter("count"):
            request.send_json({"data": [], "count": 10, "links": []})
            return
        page = int(request.parameter("page", "0"))
        request.send_json(_page(list(range(page * 3000, page * 3000 + 3000)), f"/v3.1/users?page={page + 1}"))

    answer = district.instead(lambda request: request.path == "/v3.1/users", endless)
    with clever_against(answer, tmp_path) as (clever, server, _):
        manifest = fetch_snapshot(clever, tmp_path / "snapshot", now=FETCHED)

    assert not manifest.complete
    assert "no progress" in manifest.faults[0]
    assert len(server.targets("/v3.1/users")) < 12
