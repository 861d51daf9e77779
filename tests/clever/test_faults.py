"""Every fault that a service shows: what the client does, and how many requests it takes, over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from playbook.clever.client import Clever
from playbook.clever.reading import read_users
from playbook.clever.retrying import ATTEMPTS, FREE_RETRIES, Passing
from playbook.clever.snapshot import fetch_snapshot
from playbook.clever.transport import Answer, Limits
from playbook.district import ROLES
from playbook.errors import CleverError, InputError, ServiceError
from playbook.settings import Secret
from tests.clever.faulty_server import FaultyServer, Request, faulty_server
from tests.clever.small_district import SmallDistrict, student
from tests.clever.virtual_time import VirtualTime

TOKEN = "canary-token-4711"
PAGE: dict[str, Any] = {"data": [{"data": student(n)} for n in range(5)], "links": []}


@contextmanager
def clever_against(
    answer: Callable[[Request], Any], directory: Path, limits: Limits | None = None
) -> Iterator[tuple[Clever, FaultyServer, VirtualTime]]:
    """Open a client of a faulty server; its waits take no time."""
    virtual = VirtualTime()
    with (
        faulty_server(answer) as server,
        Clever(
            server.origin,
            Secret(TOKEN),
            clock=virtual.clock,
            sleep=virtual.sleep,
            pace_directory=directory,
            limits=limits,
        ) as clever,
    ):
        yield clever, server, virtual


def once(wrong: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """Answer wrongly the first time, and honestly afterwards."""
    return lambda request: wrong(request) if request.number == 1 else request.send_json(PAGE)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 501])
def test_what_will_not_pass_is_asked_once(status: int, tmp_path: Path) -> None:
    """Exactly one request, and an error that carries status, path template and Clever's request id."""
    headers = {"x-request-id": "req-123"}
    with (
        clever_against(lambda request: request.send(status, b"{}", headers), tmp_path) as (clever, server, _),
        pytest.raises(CleverError) as error,
    ):
        clever.get("/users/50000000aaaaaaaa00000001", {"secret": "query"})

    assert len(server.requests) == 1
    assert (error.value.status, error.value.request_id) == (status, "req-123")
    assert error.value.path == "/v3.1/users/{id}"
    assert "query" not in str(error.value)
    assert TOKEN not in str(error.value)
    assert error.value.remedy


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(status: int, tmp_path: Path) -> None:
    """One failure costs one further request."""
    with clever_against(once(lambda request: request.send(status, b"")), tmp_path) as (clever, server, _):
        assert clever.get("/users") == PAGE

    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_request_is_given_up_after_six_tries(status: int, tmp_path: Path) -> None:
    """Waits between them are drawn from the whole of a growing range."""
    with (
        clever_against(lambda request: request.send(status, b""), tmp_path) as (clever, server, virtual),
        pytest.raises(CleverError) as error,
    ):
        clever.get("/users")

    assert len(server.requests) == ATTEMPTS == 6
    assert error.value.status == status
    assert len(virtual.sleeps) >= ATTEMPTS - 1
    assert max(virtual.sleeps) <= 30


def test_a_dying_service_is_not_hammered(tmp_path: Path) -> None:
    """When everything fails, requests are at most 1.1 times the calls."""
    calls = 300
    with clever_against(lambda request: request.send(500, b""), tmp_path) as (clever, server, _):
        for _ in range(calls):
            with pytest.raises(CleverError):
                clever.get("/users")

    assert calls < len(server.requests) <= calls * 1.1
    assert len(server.requests) - calls >= FREE_RETRIES


FETCHED = datetime(2026, 8, 3, tzinfo=UTC)
NOW = VirtualTime().now
SOON = format_datetime(datetime.fromtimestamp(NOW + 30, UTC), usegmt=True)
PAST = format_datetime(datetime.fromtimestamp(NOW - 3000, UTC), usegmt=True)
RESETS = [
    ({"x-ratelimit-reset": str(NOW + 42)}, 42),
    ({"x-ratelimit-reset": str(int(NOW) + 42), "retry-after": "10"}, 42),
    ({"x-ratelimit-reset": str(int(NOW) + 10), "retry-after": "55"}, 55),
    ({"retry-after": "17"}, 17),
    ({"retry-after": "0"}, 0),
    ({"retry-after": SOON}, 30),
    ({"retry-after": PAST}, 0),
    ({"retry-after": "-5"}, 0),
    ({"retry-after": "soon"}, 0),
    ({"retry-after": "1e9", "x-ratelimit-reset": "NaN"}, 0),
    ({"x-ratelimit-reset": str(int(NOW) - 500)}, 0),
    ({"x-ratelimit-reset": "", "retry-after": ""}, 0),
    ({}, 0),
]


