"""A machine that vanishes without closing its connection: its district is free again soon, and what it did stands.

It needs leave to make a network of its own, whose line can fall silent, which few machines give; so it runs only where
TESTS_VANISHED_HOST=yes says so.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from playbook.accounts.source import DatabaseSource, open_source
from playbook.applying.pace import Progress
from playbook.applying.session import writing
from playbook.errors import AnswerIsNo, DatabaseError
from playbook.merging.plan import Plan
from tests.applying.servers import Server, make_database, start_server
from tests.applying.vendor import DISTRICT, Vendor, build_vendor

NEAR, FAR, BETWEEN = "10.99.7.1", "10.99.7.6", ("10.99.7.2", "10.99.7.5")
"""The server's address, the client's, and those of the machine between them."""
AWAY, ROUTER = "playbook-far", "playbook-line"
"""Network namespaces: of the client, and of the machine that passes on what the two say, or does not."""
CLONE_NEWNET = 0x40000000
FREE_AFTER = {"postgresql": 40, "mysql": 75}
"""Seconds; the settings say 25 and 60."""

__test__ = os.environ.get("TESTS_VANISHED_HOST") == "yes"


def run(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True, capture_output=True)


def within(space: str, *command: str) -> None:
    """Run a command in a network namespace."""
    run("ip", "netns", "exec", space, *command)


def pass_on(is_on: bool) -> None:
    """Let the machine between the two pass on what they say, or drop it without a word."""
    within(ROUTER, "sh", "-c", f"echo {int(is_on)} > /proc/sys/net/ipv4/ip_forward")


@pytest.fixture
def line() -> Iterator[None]:
    """A line of two hops to a client's network."""
    for space in (AWAY, ROUTER):
        run("ip", "netns", "add", space)
    try:
        run("ip", "link", "add", "playbook0", "type", "veth", "peer", "name", "near", "netns", ROUTER)
        run("ip", "link", "add", "far", "netns", ROUTER, "type", "veth", "peer", "name", "eth0", "netns", AWAY)
        run("ip", "addr", "add", f"{NEAR}/30", "dev", "playbook0")
        run("ip", "link", "set", "playbook0", "up")
        places = ((ROUTER, "near", BETWEEN[0]), (ROUTER, "far", BETWEEN[1]), (AWAY, "eth0", FAR))
        for space, device, address in places:
            within(space, "ip", "addr", "add", f"{address}/30", "dev", device)
            within(space, "ip", "link", "set", device, "up")
        run("ip", "route", "add", f"{FAR}/32", "via", BETWEEN[0])
        within(AWAY, "ip", "route", "add", "default", "via", BETWEEN[1])
        pass_on(True)
        yield
    finally:
        subprocess.run(["ip", "link", "delete", "playbook0"], check=False)  # a namespace takes its time to go
        for space in (AWAY, ROUTER):
            run("ip", "netns", "delete", space)


@pytest.fixture(params=["postgres", "mariadb"])
def far_server(request: pytest.FixtureRequest, line: None) -> Iterator[Server]:
    """A server of each kind that the other end of the line can reach too."""
    server = start_server(request.param, listens=NEAR)
    yield server
    server.remove()


def far_url(vendor: Vendor) -> str:
    """Return the URL of a vendor's database as the other end of the line sees it."""
    url = make_url(vendor.url)
    with vendor.source.engine.begin() as connection:
        if connection.dialect.name == "mysql":
            connection.execute(text(f"CREATE USER root@'{FAR}'"))
            connection.execute(text(f"GRANT ALL ON *.* TO root@'{FAR}'"))
    return url.set(host=NEAR, query={}).render_as_string(hide_password=False)


def apply_far_away(vendor: Vendor, url: str, plan: Plan, after: Callable[[Progress], None]) -> int:
    """Apply a plan at the other end of the line, in a child; return its number. It ends with 3 where nobody answers."""
    child = os.fork()
    if child:
        return child
    code = 99
    try:
        with Path("/var/run/netns", AWAY).open() as space:
            assert ctypes.CDLL(None).setns(space.fileno(), CLONE_NEWNET) == 0
        source = open_source(vendor.source.accounts, url, base=Path("/"))
        assert isinstance(source, DatabaseSource)
        code = replace(vendor, source=source).apply(plan, progress=after).failed
    except DatabaseError as error:
        code = 3 if error.code == "unreachable" else 4
    finally:
        os._exit(code)


def seconds_until_free(vendor: Vendor) -> float:
    """Wait until somebody else gets the district's lock; return how long that took."""
    began = time.monotonic()
    while True:
        try:
            with writing(vendor.source.engine, vendor.source.accounts, district_id=DISTRICT, execute=True):
                return time.monotonic() - began
        except AnswerIsNo:
            time.sleep(0.2)  # a server that asks and gets no answer


@pytest.mark.slow
def test_a_vanished_host_keeps_nothing_locked(far_server: Server) -> None:
    """The line falls silent between two transactions: the server lets the district go, the client gives up with a
    refusal, and whoever applies then does the rest."""
    vendor = build_vendor(make_database(far_server), persons=30)
    plan, url = vendor.plan(), far_url(vendor)
    begun, cut, waited = os.pipe(), os.pipe(), []

    def wait_for_the_cut(_progress: Progress) -> None:
        if not waited:
            waited.append(True)
            os.write(begun[1], b"!")
            os.read(cut[0], 1)

    child = apply_far_away(vendor, url, plan, wait_for_the_cut)
    try:
        os.read(begun[0], 1)
        pass_on(False)
        os.write(cut[1], b"!")
        with pytest.raises(AnswerIsNo) as refused:
            vendor.apply(plan)
        assert refused.value.code == "locked"
        assert 10 < seconds_until_free(vendor) < FREE_AFTER[vendor.source.engine.dialect.name]
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    except BaseException:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        raise
    assert vendor.apply_patiently(plan) == 0
    assert vendor.verify(plan) == ()
