"""Which failures are tried again, how often, and when: request counts and moments, over real sockets."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from playbook.clever.retrying import ATTEMPTS, FREE_RETRIES
from playbook.errors import CleverError
from tests.clever.faulty_server import Request
from tests.clever.misbehaviour import PAGE, TOKEN, clever_against, once
from tests.clever.virtual_time import VirtualTime

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
