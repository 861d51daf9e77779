"""Each kind of token sees what Clever shows it, and everything else looks as Clever's refusals look."""

from __future__ import annotations

import itertools

import httpx
import pytest

from playbook.sandbox.limiter import Limiter
from playbook.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import connect

BULK = ("/v3.1/users", "/v3.1/sections", "/v3.1/schools", "/v3.1/events", "/v2.1/students", "/v3.1/resources")


@pytest.mark.parametrize(
    "header", [{}, {"authorization": "Bearer"}, {"authorization": "Bearer x"}, {"authorization": "Basic eDp5"}]
)
def test_without_a_known_token_nothing_is_shown(sandbox: RunningSandbox, header: dict[str, str]) -> None:
    """401 in JSON, and no rate-limit headers, for there is no token to count by."""
    answer = httpx.get(f"{sandbox.base_url}/v3.1/users", headers=header)

    assert answer.status_code == 401
    assert set(answer.json()) == {"message"}
    assert "x-ratelimit-remaining" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/v3.1/students", "/v3.0/teachers", "/v1.1/users", "/v2.1/users", "/", "/v3.1/users/"]
)
def test_a_path_that_does_not_exist_is_an_html_404(clever: httpx.Client, path: str) -> None:
    """Parsing it as JSON crashes, as it does with Clever."""
    answer = clever.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert f"Cannot GET {path}" in answer.text


def test_a_path_is_shown_harmless_in_the_page(clever: httpx.Client) -> None:
    """What was asked is escaped."""
    assert "<script>" not in clever.get("/v3.1/<script>alert(1)</script>").text


@pytest.mark.parametrize("identifier", ["0" * 24, "nonsense", "💥"])
@pytest.mark.parametrize(
    "path", ["users", "sections", "schools", "courses", "terms", "districts", "resources", "events"]
)
def test_an_unknown_id_is_a_json_404(clever: httpx.Client, path: str, identifier: str) -> None:
    """The path exists, the record does not."""
    answer = clever.get(f"/v3.1/{path}/{identifier}")

    assert answer.status_code == 404
    assert set(answer.json()) == {"message"}


def test_a_legacy_id_is_unknown_to_v3_and_a_user_id_to_v2(clever: httpx.Client, sandbox: RunningSandbox) -> None:
    """The two kinds of id are never exchanged; a student's is the same in both."""
    district = sandbox.district
    teacher = next(i for i in district.members("teacher") if district.shares_role(i, "teacher"))

    assert clever.get(f"/v3.1/users/{district.v2_id(teacher, 'teacher')}").status_code == 404
    assert clever.get(f"/v2.1/teachers/{district.user_id(teacher)}").status_code == 404
    assert clever.get(f"/v2.1/students/{district.user_id(0)}").status_code == 200


@pytest.mark.parametrize("path", BULK)
def test_a_users_token_lists_nothing(sandbox: RunningSandbox, path: str) -> None:
    """For a user's token, lists do not exist."""
    with connect(sandbox, sandbox.district.user_token(725, "staff")) as client:
        answer = client.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_users_token_reads_its_own_user_and_district_alone(sandbox: RunningSandbox) -> None:
    """Own records come without links; another's are not in the token's scopes; paging is refused."""
    district = sandbox.district
    with connect(sandbox, district.user_token(725, "staff")) as client:
        own = client.get(f"/v3.1/users/{district.user_id(725)}")
        others = [
            client.get(f"/v3.1/users/{district.user_id(0)}"),
            client.get(f"/v2.1/school_admins/{district.user_id(725)}"),
        ]
        paged = client.get(f"/v3.1/users/{district.user_id(725)}?limit=1")

        assert set(own.json()) == {"data"}
        assert client.get(f"/v2.1/school_admins/{district.v2_id(725, 'staff')}").status_code == 200
        assert client.get(f"/v3.1/districts/{district.id}").status_code == 200
    assert [answer.json()["message"] for answer in others] == ["Resource not in token's scopes"] * 2
    assert paged.status_code == 400


@pytest.mark.parametrize("path", ["/me", "/v3.1/me", "/userinfo"])
def test_a_districts_token_signs_nobody_in(clever: httpx.Client, path: str) -> None:
    """What shows who is signed in does not exist for a district's token."""
    assert clever.get(path).headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v3.1/sections/x/assignments"),
        ("GET", "/v3.1/sections/x/assignments/y"),
        ("DELETE", "/v3.1/sections/x/assignments/y"),
        ("GET", "/v3.1/sections/x/assignments/y/submissions"),
        ("PATCH", "/v3.1/sections/x/assignments/y/submissions/z"),
        ("GET", "/v3.1/attendance/schools/x"),
        ("GET", "/v3.1/attendance/sections/x"),
    ],
)
def test_lms_connect_and_attendance_are_out_of_scope(clever: httpx.Client, method: str, path: str) -> None:
    """The paths exist; this application has no scope for them."""
    answer = clever.request(method, path)

    assert (answer.status_code, answer.json()["message"]) == (403, "Resource not in token's scopes")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(clever: httpx.Client, method: str) -> None:
    """The Data API answers GET alone."""
    assert clever.request(method, "/v3.1/users").status_code == 404


def test_an_application_may_be_barred_from_a_version() -> None:
    """A version that the application may not call does not exist for it; the token is good for the others."""
    with running_sandbox(versions=("v3.1",)) as running, connect(running) as client:
        assert client.get("/v3.1/users").status_code == 200
        assert client.get("/v2.1/students").headers["content-type"] == "text/html; charset=utf-8"


def test_every_answer_can_be_told_apart(clever: httpx.Client) -> None:
    """Request ids never repeat; errors have them too, for they are what support asks for."""
    answers = [clever.get(path) for path in ("/v3.1/users?limit=1", "/v3.1/users?limit=1", "/v3.1/users/x", "/nowhere")]

    assert len({answer.headers["x-request-id"] for answer in answers}) == 4
    assert answers[0].headers["etag"] == answers[1].headers["etag"]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


def test_the_rate_limit_counts_a_minute_of_the_clock_for_each_token() -> None:
    """The window is fixed: what is left is full again at its end, and tokens do not share it."""
    now = 1_700_000_030.0
    limiter = Limiter(lambda: now, allowed=2)

    assert [limiter.count("a")[0] for _ in range(3)] == [True, True, False]
    assert limiter.count("b")[0]
    now = 1_700_000_040.0
    allowed, headers = limiter.count("a")
    assert allowed
    assert headers == {
        "x-ratelimit-bucket": "bearer",
        "x-ratelimit-limit": "2",
        "x-ratelimit-remaining": "1",
        "x-ratelimit-reset": "1700000100",
    }


def test_the_request_after_the_last_is_429_with_an_empty_body() -> None:
    """1,200 requests a minute are answered, the next is not, and the next minute begins anew."""
    minute = itertools.chain(itertools.repeat(0.0, 1201), itertools.repeat(60.0))
    with running_sandbox(users=10, clock=lambda: next(minute)) as running, connect(running) as client:
        answers = [client.get("/v3.1/terms?limit=1") for _ in range(1202)]

    assert {answer.status_code for answer in answers[:1200]} == {200}
    assert (answers[1200].status_code, answers[1200].content) == (429, b"")
    assert answers[1200].headers["x-ratelimit-remaining"] == "0"
    assert answers[1201].status_code == 200
