"""Puts a sandbox on a port of loopback: for the command in the foreground, for tests in a thread.

What the server says of itself before the first request is `announce`: its origin, its districts and their tokens.
"""

from __future__ import annotations

import gc
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from playbook.errors import InputError
from playbook.sandbox.application import VERSIONS, SandboxApplication
from playbook.sandbox.district import SandboxDistrict, make_district
from playbook.sandbox.faults import parse_faults
from playbook.sandbox.later import district_on
from playbook.sandbox.misbehaving import Misbehaving, target_of
from playbook.sandbox.oauth import REDIRECT_URI
from playbook.sandbox.quirks import DEFAULT_QUIRKS, Quirk

HOST = "127.0.0.1"
BACKLOG = 512
OBJECTS_BETWEEN_COLLECTIONS = 200_000  # a page of 10,000 users is that many dicts and no cycle
SIGN_IN_ROLES = ("student", "teacher", "staff", "district_admin")
Announce = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers.

    Attributes:
        base_url: Its origin.
        districts: The connected districts; the first is `district`.
        requests: What was asked so far, as `GET /v3.1/users?limit=100`, in the order of arrival.
    """

    base_url: str
    districts: tuple[SandboxDistrict, ...]
    requests: list[str]

    @property
    def district(self) -> SandboxDistrict:
        """The first district."""
        return self.districts[0]

    @property
    def announcement(self) -> dict[str, Any]:
        """What the command prints as its first line."""
        return announcement(self.base_url, self.districts)


def announcement(base_url: str, districts: Sequence[SandboxDistrict]) -> dict[str, Any]:
    """Return what a client needs to begin: `base_url, district_id, district_token, user_tokens, …`."""
    first = districts[0]
    shown = [_show_district(district) for district in districts]
    return {
        "base_url": base_url,
        **shown[0],
        "client_id": first.client_id,
        "client_secret": first.client_secret,
        "redirect_uri": REDIRECT_URI,
        "districts": shown,
    }


def _show_district(district: SandboxDistrict) -> dict[str, Any]:
    return {
        "district_id": district.id,
        "district_name": district.name,
        "district_token": district.token,
        "user_tokens": {role: token for role in SIGN_IN_ROLES if (token := first_token(district, role))},
    }


def first_token(district: SandboxDistrict, role: str) -> str:
    """Return the token of the first person in a role, blank where the district has none."""
    index = next((i for i in district.members(role) if district.shares_role(i, role)), None)
    return "" if index is None else district.user_token(index, role)


def write_first_line(spoken: dict[str, Any]) -> None:
    """Write an announcement as one line of JSON on standard output."""
    sys.stdout.write(json.dumps(spoken) + "\n")
    sys.stdout.flush()


def serve(
    port: int = 0,
    seed: int = 1,
    users: int = 1200,
    faults: Sequence[str] = (),
    *,
    announce: Announce = write_first_line,
    districts: int = 1,
    day: int = 0,
    versions: Sequence[str] = VERSIONS,
    quirks: frozenset[Quirk] = DEFAULT_QUIRKS,
    clock: Callable[[], float] = time.time,
) -> None:
    """Serve until interrupted.

    Args:
        port: The port of loopback; 0 takes a free one.
        seed: The seed of the first district; the others follow it.
        users: How many people each district has.
        faults: What goes wrong, as `--fault` says it.
        announce: Takes what a client needs to begin, once connections are accepted.
        districts: How many districts are connected.
        day: How many days later it is than in the sample database; people have left, come and changed.
        versions: The versions that the application may call.
        quirks: Which departures from the specification are on; see `choose_quirks`.
        clock: Unix seconds.

    Raises:
        InputError: The port is taken, a fault is not one, or a district is missing or too small.
    """
    connected = _make(seed, users, districts, day)
    application = _build(connected, faults, versions, quirks, clock)
    listener = _listen(port)
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    announce(announcement(_origin(listener), connected))
    _server(application).run(sockets=[listener])


@contextmanager
def running_sandbox(
    seed: int = 1,
    users: int = 1200,
    faults: Sequence[str] = (),
    *,
    districts: int = 1,
    day: int = 0,
    versions: Sequence[str] = VERSIONS,
    quirks: frozenset[Quirk] = DEFAULT_QUIRKS,
    clock: Callable[[], float] = time.time,
) -> Iterator[RunningSandbox]:
    """Serve in a thread for as long as the block runs; takes what `serve` takes."""
    connected = _make(seed, users, districts, day)
    requests: list[str] = []
    server = _server(Recording(_build(connected, faults, versions, quirks, clock), requests))
    listener = _listen(0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield RunningSandbox(_origin(listener), connected, requests)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@dataclass(frozen=True)
class Recording:
    """Notes every request that arrives, whatever becomes of it."""

    application: ASGIApp
    requests: list[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note one request and pass it on."""
        self.requests.append(f"{scope['method']} {target_of(scope)}")
        await self.application(scope, receive, send)


def _make(seed: int, users: int, districts: int, day: int) -> tuple[SandboxDistrict, ...]:
    if districts < 1 or day < 0:
        raise InputError(
            "a sandbox needs a district and a day", remedy="Ask for at least one district, on day 0 or later."
        )
    return tuple(district_on(make_district(seed + number, users), day) for number in range(districts))


def _build(
    districts: tuple[SandboxDistrict, ...],
    faults: Sequence[str],
    versions: Sequence[str],
    quirks: frozenset[Quirk],
    clock: Callable[[], float],
) -> ASGIApp:
    wrong = parse_faults(faults)
    honest = SandboxApplication(districts, clock, versions=versions, quirks=quirks).build()
    return Misbehaving(honest, wrong) if wrong else honest


def _server(application: ASGIApp) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            application,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
    )


def _listen(port: int) -> socket.socket:
    """Open the port; only where the socket says that it is TCP does asyncio send small answers without delay."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise InputError(f"port {port} is not free", remedy="Choose another --port, or leave it away.") from error
    listener.listen(BACKLOG)
    return listener


def _origin(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"
