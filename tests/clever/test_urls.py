"""A link leads to the configured origin or nowhere: no socket is opened, no token is shown."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from playbook.clever.client import Clever
from playbook.clever.urls import path_template, resolve_link
from playbook.errors import CleverError
from playbook.settings import Secret
from tests.clever.faulty_server import Request, faulty_server
from tests.clever.small_district import SmallDistrict

ORIGIN = "https://api.clever.com"
TOKEN = "canary-token-4711"

HOSTILE = [
    "https://evil.example/v3.1/users",
    "https://evil.example:443/v3.1/users",
    "http://api.clever.com/v3.1/users",
    "HTTP://api.clever.com/v3.1/users",
    "https://api.clever.com:444/v3.1/users",
    "https://api.clever.com:/v3.1/users",
    "https://api.clever.com./v3.1/users",
    "https://evil.example;api.clever.com/v3.1/users",
    "https://api.clever.com&evil.example/v3.1/users",
    "https://api.clever.com.evil.example/v3.1/users",
    "https://api.clever.com@evil.example/v3.1/users",
    "https://api.clever.com:pass@evil.example/v3.1/users",
    "https://user@api.clever.com/v3.1/users",
    "https://user:pass@api.clever.com/v3.1/users",
    "https://api.clever.com%2eevil.example/v3.1/users",
    "https://api.clever.com%00.evil.example/v3.1/users",
    "https://api.clever.com#@evil.example/v3.1/users",
    "https://api.clever.com?@evil.example/v3.1/users",
    "https://evil.example#api.clever.com/v3.1/users",
    "https://evil.example?api.clever.com/v3.1/users",
    "https://evil.example\\@api.clever.com/v3.1/users",
    "https:\\\\evil.example/v3.1/users",
    "https:/\\evil.example/v3.1/users",
    "https:evil.example/v3.1/users",
    "https:/evil.example/v3.1/users",
    "https:///evil.example/v3.1/users",
    "//evil.example/v3.1/users",
    "///evil.example/v3.1/users",
    "////evil.example/v3.1/users",
    "/\\evil.example/v3.1/users",
    "\\\\evil.example\\v3.1\\users",
    "\\/evil.example/v3.1/users",
    "/\t/evil.example/v3.1/users",
    "/\n/evil.example/v3.1/users",
    "\thttps://evil.example/v3.1/users",
    " https://evil.example/v3.1/users",
    "ht\ntps://evil.example/v3.1/users",
    "https://evil.example/v3.1/users ",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/latest/",
    "http://2852039166/latest/",
    "http://0xA9FEA9FE/latest/",
    "http://0251.0376.0251.0376/latest/",
    "http://127.0.0.1:22/",
    "http://127.1/",
    "http://[::1]/v3.1/users",
    "http://localhost/v3.1/users",
    "https://10.0.0.1/v3.1/users",
    "https://аpi.clever.com/v3.1/users",
    "https://xn--pi-7kc.clever.com/v3.1/users",
    "https://ａpi.clever.com/v3.1/users",
    "https://api。clever。com/v3.1/users",
    "https://ⓐpi.clever.com/v3.1/users",
    "/v3.1/../../etc/passwd",
    "/v3.1/users/../districts",
    "/v3.1/users/./x",
    "/v3.1/%2e%2e/districts",
    "/v3.1/%2E./districts",
    "/v3.1/users%2f..%2fdistricts",
    "/v3.1/users%5c..%5cdistricts",
    "/v3.1/users%00",
    "/v3.1/users%0d%0aHost:%20evil.example",
    "/v3.1/users?starting_after=x%0d%0aX-Evil:1",
    "/v3.1/users\r\nHost: evil.example",
    "/v3.1/users?x=\x00",
    "/v3.1/users?x=%zz",
    "/v3.1/users#fragment",
    "/v3.1/users?limit=1#fragment",
    "v3.1/users",
    "users?limit=1",
    "?limit=1",
    "ftp://api.clever.com/v3.1/users",
    "file:///etc/passwd",
    "data:application/json,{}",
    "javascript:alert(1)",
    "gopher://api.clever.com/_GET",
    "ws://api.clever.com/v3.1/users",
    "blob:https://api.clever.com/v3.1/users",
    "https://[api.clever.com/v3.1/users",
    "https://api.clever.com:99999/v3.1/users",
    "https://api.clever.com:https/v3.1/users",
    "/v3.1/users?x=\u202eevil",
    "/v3.1/us\u200bers",
]


@pytest.mark.parametrize("link", HOSTILE)
def test_a_hostile_link_is_refused(link: str) -> None:
    """Wherever two readers could disagree about where a link leads, it leads nowhere."""
    with pytest.raises(CleverError) as error:
        resolve_link(ORIGIN, link)

    assert error.value.code == "link_refused"
    assert "evil" not in str(error.value)


def test_the_corpus_is_large_enough() -> None:
    """At least sixty different hostile links are tried."""
    assert len(set(HOSTILE)) == len(HOSTILE) >= 60


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("/v3.1/users?limit=100&starting_after=50000000aaaaaaaa00000001",) * 2,
        ("/v3.0/events?",) * 2,
        ("/v3.1/users/50000000aaaaaaaa00000001/myContacts",) * 2,
        ("/v3.1/events?record_type=users&record_type=sections",) * 2,
        ("/v3.1/users?x=a%20b",) * 2,
        ("https://api.clever.com/v3.1/users?limit=1", "/v3.1/users?limit=1"),
        ("https://api.clever.com:443/v3.1/users", "/v3.1/users"),
        ("HTTPS://API.CLEVER.COM/v3.1/users", "/v3.1/users"),
    ],
)
def test_a_link_of_clevers_own_is_followed(link: str, target: str) -> None:
    """Relative links with the version, and absolute ones on the very origin, become path and query."""
    assert resolve_link(ORIGIN, link).removesuffix("?") == target.removesuffix("?")


def test_no_hostile_link_opens_a_socket_or_shows_the_token(tmp_path: Path) -> None:
    """A page whose next link is hostile ends the walk: a listener hears no byte, and nobody else sees the token."""
    district = SmallDistrict(10)
    links: list[str] = []

    def answer(request: Request) -> None:
        request.send_json({"data": [{"data": district.lists["users"][0]}], "links": [{"rel": "next", "uri": links[0]}]})

    with socket.create_server(("127.0.0.1", 0)) as listener, faulty_server(answer) as server:
        listener.settimeout(0)
        port = listener.getsockname()[1]
        there = [link.replace("evil.example", f"127.0.0.1:{port}") for link in HOSTILE]
        with Clever(server.origin, Secret(TOKEN), pace_directory=tmp_path) as clever:
            for link in [*there, f"http://127.0.0.1:{port}/v3.1/users", f"//127.0.0.1:{port}/v3.1/users"]:
                links[:] = [link]
                seen = len(server.requests)
                with pytest.raises(CleverError, match="not followed") as error:
                    list(clever.pages("/users"))
                assert TOKEN not in repr(error.value) + str(error.value)
                assert len(server.requests) == seen + 1
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused(status: int, tmp_path: Path) -> None:
    """No redirect is followed, not even on the same origin."""

    def answer(request: Request) -> None:
        request.send(status, b"", {"location": "/v3.1/elsewhere"})

    with (
        faulty_server(answer) as server,
        Clever(server.origin, Secret(TOKEN), pace_directory=tmp_path) as clever,
        pytest.raises(CleverError) as error,
    ):
        clever.get("/users")

    assert error.value.code == "redirect_refused"
    assert len(server.requests) == 1


def test_a_template_names_an_endpoint_and_no_person() -> None:
    """Ids and queries never stand in messages and logs."""
    assert path_template("/v3.1/users/50000000aaaaaaaa00000001/sections?limit=1") == "/v3.1/users/{id}/sections"
    assert path_template("/v3.1/users/12345") == "/v3.1/users/{id}"
    assert path_template("/v3.1/users?starting_after=50000000aaaaaaaa00000001") == "/v3.1/users"