@pytest.mark.parametrize(("headers", "wait"), RESETS)
def test_no_request_leaves_before_the_reset(headers: dict[str, str], wait: float, tmp_path: Path) -> None:
    """The later of both headers is waited for, in whatever form it comes."""
    moments: list[float] = []

    def answer(request: Request) -> None:
        moments.append(virtual.now)
        once(lambda first: first.send(429, b"", headers))(request)

    with clever_against(answer, tmp_path) as (clever, _, virtual):
        clever.get("/users")

    assert len(moments) == 2
    assert moments[1] - moments[0] >= wait
    assert moments[1] - moments[0] <= wait + 60


@pytest.mark.parametrize("headers", [{"retry-after": "999999"}, {"x-ratelimit-reset": str(int(NOW) + 86400)}])
def test_an_absurd_wait_is_reported_instead(headers: dict[str, str], tmp_path: Path) -> None:
    """Nobody sits before a notebook for a day: one request, and an error."""
    with (
        clever_against(lambda request: request.send(429, b"", headers), tmp_path) as (clever, server, _),
        pytest.raises(CleverError) as error,
    ):
        clever.get("/users")

    assert error.value.code == "rate_limited"
    assert len(server.requests) == 1


def test_nobody_sends_early_in_a_thousand_windows(tmp_path: Path) -> None:
    """A server with fixed windows sees no request between its 429 and its reset, a thousand times over."""
    resets: list[int] = []
    early: list[int] = []

    def answer(request: Request) -> None:
        early.extend(reset for reset in resets[-1:] if virtual.now < reset)
        if request.number % 2:
            resets.append(math.ceil(virtual.now) + request.number % 59)
            request.send(429, b"", {"x-ratelimit-reset": str(resets[-1])})
        else:
            request.send(200, b'{"data": []}')

    with clever_against(answer, tmp_path) as (clever, _, virtual):
        for number in range(1000):
            clever.session.tally.retries = 0  # the budget is another test's matter
            clever.get("/users", {"n": number})

    assert len(resets) == 1000
    assert early == []


def test_a_page_cut_at_any_byte_is_never_used(tmp_path: Path) -> None:
    """Short by its content length, or closed without one, a cut page gives no row; its successor is not asked for."""
    body = json.dumps({"data": [{"data": student(n)} for n in range(8)], "links": []}).encode()
    assert len(body) > 4000

    def answer(request: Request) -> None:
        cut = int(request.parameter("cut"))
        length = f"content-length: {len(body)}\r\n" if cut % 2 else ""
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{length}connection: close\r\n\r\n"
        request.writer.write(head.encode() + body[:cut])
        request.writer.close()

    with clever_against(answer, tmp_path) as (clever, server, _):
        clever.session.tally.retries = len(body)  # no retry: one request a cut
        for cut in range(len(body)):
            with pytest.raises(CleverError):
                clever.run(clever.session.get(f"/v3.1/users?cut={cut}", read_users))

    assert len(server.requests) == len(body)


def test_a_cut_page_is_no_page_whatever_the_frame(tmp_path: Path) -> None:
    """Even where the transport sees no fault, what is cut is told from what is whole."""
    body = json.dumps({"data": [{"data": student(n)} for n in range(7)], "links": []}).encode()

    for cut in range(len(body)):
        with pytest.raises(Passing):
            read_users(Answer(200, {"content-type": "application/json"}, body[:cut]))
    assert len(read_users(Answer(200, {}, body)).records) == 7


