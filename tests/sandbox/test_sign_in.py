"""A sign-in shows each version the kind of id that it knows, and OAuth hands out tokens as Clever does."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from playbook.sandbox.district import make_district
from playbook.sandbox.oauth import REDIRECT_URI
from playbook.sandbox.quirks import choose_quirks
from playbook.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import connect

TRIPLE = 723  # teacher, staff and district admin


def application(running: RunningSandbox) -> tuple[str, str]:
    """The application's credentials."""
    return running.district.client_id, running.district.client_secret


def exchange(running: RunningSandbox, **changes: str) -> httpx.Response:
    """Exchange a code; `changes` alter what is sent."""
    body = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, **changes}
    return httpx.post(f"{running.base_url}/oauth/tokens", auth=application(running), json=body)


@pytest.mark.parametrize(
    ("version", "role", "kind", "path"),
    [
        ("v2.1", "teacher", "teacher", "teachers"),
        ("v2.1", "staff", "school_admin", "school_admins"),
        ("v2.0", "district_admin", "district_admin", "district_admins"),
    ],
)
def test_me_under_v2_is_the_record_of_the_chosen_role(
    sandbox: RunningSandbox, version: str, role: str, kind: str, path: str
) -> None:
    """The id is the role's, the canonical link leads to the role's record."""
    district = sandbox.district
    with connect(sandbox, district.user_token(TRIPLE, role)) as client:
        me = client.get(f"/{version}/me").json()
        links = {link["rel"]: link["uri"] for link in me["links"]}

        assert (me["type"], me["data"]["type"], me["data"]["id"]) == (kind, kind, district.v2_id(TRIPLE, role))
        assert links["canonical"] == f"/{version}/{path}/{me['data']['id']}"
        assert client.get(links["canonical"]).json()["data"]["id"] == me["data"]["id"]
    assert ("authorized_by" in me["data"]) is (version == "v2.1")


@pytest.mark.parametrize("version", ["v3.0", "v3.1"])
@pytest.mark.parametrize("role", ["teacher", "staff", "district_admin"])
def test_me_under_v3_is_the_one_user_whatever_the_role(sandbox: RunningSandbox, version: str, role: str) -> None:
    """The type is `user`: the role is not to be read here."""
    district = sandbox.district
    with connect(sandbox, district.user_token(TRIPLE, role)) as client:
        me = client.get(f"/{version}/me").json()

    assert (me["type"], me["data"]["type"], me["data"]["id"]) == ("user", "user", district.user_id(TRIPLE))


def test_me_without_a_version_hands_out_the_old_id(sandbox: RunningSandbox) -> None:
    """So it must not be combined with a v3 path."""
    district = sandbox.district
    with connect(sandbox, district.user_token(TRIPLE, "teacher")) as client:
        identifier = client.get("/me").json()["data"]["id"]

        assert identifier == district.v2_id(TRIPLE, "teacher")
        assert client.get(f"/v3.1/users/{identifier}").status_code == 404


def test_me_may_name_the_role_inside_by_option() -> None:
    """As recorded on the wire: the outer type says `user`, the inner one the role."""
    token = make_district().user_token(TRIPLE, "staff")
    quirks = choose_quirks(on=["me_role_inside"])
    with running_sandbox(quirks=quirks) as running, connect(running, token) as client:
        me = client.get("/v3.1/me").json()

    assert (me["type"], me["data"]["type"]) == ("user", "school_admin")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("role", ["teacher", "staff", "district_admin"])
def test_userinfo_shows_both_ids_at_once(sandbox: RunningSandbox, method: str, role: str) -> None:
    """`user_id` is the role's of this sign-in; `sub` and `multi_role_user_id` are the user's."""
    district = sandbox.district
    with connect(sandbox, district.user_token(TRIPLE, role)) as client:
        claims = client.request(method, "/userinfo").json()

    assert claims["user_id"] == district.v2_id(TRIPLE, role)
    assert claims["sub"] == claims["multi_role_user_id"] == district.user_id(TRIPLE)
    assert (claims["district_id"], claims["email_verified"]) == (district.id, False)


def test_the_tokens_of_connected_districts_are_listed_to_the_application() -> None:
    """All of them, or the one that is named; each token reads its own district alone."""
    with running_sandbox(users=20, districts=3) as running:
        url = f"{running.base_url}/oauth/tokens"
        everybody = httpx.get(f"{url}?owner_type=district", auth=application(running)).json()
        third = running.districts[2]
        named = httpx.get(url, params={"district": third.id}, auth=application(running)).json()

        assert [item["owner"]["id"] for item in everybody["data"]] == [d.id for d in running.districts]
        assert everybody["links"] == [{"rel": "self", "uri": "/oauth/tokens?owner_type=district"}]
        assert [item["access_token"] for item in named["data"]] == [third.token]
        with connect(running, third.token) as client:
            assert client.get("/v3.1/districts").json()["data"][0]["data"]["id"] == third.id
            assert client.get(f"/v3.1/users/{running.district.user_id(0)}").status_code == 404


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic !!!", "Basic w7w=", "Bearer x", "Basic " + base64.b64encode(b"a:b").decode()]
)
def test_nobody_else_gets_tokens(sandbox: RunningSandbox, header: str) -> None:
    """Wrong, malformed and missing credentials are refused in OAuth's words."""
    for method in ("GET", "POST"):
        answer = httpx.request(method, f"{sandbox.base_url}/oauth/tokens", headers={"authorization": header})

        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("as_form", [True, False])
