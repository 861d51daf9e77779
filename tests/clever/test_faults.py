"""Answers that cannot be used: broken, cut, too slow or too large, over real sockets; none of it is kept."""

from __future__ import annotations

import asyncio
import gzip
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from playbook.clever.client import Clever
from playbook.clever.reading import read_users
from playbook.clever.retrying import ATTEMPTS, FREE_RETRIES, Passing
from playbook.clever.transport import Answer, Limits
from playbook.errors import CleverError, ServiceError
from playbook.settings import Secret
from tests.clever.faulty_server import Request
from tests.clever.misbehaviour import PAGE, TOKEN, clever_against, once
from tests.clever.small_district import student
from tests.clever.virtual_time import VirtualTime


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


@pytest.mark.parametrize("body", [b"", b"maintenance", b'{"data": [', b"[]", b'{"data": [NaN]}'])
def test_who_has_answered_is_not_called_unreachable(body: bytes, tmp_path: Path) -> None:
    """What is wrong is the answer, and not the network."""
    with (
        clever_against(lambda request: request.send(200, body), tmp_path) as (clever, _, _virtual),
        pytest.raises(CleverError) as error,
    ):
        clever.get("/users")

    assert (error.value.code, error.value.status) == ("unusable_answer", 200)


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