BROKEN: list[tuple[str, Callable[[Request], Any]]] = [
    ("reset before the answer", lambda request: request.reset()),
    ("closed without an answer", lambda request: request.writer.close()),
    ("no HTTP", lambda request: request.writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")),
    ("a chunk that lies", lambda r: r.writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")),
    ("no JSON", lambda request: request.send(200, b"maintenance")),
    ("half JSON", lambda request: request.send(200, b'{"data": [{"data": {"id": "5')),
    ("NaN", lambda request: request.send(200, b'{"data": [NaN]}')),
    ("not UTF-8", lambda request: request.send(200, b'{"data": ["\xff"]}')),
    ("deep nesting", lambda request: request.send(200, b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")),
    ("an array", lambda request: request.send(200, b"[]")),
    ("a text", lambda request: request.send(200, b'"hello"')),
    ("empty", lambda request: request.send(200, b"")),
    ("HTML with 200", lambda request: request.send(200, b"<html>", {"content-type": "text/html"})),
    ("HTML that says JSON", lambda request: request.send(200, b"<!doctype html>")),
    ("HTML with 500", lambda request: request.send(500, b"<html>", {"content-type": "text/html"})),
    ("not gzip", lambda request: request.send(200, b"{}", {"content-encoding": "gzip"})),
    ("cut gzip", lambda r: r.send(200, gzip.compress(b'{"data": []}')[:-4], {"content-encoding": "gzip"})),
    ("unknown encoding", lambda request: request.send(200, b"{}", {"content-encoding": "br"})),
]


@pytest.mark.parametrize("wrong", [wrong for _, wrong in BROKEN], ids=[name for name, _ in BROKEN])
def test_a_broken_answer_is_asked_for_again(wrong: Callable[[Request], Any], tmp_path: Path) -> None:
    """One broken answer costs one further request; nothing of it is used, and nothing of it is shown."""
    with clever_against(once(wrong), tmp_path) as (clever, server, _):
        assert clever.get("/users") == PAGE
        assert len(server.requests) == 2

    with clever_against(wrong, tmp_path / "always") as (clever, server, _):
        with pytest.raises(ServiceError) as error:
            clever.get("/users")
        assert len(server.requests) == ATTEMPTS
        assert "maintenance" not in str(error.value)
        assert TOKEN not in str(error.value)


def test_gzip_is_understood(tmp_path: Path) -> None:
    """A compressed page is what it was before."""
    body = gzip.compress(json.dumps(PAGE).encode())
    encoded = {"content-encoding": "gzip"}
    with clever_against(lambda request: request.send(200, body, encoded), tmp_path) as (clever, server, _):
        assert clever.get("/users") == PAGE

    assert server.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("encoding", ["gzip", ""])
def test_a_bomb_does_not_fill_the_memory(encoding: str, tmp_path: Path) -> None:
    """A body beyond any page is refused after one request, with no more than a hundred megabytes of memory."""
    bomb = gzip.compress(b" " * (400 << 20), 1) if encoding else b""

    async def answer(request: Request) -> None:
        if encoding:
            request.send(200, bomb, {"content-encoding": encoding})
            return
        request.writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n")
        for _ in range(400):
            request.writer.write(b" " * (1 << 20))
            await request.writer.drain()

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with clever_against(answer, tmp_path) as (clever, server, _), pytest.raises(CleverError) as error:
        clever.get("/users")

    assert error.value.code == "answer_too_large"
    assert len(server.requests) == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before <= 100 * 1024


@pytest.mark.parametrize("manner", ["stall", "drip", "slow headers", "stall in the body"])
def test_slowness_ends_at_the_deadline(manner: str, tmp_path: Path) -> None:
    """The deadline holds for the whole request, however busy the line looks."""

    async def answer(request: Request) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n"
        if manner in ("drip", "stall in the body"):
            request.writer.write(head)
        if manner == "stall in the body":
            request.writer.write(b'{"data": [')
        for byte in head * 20:
            await asyncio.sleep(0.02 if manner != "stall" else 0.5)
            request.writer.write(bytes([byte]) if manner in ("drip", "slow headers") else b"")
            await request.writer.drain()

    limits = Limits(deadline=0.2)
    with clever_against(answer, tmp_path, limits) as (clever, server, _):
        clever.session.tally.retries = FREE_RETRIES - 1  # one further try
        started = time.monotonic()
        with pytest.raises(CleverError, match="deadline"):
            clever.get("/users")

    assert len(server.requests) == 2
    # The server would go on for half a minute and more; a busy machine may take a few seconds over two deadlines.
    assert time.monotonic() - started <= 2 * limits.deadline + 10


def test_a_body_below_the_slowest_speed_is_given_up(tmp_path: Path) -> None:
    """A line that is alive but useless does not take the whole deadline."""

    async def answer(request: Request) -> None:
        request.writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n")
        for _ in range(200):
            await asyncio.sleep(0.02)
            request.writer.write(b" ")
            await request.writer.drain()

    with clever_against(answer, tmp_path, Limits(deadline=30, grace=0.1)) as (clever, server, _):
        clever.session.tally.retries = FREE_RETRIES
        with pytest.raises(CleverError, match="too_slow"):
            clever.get("/users")

    assert len(server.requests) == 1


def test_an_origin_that_does_not_answer_is_unreachable(tmp_path: Path) -> None:
    """A refused connection is tried again, and then said."""
    virtual = VirtualTime()
    with (
        Clever(
            "http://127.0.0.1:1", Secret(TOKEN), clock=virtual.clock, sleep=virtual.sleep, pace_directory=tmp_path
        ) as clever,
        pytest.raises(CleverError) as error,
    ):
        clever.get("/users")

    assert error.value.code == "unreachable"
    assert "http://127.0.0.1:1 " in error.value.message
    assert clever.session.tally.requests == ATTEMPTS


def test_a_name_that_nobody_knows_is_unreachable(tmp_path: Path) -> None:
    """A resolver that fails may recover: six tries, and then it is said."""
    virtual = VirtualTime()
    times: dict[str, Any] = {"clock": virtual.clock, "sleep": virtual.sleep}
    with (
        Clever("http://clever.invalid", Secret(TOKEN), pace_directory=tmp_path, **times) as clever,
        pytest.raises(CleverError) as error,
    ):
        clever.get("/users")

    assert error.value.code == "unreachable"
    assert clever.session.tally.requests == ATTEMPTS


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
