"""The served sandbox: what it says first, how soon it answers, how it refuses."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psutil
import pytest

from playbook.sandbox.district import make_district
from playbook.sandbox.server import running_sandbox, serve
from tests.sandbox.conftest import connect


@contextmanager
def serving(*words: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """The command in a process of its own, and its first line."""
    command = [sys.executable, "-m", "playbook", "sandbox", "serve", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield json.loads(process.stdout.readline()), process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def test_a_port_that_is_taken_is_refused() -> None:
    """Nothing is announced."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Exception, match="is not free"):
        serve(port=taken.getsockname()[1], announce=lambda spoken: pytest.fail("it was announced"))


@pytest.mark.parametrize("words", [["--fault", "explode"], ["--users", "3"], ["--port", "99999"]])
def test_wrong_use_ends_with_two_and_announces_nothing(words: list[str]) -> None:
    """The command says what is wrong before it listens."""
    command = [sys.executable, "-m", "playbook", "sandbox", "serve", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_the_first_line_holds_what_a_client_needs() -> None:
    """Origin, district, its token and a user's token for each role that signs in."""
    with serving("--seed", "2", "--users", "300") as (spoken, _), httpx.Client(base_url=spoken["base_url"]) as client:
        bearer = {"authorization": f"Bearer {spoken['district_token']}"}
        district = client.get("/v3.1/districts", headers=bearer).json()["data"][0]["data"]
        users = client.get("/v3.1/users?count=true&limit=1", headers=bearer).json()["count"]
        roles = {}
        for role, token in spoken["user_tokens"].items():
            roles[role] = client.get("/v2.1/me", headers={"authorization": f"Bearer {token}"}).json()["type"]

    assert spoken["district_id"] == district["id"] == make_district(2).id
    assert users == 300
    assert roles == {
        "student": "student",
        "teacher": "teacher",
        "staff": "school_admin",
        "district_admin": "district_admin",
    }


def test_a_million_users_are_served_within_five_seconds_of_the_start() -> None:
    """Nothing is prepared but the page that is asked for, and little memory is held.

    The seconds are the processor's, which a busy machine does not lengthen; the server waits for nothing else.
    """
    with serving("--users", "1000000") as (spoken, process):
        bearer = {"authorization": f"Bearer {spoken['district_token']}"}
        first = httpx.get(f"{spoken['base_url']}/v3.1/users", headers=bearer, timeout=30).json()
        spent = psutil.Process(process.pid).cpu_times()
        last = httpx.get(f"{spoken['base_url']}/v3.1/users?ending_before=last&limit=10000", headers=bearer, timeout=60)
        resident = psutil.Process(process.pid).memory_info().rss

    assert (len(first["data"]), len(last.json()["data"])) == (100, 10_000)
    assert spent.user + spent.system < 5
    assert resident < 512 * 2**20


def test_a_fault_is_taken_from_the_command() -> None:
    """`--fault` may be given more than once."""
    with serving("--users", "50", "--fault", "status=503@1", "--fault", "html@2") as (spoken, _):
        answers = [httpx.get(f"{spoken['base_url']}/v3.1/users") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503, 500, 401]


def test_several_districts_are_served_side_by_side() -> None:
    """Each has its own token, people and hard cases; sis ids repeat between them, ids never."""
    with running_sandbox(users=1200, districts=2) as running:
        people = []
        for district in running.districts:
            with connect(running, district.token) as client:
                people.append([item["data"] for item in client.get("/v3.1/users?limit=10000").json()["data"]])

    ids = [{user["id"] for user in users} for users in people]
    sis = [{user["roles"]["student"]["sis_id"] for user in users if "student" in user["roles"]} for users in people]
    assert ids[0].isdisjoint(ids[1])
    assert sis[0] == sis[1]
    assert [item["district_token"] for item in running.announcement["districts"]] == [
        d.token for d in running.districts
    ]


def test_equal_seeds_are_served_to_the_byte() -> None:
    """Two servers of one seed answer alike, but for the request's own id and time."""
    paths = ("/v3.1/users?limit=10000", "/v2.1/contacts", "/v3.1/sections", "/v3.1/events", "/v3.1/resources")
    served = []
    for _ in range(2):
        with running_sandbox() as running, connect(running) as client:
            served.append([client.get(path).content for path in paths])

    assert served[0] == served[1]
