"""A process beside the fetch reads pages like the fetch itself, and is gone when the fetch is, whatever ended it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from playbook.clever import decoder, lists, ranges
from playbook.clever.client import Clever
from playbook.clever.decoder import Decoder
from playbook.clever.kinds import USERS
from playbook.clever.manifest import Manifest
from playbook.clever.retrying import Passing
from playbook.clever.snapshot import fetch_snapshot
from playbook.clever.transport import Answer
from playbook.errors import CleverError
from playbook.settings import Secret
from tests.clever.faulty_server import Request, faulty_server
from tests.clever.small_district import SmallDistrict
from tests.clever.virtual_time import VirtualTime

NOW = datetime(2026, 8, 3, 6, tzinfo=UTC)
JSON = {"content-type": "application/json"}
OWNER = """
import os, signal
from playbook.clever.decoder import Decoder
decoder = Decoder()
decoder.wait_until_ready()
print(decoder.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def reader() -> Iterator[Decoder]:
    """A decoder that is ready."""
    decoder = Decoder()
    decoder.wait_until_ready()
    yield decoder
    decoder.close()
    assert not psutil.pid_exists(decoder.pid)


def _read(clever: Clever, reader: Decoder, body: bytes, headers: dict[str, str] | None = None) -> Any:
    return clever.run(reader.read(Answer(200, JSON if headers is None else headers, body)))


@pytest.fixture
def clever(tmp_path: Path) -> Iterator[Clever]:
    """A client with a loop to run on; nothing is sent."""
    with Clever("http://127.0.0.1:1", Secret("t"), pace_directory=tmp_path) as client:
        yield client


BODIES = [
    b'{"data": [], "links": []}',
    b'{"resources": []}',
    b'\xef\xbb\xbf{"data": [{"data": {"id": "a"}}], "links": [{"rel": "next", "uri": "/v3.1/users?x=1"}]}',
    b'{"data": [{"data": {"id": "a", "email": null, "roles": {"contact": {"student_relationships": []}}}}]}',
    b'{"data": [{"data": {"id": "a", "roles": [{"type": "teacher", "legacy_id": 7}]}}]}',
]


@pytest.mark.parametrize("body", BODIES)
def test_a_page_is_the_same_whoever_reads_it(body: bytes, clever: Clever, reader: Decoder) -> None:
    """Odd forms included: rows, ids and the link to the next page."""
    here, there = USERS.read_rows(Answer(200, JSON, body)), _read(clever, reader, body)

    assert (there.ids, there.next, there.rows()) == (here.ids, here.next, here.rows())


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"data": [{"data": {"id": "5', JSON),
        (b"[]", JSON),
        (b'{"message": "no"}', JSON),
        (b'{"data": [NaN]}', JSON),
        (b'{"data": ' + b"[" * 100_000, JSON),
        (b"<!doctype html>", {}),
        (b'{"data": []}', {"content-type": "text/html"}),
    ],
)
def test_what_is_no_page_is_none_there_either(
    body: bytes, headers: dict[str, str], clever: Clever, reader: Decoder
) -> None:
    """It is refused with the same code as here, and the next page is read."""
    with pytest.raises(Passing) as here:
        USERS.read_rows(Answer(200, headers, body))
    with pytest.raises(Passing) as there:
        _read(clever, reader, body, headers)

    assert there.value.code == here.value.code
    assert _read(clever, reader, BODIES[0]).ids == []


def test_a_record_of_a_shape_that_nobody_knows_is_an_error(clever: Clever, reader: Decoder) -> None:
    """The page is not used."""
    with pytest.raises(CleverError, match="shape"):
        _read(clever, reader, b'{"data": [{"data": {"id": {"a": 1}}}]}')


def test_where_the_process_dies_pages_are_read_here(clever: Clever, reader: Decoder) -> None:
    """Nobody but the clock notices."""
    psutil.Process(reader.pid).kill()

    for _ in range(3):
        assert _read(clever, reader, BODIES[2]).ids == ["a"]


def test_a_kill_leaves_no_process_behind() -> None:
    """The process ends with its input, which ends with its owner."""
    owner = subprocess.run([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, check=False)
    child, deadline = int(owner.stdout), time.monotonic() + 20

    assert owner.returncode == -signal.SIGKILL
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline


def test_the_process_is_told_no_secret(reader: Decoder) -> None:
    """Its environment holds nothing of ours but where the code is."""
    assert set(psutil.Process(reader.pid).environ()) <= {"PYTHONPATH", "LC_CTYPE"}


def _fetch(directory: Path, district: SmallDistrict, answer: Any, parallel: str) -> Manifest:
    virtual = VirtualTime()
    times: dict[str, Any] = {"clock": virtual.clock, "sleep": virtual.sleep}
    with (
        faulty_server(answer) as server,
        Clever(server.origin, Secret("t"), pace_directory=directory, **times) as clever,
    ):
        ids = [user["id"] for user in district.lists["users"]]
        return fetch_snapshot(clever, directory / "snapshot", now=NOW, parallel=parallel, known_ids=ids)


@pytest.mark.parametrize("parallel", ["ranges", "roles"])
def test_tables_are_the_same_with_the_process(parallel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that break off, and HTML in between, included; every process is gone afterwards."""
    monkeypatch.setattr(ranges, "PAGE_LIMIT", 10)
    monkeypatch.setattr(lists, "WORTH_IT", 1)
    district = SmallDistrict(300, largest_page=17)
    seen: set[str] = set()

    def answer(request: Request) -> None:
        if request.path == "/v3.1/users" and len(seen) < 5 and request.target not in seen:
            seen.add(request.target)
            request.send(200, b'{"data": [' if len(seen) % 2 else b"<html>")
        else:
            district.answer(request)

    started: list[int] = []
    begin = decoder.Decoder.__init__

    def note(self: Decoder) -> None:
        begin(self)
        self.wait_until_ready()
        started.append(self.pid)

    monkeypatch.setattr(decoder.Decoder, "__init__", note)
    serial = _fetch(tmp_path / "serial", district, district.answer, "off")
    assert started == []
    beside = _fetch(tmp_path / "beside", district, answer, parallel)

    assert (beside.parallel, beside.root, beside.verdict) == (parallel, serial.root, "go")
    assert beside.retries == 5
    assert len(started) == 1
    assert not psutil.pid_exists(started[0])
