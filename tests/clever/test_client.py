"""The plain face of Clever: documents, pages, tokens, and nothing secret in sight; against the whole sandbox."""

from __future__ import annotations

import asyncio
import gc
import gzip
import logging
import pickle
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from playbook.clever.client import Clever
from playbook.clever.legacy import LISTS, fetch_legacy_users
from playbook.clever.snapshot import fetch_snapshot, read_snapshot
from playbook.clever.tokens import find_district_token
from playbook.clever.transport import bearer
from playbook.errors import CleverError, InputError
from playbook.sandbox.server import RunningSandbox
from playbook.settings import Secret
from tests.clever.faulty_server import Request, faulty_server
from tests.clever.small_district import DISTRICT_ID, SmallDistrict, clever_of
from tests.clever.test_snapshot import NOW

TOKEN = "canary-token-4711"


def test_a_page_is_what_clever_sent(tmp_path: Path) -> None:
    """Records come as documents, in order, and paging ends by itself."""
    district = SmallDistrict(50, largest_page=20)
    with clever_of(district, tmp_path) as clever:
        pages = list(clever.pages("/users", {"limit": 100}))

        assert [len(page) for page in pages] == [20, 20, 10]
        assert pages[0] == district.lists["users"][:20]
        assert clever.district()["id"] == DISTRICT_ID
        assert list(clever.pages("/users", {"role": "contact"})) == [district.lists["users"][-5:]]


def test_resources_may_come_under_their_own_name(tmp_path: Path) -> None:
    """An empty list of resources has another envelope."""
    with (
        faulty_server(lambda request: request.send_json({"resources": []})) as server,
        Clever(server.origin, Secret(TOKEN), pace_directory=tmp_path) as clever,
    ):
        assert list(clever.pages("/resources")) == [[]]


def test_events_are_asked_for_by_repeated_parameters(tmp_path: Path) -> None:
    """Each record type stands for itself in the query, after the last applied event."""
    district = SmallDistrict(5)
    with (
        faulty_server(district.answer) as server,
        Clever(server.origin, Secret(TOKEN), pace_directory=tmp_path) as clever,
    ):
        assert list(clever.events("5e000000eeeeeeee00000001", ("users", "sections"))) == [[]]

    query = server.requests[0].target
    assert "starting_after=5e000000eeeeeeee00000001" in query
    assert "record_type=users&record_type=sections" in query


@pytest.mark.parametrize(
    ("token", "version", "path", "cause"),
    [
        ("il-abc", "v3.1", "/users", "single user's login"),
        ("district", "v3.1", "/students", "does not exist in v3"),
        ("district", "v2.1", "/students", "may not call that version"),
        ("district", "v3.1", "/users", "Secure Sync"),
        ("il-abc", "v3.1", "/nonsense", "single user's login"),
    ],
)
def test_an_html_404_names_its_likely_cause(token: str, version: str, path: str, cause: str, tmp_path: Path) -> None:
    """Clever's page says nothing; what was asked says most of it."""
    page = b"<html><pre>Cannot GET /v3.1/users?secret=1</pre></html>"
    with (
        faulty_server(lambda request: request.send(404, page, {"content-type": "text/html"})) as server,
        Clever(server.origin, Secret(token), version, pace_directory=tmp_path) as clever,
        pytest.raises(CleverError) as error,
    ):
        clever.get(path)

    assert error.value.code == "not_an_endpoint"
    assert cause in str(error.value)
    assert "secret" not in str(error.value)
    assert len(server.requests) == 1


def test_the_token_is_shown_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not in logs at any level, not in a repr, not in a pickle; and no query is logged either."""
    district = SmallDistrict(5)
    with (
        caplog.at_level(logging.DEBUG),
        faulty_server(district.answer) as server,
        Clever(server.origin, Secret(TOKEN), pace_directory=tmp_path) as clever,
    ):
        clever.get("/users", {"starting_after": "5e000000eeeeeeee00000001"})
        shown = repr(clever) + repr(vars(clever)) + repr(vars(clever.session)) + caplog.text
        with pytest.raises((TypeError, AttributeError)):
            pickle.dumps(clever)
        with pytest.raises(TypeError):
            pickle.dumps(bearer(Secret(TOKEN)))

    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in shown
    assert "5e000000eeeeeeee00000001" not in "".join(r.getMessage() for r in caplog.records if r.name == "httpx")


def test_the_environment_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment gets neither the request nor the token."""
    heard: list[Request] = []
    district = SmallDistrict(5)
    with faulty_server(heard.append) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        with clever_of(district, tmp_path) as clever:
            assert clever.district()["id"] == DISTRICT_ID

    assert not heard
    assert proxy.connections == 0


