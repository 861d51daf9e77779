"""A sandbox that misbehaves does exactly what it was asked to, over real sockets, and nothing else."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from playbook.sandbox.faults import KINDS
from playbook.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import connect

WHAT_BREAKS = {"truncate", "reset", "stall", "endless", "drip", "bomb", "cut"}
USERS = "/v3.1/users?limit=10"


def pages(client: httpx.Client, count: int, start: str = USERS) -> list[Any]:
    """The first pages of a walk, as far as `next` leads."""
    found: list[Any] = []
    target = start
    while target and len(found) < count:
        found.append(client.get(target).json())
        target = next_of(found[-1])
    return found


def next_of(page: Any) -> str:
    """The `next` link of a page, blank where it has none."""
    return next((link["uri"] for link in page["links"] if link["rel"] == "next"), "")


def ids(page: Any) -> list[str]:
    """The ids on a page."""
    return [item["data"]["id"] for item in page["data"]]


def test_requests_that_no_fault_names_are_answered_honestly(clever: httpx.Client) -> None:
    """Beside the struck request and path, a misbehaving sandbox answers byte for byte as an honest one."""
    with (
        running_sandbox(faults=["status=503@2", "html~/v3.1/schools", "drip@9"]) as running,
        connect(running) as client,
    ):
        first, second, third = (client.get(USERS) for _ in range(3))

    assert (first.status_code, second.status_code, third.status_code) == (200, 503, 200)
    assert first.content == third.content == clever.get(USERS).content


def test_every_request_is_noted(clever: httpx.Client) -> None:
    """What was asked can be counted, whatever came of it."""
    with running_sandbox(faults=["reset@2"]) as running, connect(running) as client:
        client.get(USERS)
        with pytest.raises(httpx.TransportError):
            client.get("/v3.1/me")

    assert running.requests == [f"GET {USERS}", "GET /v3.1/me"]


def test_a_status_comes_with_the_headers_that_were_asked_for() -> None:
    """429 has no body; Retry-After and X-RateLimit-Reset say whatever they are told to say."""
    fault = "status=429/Fri, 01 Jan 2038 00:00:00 GMT/soon@1"
    with running_sandbox(faults=[fault]) as running, connect(running) as client:
        answer = client.get(USERS)

    assert (answer.status_code, answer.content) == (429, b"")
    assert answer.headers["retry-after"] == "Fri, 01 Jan 2038 00:00:00 GMT"
    assert answer.headers["x-ratelimit-reset"] == "soon"


def test_an_error_may_be_html_and_a_redirect_leads_away() -> None:
    """Neither holds JSON."""
    faults = ["html=502@1", "redirect=https://evil.example/@2"]
    with running_sandbox(faults=faults) as running, connect(running) as client:
        page, away = client.get(USERS), client.get(USERS)

    assert (page.status_code, page.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert (away.status_code, away.headers["location"]) == (302, "https://evil.example/")


@pytest.mark.parametrize("fault", ["truncate=300@1", "truncate=0@1", "reset@1", "reset=300@1"])
def test_a_broken_frame_breaks_the_transport(fault: str) -> None:
    """The client sees a broken connection, never a short page; the next request is whole."""
    with running_sandbox(faults=[fault]) as running, connect(running) as client:
        with pytest.raises(httpx.TransportError):
            client.get(USERS)

        assert len(client.get(USERS).json()["data"]) == 10


def test_a_reset_is_a_reset() -> None:
    """The kernel reports a reset by the peer, not an orderly end."""
    with running_sandbox(faults=["reset"]) as running:
        address = ("127.0.0.1", int(running.base_url.rpartition(":")[2]))
        with socket.create_connection(address) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                raw.recv(1)


def test_a_cut_body_is_a_whole_frame() -> None:
    """HTTP sees nothing wrong; the JSON ends in the middle."""
    with running_sandbox(faults=["cut=300"]) as running, connect(running) as client:
        answer = client.get(USERS)

    assert answer.status_code == 200
    assert len(answer.content) == 300
    with pytest.raises(ValueError):
        answer.json()


def test_a_bomb_is_small_on_the_wire_and_large_in_memory() -> None:
    """A few kilobytes decode to as many megabytes as were asked for."""
    with (
        running_sandbox(faults=["bomb=20"]) as running,
        connect(running) as client,
        client.stream("GET", USERS) as answer,
    ):
        wire = sum(map(len, answer.iter_raw()))

    assert wire < 50_000
    assert answer.headers["content-encoding"] == "gzip"


def take(client: httpx.Client, length: int, seconds: float) -> int:
    """How many bytes of a body come before there are enough, it is too late, or nothing comes any more."""
    received, deadline = 0, time.monotonic() + seconds
    try:
        with client.stream("GET", USERS, timeout=seconds) as answer:
            for chunk in answer.iter_raw():
                received += len(chunk)
                if received >= length or time.monotonic() > deadline:
                    break
    except httpx.ReadTimeout:
        pass
    return received


@pytest.mark.parametrize(
    ("fault", "least", "most"), [("stall=50", 50, 50), ("drip=20", 2, 60), ("endless", 10**5, 10**8)]
)
def test_a_body_that_does_not_end_is_given_up_by_the_client(fault: str, least: int, most: int) -> None:
    """Bytes come and then none, too slowly, or without end; the server stops when the client goes away."""
    with running_sandbox(faults=[fault]) as running, connect(running) as client:
        received = take(client, 10**5, seconds=1)

    assert least <= received <= most


def test_latency_passes_before_the_answer() -> None:
    """Every request waits."""
    with running_sandbox(faults=["latency=0.05"]) as running, connect(running) as client:
        started = time.monotonic()
        client.get(USERS)

    assert time.monotonic() - started >= 0.05


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_a_cycle_of_pages_has_the_length_that_was_asked_for(length: int) -> None:
    """`next` leads through so many different pages and then back to the first, for ever."""
    with running_sandbox(faults=[f"loop={length}"]) as running, connect(running) as client:
        walked = [tuple(ids(page)) for page in pages(client, 2 * length + 1)]

    assert len(set(walked)) == length
    assert walked[0] == walked[length] == walked[2 * length]


@pytest.mark.parametrize("fault", ["loop=2", "duplicate"])
def test_lists_are_not_mixed_up(fault: str) -> None:
    """A fault that remembers earlier pages remembers those of each list apart."""
    with running_sandbox(faults=[fault]) as running, connect(running) as client:
        client.get("/v3.1/schools")
        walked = pages(client, 3)

    kinds = {item["uri"].split("/")[2] for page in walked for item in page["data"]}
    assert kinds == {"users"}


def test_fresh_cursors_repeat_the_page_for_ever() -> None:
    """Every link is new, every page the same."""
    with running_sandbox(faults=["fresh"]) as running, connect(running) as client:
        walked = pages(client, 5)

    assert len({next_of(page) for page in walked}) == 5
    assert len({tuple(ids(page)) for page in walked}) == 1


@pytest.mark.parametrize("uri", ["https://evil.example/v3.1/users", "//evil.example/x", "http://127.0.0.1:1/a?b=c@d"])
def test_a_next_link_may_lead_anywhere(uri: str) -> None:
    """The link is passed on to the letter."""
    with running_sandbox(faults=[f"next={uri}"]) as running, connect(running) as client:
        assert next_of(client.get(USERS).json()) == uri


@pytest.mark.parametrize(
    ("fault", "law"),
    [
        ("empty@2", lambda honest, page: page["data"] == [] and next_of(page) == next_of(honest)),
        ("unsorted@2", lambda honest, page: ids(page) == ids(honest)[::-1]),
        ("vanish@2", lambda honest, page: ids(page) == ids(honest)[1:]),
        ("appear@2", lambda honest, page: len(set(ids(page))) == 11 and ids(page) == sorted(ids(page))),
        ("change@2", lambda honest, page: ids(page) == ids(honest) and page["data"][0] != honest["data"][0]),
    ],
)
def test_a_page_lies_as_it_was_asked_to(fault: str, law: Callable[[Any, Any], bool], clever: httpx.Client) -> None:
    """Only the second page lies, and only in the one respect."""
    honest = pages(clever, 3)
    with running_sandbox(faults=[fault]) as running, connect(running) as client:
        walked = pages(client, 3)

    assert (walked[0], walked[2]) == (honest[0], honest[2])
    assert law(honest[1], walked[1])


@pytest.mark.parametrize(("fault", "is_same"), [("duplicate", True), ("duplicate=changed", False)])
def test_a_record_comes_twice(fault: str, is_same: bool) -> None:
    """The last record of a page opens the next one, as it was or with newer values."""
    with running_sandbox(faults=[fault]) as running, connect(running) as client:
        first, second = pages(client, 2)

    assert ids(second)[0] == ids(first)[-1]
    assert (second["data"][0] == first["data"][-1]) is is_same


def test_a_token_revoked_in_mid_walk_stays_revoked() -> None:
    """From the third request on every answer is 401."""
    with running_sandbox(faults=["revoke@3"]) as running, connect(running) as client:
        assert [client.get(USERS).status_code for _ in range(5)] == [200, 200, 401, 401, 401]


def test_an_unshared_district_shows_nothing_any_more(sandbox: RunningSandbox) -> None:
    """Lists are empty and records unknown; the token still works."""
    user = f"/v3.1/users/{sandbox.district.user_id(0)}"
    with running_sandbox(faults=["unshare@2"]) as running, connect(running) as client:
        before, empty, unknown = client.get(USERS), client.get(USERS), client.get(user)

    assert len(before.json()["data"]) == 10
    assert (empty.json()["data"], next_of(empty.json())) == ([], "")
    assert unknown.status_code == 404


@pytest.mark.parametrize("path", ["/v3.1/districts", "/v3.1/districts/{id}"])
def test_a_paused_district_says_so(path: str) -> None:
    """The state is in the list and in the single record; users still come."""
    with running_sandbox(faults=["state=paused"]) as running, connect(running) as client:
        shown = client.get(path.format(id=running.district.id)).json()["data"]
        users = client.get(USERS).json()["data"]

    district = shown[0]["data"] if isinstance(shown, list) else shown
    assert (district["state"], bool(district["pause_start"]), len(users)) == ("paused", True, 10)


def test_new_data_may_be_taken_over_in_mid_walk() -> None:
    """The district says so; who looked before and looks after sees two different days."""
    with running_sandbox(faults=["sync@2"]) as running, connect(running) as client:
        before, after = (client.get("/v3.1/districts").json()["data"][0]["data"]["last_sync"] for _ in range(2))

    assert before < after


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - WHAT_BREAKS))
def test_no_fault_takes_the_sandbox_down(kind: str) -> None:
    """Every answer, whatever its shape, goes through every fault without an error of the server."""
    value = {"status": "=404", "latency": "=0", "next": "=/x", "redirect": "=/x", "hide": "=staff"}.get(kind, "")
    paths = ["/v3.1/users", "/v3.1/events", "/v3.1/resources", "/v3.1/districts", "/v3.1/nowhere", "/userinfo"]
    with running_sandbox(faults=[kind + value]) as running, connect(running) as client:
        application = (running.district.client_id, running.district.client_secret)
        answers = [client.get(path) for path in paths]
        answers += [client.get(f"/v3.1/resources/{running.district.mints['resource'].id(0)}/users")]
        answers += [client.get("/oauth/tokens", auth=application), client.get("/oauth/tokeninfo")]

    assert {answer.status_code for answer in answers} <= {200, 302, 401, 404, *([500] if kind == "html" else [])}


def test_a_hidden_role_leaves_and_takes_those_who_hold_no_other() -> None:
    """A person with another role stays without the hidden one; a person with no other goes, from lists and alone."""
    with running_sandbox(faults=["hide=staff"]) as running, connect(running) as client:
        district = running.district
        cases = district.hard_cases()
        page = client.get("/v3.1/users?limit=10000&count=true").json()
        users = {item["data"]["id"]: item["data"] for item in page["data"]}
        staff = district.user_id(cases["staff_at_several_schools"][0])
        alone = client.get(f"/v3.1/users/{district.user_id(cases['teacher_staff'][0])}").json()["data"]

        assert set(users[alone["id"]]["roles"]) == set(alone["roles"]) == {"teacher"}
        assert staff not in users
        assert client.get(f"/v3.1/users/{staff}").status_code == 404
        assert ids(client.get("/v3.1/users?role=staff").json()) == []
        assert ids(client.get("/v2.1/school_admins").json()) == []
    assert not any("staff" in user["roles"] for user in users.values())
    assert "count" not in page
