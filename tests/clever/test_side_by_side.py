"""Walks side by side, one of which goes wrong: the others lose nothing, and after a refusal nobody asks for more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from playbook.clever import ranges
from playbook.clever.ranges import SIDE_BY_SIDE, by_ranges
from playbook.clever.retrying import ATTEMPTS
from playbook.clever.snapshot import fetch_snapshot
from playbook.clever.together import together
from playbook.clever.transport import Answer, Limits
from playbook.district import ROLES
from tests.clever.faulty_server import Request
from tests.clever.misbehaviour import clever_against
from tests.clever.small_district import SmallDistrict

BESIDE = {"/v3.1/schools?limit=10000", "/v3.1/sections?limit=10000"}
NOW = datetime(2026, 8, 3, 6, tzinfo=UTC)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\nconnection: close\r\n\r\n"


@pytest.mark.parametrize("status", [401, 403])
def test_after_a_refusal_no_role_is_asked_for_more(status: int, tmp_path: Path) -> None:
    """What was under way when Clever refused is given up, and nothing new begins: no request after the refusal."""
    district = SmallDistrict(300, largest_page=5)
    district.lists["sections"] = district.lists["sections"][:5]
    second_pages: list[str] = []
    before_refusal: list[int] = []

    async def answer(request: Request) -> None:
        if request.parameter("role") and request.parameter("starting_after"):
            second_pages.append(request.parameter("role"))
            if len(second_pages) < len(ROLES):
                await asyncio.Event().wait()  # under way until the client gives it up
            while not {seen.target for seen in server.requests} >= BESIDE:
                await asyncio.sleep(0.01)
            before_refusal.append(len(server.requests))
            request.send(status, b"{}")
        else:
            district.answer(request)

    with clever_against(answer, tmp_path) as (clever, server, _):
        manifest = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW, parallel="roles")

        assert sorted(second_pages) == sorted(ROLES)
        assert len(server.requests) == before_refusal[0]
    assert (manifest.complete, manifest.verdict) == (False, "no_go")
    assert manifest.faults[0].startswith("interrupted")


async def _drip(request: Request) -> None:
    request.writer.write(HEAD)
    while not request.writer.transport.is_closing():
        await asyncio.sleep(0.02)
        request.writer.write(b" ")


def _send_html(request: Request) -> None:
    request.send(200, b"<html>maintenance</html>", {"content-type": "text/html"})


def _cut(request: Request) -> None:
    request.writer.write(HEAD + b'{"data": [{"data": {"id": "5')
    request.writer.close()


Wrong = Callable[[Request], Awaitable[None] | None]


@pytest.mark.parametrize("wrong", [_drip, _send_html, _cut])
@pytest.mark.parametrize("times", [1, ATTEMPTS])
def test_one_range_that_goes_wrong_costs_the_others_nothing(
    wrong: Wrong, times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, it is asked for again; six times, the fetch ends, and the next one goes on with what was kept."""
    monkeypatch.setattr(ranges, "PAGE_LIMIT", 10)
    district = SmallDistrict(300, largest_page=4)
    ids = [user["id"] for user in district.lists["users"]]
    begins, asked = by_ranges(ids)[5].after, []

    def is_wrong(request: Request) -> bool:
        is_it = request.parameter("starting_after") == begins and request.parameter("limit") == "10000"
        asked.extend([request.target] if is_it else [])
        return is_it and len(asked) <= times

    answer = district.instead(is_wrong, wrong)
    with clever_against(answer, tmp_path, Limits(deadline=30, grace=0.1)) as (clever, server, _):
        serial = fetch_snapshot(clever, tmp_path / "serial", now=NOW)
        asked.clear()
        begun = len(server.requests)
        fetch = partial(fetch_snapshot, clever, tmp_path / "ranges", now=NOW, parallel="ranges", known_ids=ids)
        manifest = fetch()
        if times == ATTEMPTS:
            assert (manifest.complete, manifest.faults[0].split(":")[0]) == (False, "interrupted")
            before = {request.target for request in server.requests[begun:]} - set(asked)
            count = len(server.requests)
            manifest = fetch()
            again = [
                request.target
                for request in server.requests[count:]
                if request.path == "/v3.1/users" and request.target in before
            ]
            assert len(again) <= 2 * SIDE_BY_SIDE  # a walk's page that is being kept, and the next, which is on its way

    assert (manifest.parallel, manifest.root, manifest.verdict) == ("ranges", serial.root, "go")
    assert len(asked) == times + 1
    assert manifest.retries == (1 if times == 1 else 0)


def test_bodies_that_drip_keep_no_other_body_waiting(tmp_path: Path) -> None:
    """As many as are read at once may drip: what is healthy is read meanwhile, and not timed out with them."""
    is_read = asyncio.Event()

    async def answer(request: Request) -> None:
        if request.path.endswith("healthy"):
            await asyncio.sleep(0.2)
            request.send(200, b'{"data": []}')
            return
        request.writer.write(HEAD)
        while not is_read.is_set():
            await asyncio.sleep(0.02)
            request.writer.write(b" ")
            await request.writer.drain()
        request.writer.write(b" " * 100_000)

    def read(answer: Answer) -> int:
        if answer.body == b'{"data": []}':
            is_read.set()
        return len(answer.body)

    with clever_against(answer, tmp_path, Limits(deadline=10)) as (clever, server, _):
        paths = [*(f"/v3.1/dripping?n={number}" for number in range(4)), "/v3.1/healthy"]
        sizes = clever.run(together([clever.session.get(path, read) for path in paths]))

    assert sizes == [100_000] * 4 + [12]
    assert len(server.requests) == len(paths)