@pytest.mark.parametrize("ending", ["bomb", "revoked in mid-walk", "pages left unread"])
def test_nothing_is_left_behind_when_a_client_closes(
    ending: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """However a request ended, no task and no connection is still under way, and standard error stays empty."""
    district = SmallDistrict(60, largest_page=10)
    bomb, middle = gzip.compress(b" " * (100 << 20), 1), district.lists["users"][20]["id"]

    def answer(request: Request) -> None:
        if ending == "bomb":
            request.send(200, bomb, {"content-encoding": "gzip"})
        elif ending == "revoked in mid-walk" and request.parameter("starting_after") > middle:
            request.send(401, b"{}")
        else:
            district.answer(request)

    before = threading.active_count()
    with (
        faulty_server(answer) as server,
        Clever(server.origin, Secret(TOKEN), pace_directory=tmp_path) as clever,
    ):
        if ending == "pages left unread":
            pages = clever.pages("/users", {"limit": 10})
            assert len(next(pages)) == 10
        else:
            with suppress(CleverError):
                fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)
    del clever
    gc.collect()

    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []
    assert threading.active_count() == before


def test_it_works_inside_a_running_loop(tmp_path: Path) -> None:
    """A notebook's cell runs inside an event loop already."""

    async def cell() -> str:
        with clever_of(SmallDistrict(5), tmp_path) as clever:
            return str(clever.district()["id"])

    assert asyncio.run(cell()) == DISTRICT_ID


def test_the_sandbox_is_read_whole(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Every list of the sandbox passes the contracts, and its old ids are those of v2's lists."""
    token = Secret(sandbox.announcement["district_token"])
    with Clever(sandbox.base_url, token, pace_directory=tmp_path) as clever:
        manifest = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)
        legacy = fetch_legacy_users(clever, tmp_path).read()
        assert clever.tokeninfo()["client_id"] == sandbox.announcement["client_id"]
    snapshot = read_snapshot(tmp_path / "snapshot")
    v3 = snapshot.roles[snapshot.roles["legacy_id"] != ""]

    assert manifest.complete
    assert manifest.district_id == sandbox.announcement["district_id"]
    assert manifest.requests < 20
    assert set(legacy["role"]) == set(LISTS)
    assert set(v3["legacy_id"]) <= set(legacy["legacy_id"])
    assert set(snapshot.roles.loc[snapshot.roles["role"] == "student", "user_id"]) <= set(legacy["legacy_id"])


def test_a_districts_token_is_found(sandbox: RunningSandbox) -> None:
    """With the application's id and secret, by the district's id; a wrong secret and another district find none."""
    told = sandbox.announcement
    client_id, secret = Secret(told["client_id"]), Secret(told["client_secret"])

    async def cell() -> Secret:
        return find_district_token(sandbox.base_url, client_id, secret, told["district_id"])

    assert asyncio.run(cell()).reveal() == told["district_token"]
    with pytest.raises(CleverError) as refused:
        find_district_token(sandbox.base_url, client_id, Secret("tok-canary-wrong"), told["district_id"])
    with pytest.raises(CleverError) as unknown:
        find_district_token(sandbox.base_url, client_id, secret, "0" * 24)
    assert (refused.value.status, unknown.value.code) == (401, "no_district_token")
    assert "canary" not in str(refused.value) + refused.value.remedy
    assert "client_secret" in refused.value.remedy


def test_a_logins_token_says_both_ids(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The identity of a login holds the id before v3 and the one since."""
    token = Secret(sandbox.announcement["user_tokens"]["teacher"])
    with Clever(sandbox.base_url, token, pace_directory=tmp_path) as clever:
        me, userinfo = clever.me(), clever.userinfo()

    assert me["data"]["id"] == userinfo["multi_role_user_id"]
    assert userinfo["user_id"] != userinfo["multi_role_user_id"]


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX-Evil: 1", "tok\ten", "tökén", " token"])
def test_a_token_that_no_header_can_carry_is_refused_unsent(token: str, tmp_path: Path) -> None:
    """Locally, before any connection, and without showing it."""
    with faulty_server(lambda request: None) as server, pytest.raises(InputError) as error:
        Clever(server.origin, Secret(token), pace_directory=tmp_path)

    assert server.connections == 0
    assert error.value.code == "bad_token"