def test_a_code_is_exchanged_for_the_token_of_the_login(as_form: bool) -> None:
    """As a form or as JSON."""
    with running_sandbox(clock=lambda: 1_000.0) as running:
        body = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI}
        body["code"] = running.district.authorization_code(TRIPLE, "staff", 990)
        sent: dict[str, Any] = {"data": body} if as_form else {"json": body}
        answer = httpx.post(f"{running.base_url}/oauth/tokens", auth=application(running), **sent)

    assert answer.json() == {"access_token": running.district.user_token(TRIPLE, "staff"), "token_type": "bearer"}


def test_a_code_is_good_once_and_for_a_minute() -> None:
    """Used, expired, foreign and missing codes, another redirect and another grant are refused."""
    with running_sandbox(clock=lambda: 1_000.0) as running:
        fresh = running.district.authorization_code(TRIPLE, "staff", 940)
        expired = running.district.authorization_code(TRIPLE, "staff", 939)
        assert exchange(running, code=fresh).status_code == 200
        refused = [
            exchange(running, code=fresh),
            exchange(running, code=expired),
            exchange(running, code="code123"),
            exchange(running),
            exchange(running, code=expired, redirect_uri="https://evil.example/"),
            exchange(running, code=expired, grant_type="refresh_token"),
        ]

    assert {answer.status_code for answer in refused} == {400}
    assert [answer.json()["error"] for answer in refused] == ["invalid_grant"] * 5 + ["unsupported_grant_type"]


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "x"},
        {"redirect_uri": "https://evil.example/"},
        {"login": "0" * 24},
        {"role": "student"},
        {"district_id": "x"},
    ],
)
def test_a_login_that_cannot_be_is_refused_and_leads_nowhere(sandbox: RunningSandbox, change: dict[str, str]) -> None:
    """No redirect to a stranger, no code for nobody, none for a role that she does not hold."""
    asked = {"client_id": sandbox.district.client_id, "redirect_uri": REDIRECT_URI, **change}
    answer = httpx.get(f"{sandbox.base_url}/oauth/authorize", params=asked)

    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_two_logins_of_one_second_have_two_codes(sandbox: RunningSandbox) -> None:
    """Else the second would be refused as used."""
    asked = {"client_id": sandbox.district.client_id, "redirect_uri": REDIRECT_URI}
    answers = [httpx.get(f"{sandbox.base_url}/oauth/authorize", params=asked) for _ in range(2)]
    codes = [httpx.URL(answer.headers["location"]).params["code"] for answer in answers]

    assert [exchange(sandbox, code=code).status_code for code in codes] == [200, 200]


def test_a_contact_does_not_sign_in(sandbox: RunningSandbox) -> None:
    """Clever has no login for contacts."""
    asked = {"client_id": sandbox.district.client_id, "redirect_uri": REDIRECT_URI}
    contact = sandbox.district.user_id(sandbox.district.users - 1)

    assert httpx.get(f"{sandbox.base_url}/oauth/authorize", params={**asked, "login": contact}).status_code == 400


@pytest.mark.parametrize(("role", "kind"), [("staff", "school_admin"), ("", "teacher")])
def test_a_login_goes_from_redirect_to_token_to_me(sandbox: RunningSandbox, role: str, kind: str) -> None:
    """Authorize, exchange, read: the state comes back, the token is of that person in that role."""
    district = sandbox.district
    asked = {"client_id": district.client_id, "redirect_uri": REDIRECT_URI, "state": "s&1", "role": role}
    asked["login"] = district.user_id(TRIPLE)
    answer = httpx.get(f"{sandbox.base_url}/oauth/authorize", params=asked)
    carried = httpx.URL(answer.headers["location"]).params
    token = exchange(sandbox, code=carried["code"]).json()["access_token"]
    with connect(sandbox, token) as client:
        me = client.get("/v2.1/me").json()

    assert (answer.status_code, carried["state"]) == (302, "s&1")
    assert me["type"] == kind


def test_what_a_token_may_read_is_told(sandbox: RunningSandbox) -> None:
    """Scopes keep the old words for roles, in v3 too."""
    with connect(sandbox) as client:
        of_district = client.get("/oauth/tokeninfo").json()
    with connect(sandbox, sandbox.district.user_token(0, "student")) as client:
        of_user = client.get("/oauth/tokeninfo").json()

    assert of_district["client_id"] == of_user["client_id"] == sandbox.district.client_id
    assert "read:school_admins" in of_district["scopes"]
    assert "read:user_id" in of_user["scopes"]
