"""OpenID Connect says the same of a sign-in as `/userinfo`, to the one application that may know."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from playbook.sandbox.oauth import REDIRECT_URI
from playbook.sandbox.quirks import choose_quirks
from playbook.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import connect

TRIPLE = 723  # teacher, staff and district admin
NOW = 1_000.0


def sign_in(running: RunningSandbox, **extra: str) -> dict[str, Any]:
    """Sign the triple in as staff and return what the code is exchanged for."""
    district = running.district
    query = {"client_id": district.client_id, "redirect_uri": REDIRECT_URI, "response_type": "code", **extra}
    query |= {"login": district.user_id(TRIPLE), "role": "staff"}
    redirect = httpx.get(f"{running.base_url}/oauth/authorize", params=query).headers["location"]
    code = parse_qs(urlsplit(redirect).query)["code"][0]
    body = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code": code}
    application = (district.client_id, district.client_secret)
    answer: dict[str, Any] = httpx.post(f"{running.base_url}/oauth/tokens", auth=application, json=body).json()
    return answer


def read(part: str) -> Any:
    """Read one part of a token."""
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_an_application_without_openid_gets_no_id_token() -> None:
    """Only one that is set up for it does."""
    with running_sandbox(clock=lambda: NOW) as running:
        assert set(sign_in(running)) == {"access_token", "token_type"}


@pytest.mark.parametrize("nonce", ["", "n-0S6_WzA2Mj"])
def test_the_claims_are_those_of_userinfo(nonce: str) -> None:
    """`sub` is the v3 id, `user_id` the v2 id of the role; who it is for, until when and the nonce come on top."""
    with running_sandbox(clock=lambda: NOW, quirks=choose_quirks(on=["id_token"])) as running:
        answer = sign_in(running, **({"nonce": nonce} if nonce else {}))
        with connect(running, answer["access_token"]) as client:
            userinfo = client.get("/userinfo").json()
        district = running.district
    head, body, signature = answer["id_token"].split(".")
    claims = read(body)
    expected = hmac.new(district.client_secret.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()

    assert (claims["sub"], claims["user_id"]) == (district.user_id(TRIPLE), district.v2_id(TRIPLE, "staff"))
    assert claims.items() >= userinfo.items()
    assert claims["iss"] == "https://clever.com"
    assert (claims["aud"], claims["iat"], claims["exp"]) == (district.client_id, NOW, NOW + 3600)
    assert claims.get("nonce", "") == nonce
    assert read(head)["alg"] == "HS256"
    assert base64.urlsafe_b64decode(signature + "=") == expected


def test_the_discovery_document_leads_to_endpoints_that_answer(sandbox: RunningSandbox) -> None:
    """Nobody needs a token to find them, and they are the sandbox's own."""
    found = httpx.get(f"{sandbox.base_url}/.well-known/openid-configuration").json()

    assert found["issuer"] == "https://clever.com"
    for name, refused in (("authorization", 400), ("token", 401), ("userinfo", 401)):
        endpoint = found[f"{name}_endpoint"]
        assert endpoint.startswith(sandbox.base_url)
        assert httpx.get(endpoint).status_code == refused
