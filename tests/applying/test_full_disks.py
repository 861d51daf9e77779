"""A server whose disk is really full: a clear refusal, whole groups or nothing, and with room again the rest.

It needs leave to mount a small file system, which few machines give; so it runs only where TESTS_FULL_DISK=yes says so.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from playbook.applying.pace import Pace
from playbook.applying.undo import plan_undo
from playbook.errors import DatabaseError
from tests.applying.servers import Server, make_database, start_server
from tests.applying.vendor import NOW, build_vendor, dump

__test__ = os.environ.get("TESTS_FULL_DISK") == "yes"

ROOMS = (0, 128, 256, 512, 1024, 2048)
"""Kilobytes that are left."""

PERSONS = 600
AT_ONCE = Pace(sleep=lambda _: None)


@pytest.fixture(params=["postgres", "mariadb"])
def small_server(request: pytest.FixtureRequest) -> Iterator[tuple[Server, Path]]:
    """A server of each kind on a file system of 400 MB, and where that is."""
    disk = Path(tempfile.mkdtemp(prefix="disk-"))  # pytest's own place is closed to PostgreSQL's user
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "tmpfs", str(disk)], check=True)
    place = disk / "server"
    place.mkdir()
    server = start_server(request.param, place)
    yield server, disk
    server.remove()
    subprocess.run(["umount", str(disk)], check=True)
    disk.rmdir()


def leave(disk: Path, kilobytes: int) -> Path:
    """Fill a disk until only so much is free, and return the file that does it."""
    ballast = disk / "ballast"
    room = os.statvfs(disk)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(room.f_bavail * room.f_frsize - kilobytes * 1024, 1))
    return ballast


@pytest.mark.slow
def test_a_full_disk_is_survived(small_server: tuple[Server, Path]) -> None:
    """However little was left when it began, it stops with a refusal; with room the same command does the rest."""
    server, disk = small_server
    vendor = build_vendor(make_database(server), persons=PERSONS)
    before, plan = dump(vendor.url), vendor.plan()
    refused = []
    for kilobytes in ROOMS:
        ballast = leave(disk, kilobytes)
        try:
            assert vendor.apply(plan, pace=AT_ONCE).failed == 0
            break
        except DatabaseError as full:
            refused.append(full.code)
        finally:
            ballast.unlink()
            server.start()  # MariaDB may have ended itself
        assert {fault.where for fault in vendor.verify(plan)} == {"plan"}
    assert len(refused) > 1
    assert "no_space" in refused
    # MariaDB may only say that it could not make a table, or end itself.
    assert set(refused) <= {"no_space", "database", "unreachable"}
    assert vendor.verify(plan) == () or vendor.apply_patiently(plan) == 0
    assert vendor.verify(plan) == ()
    vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    assert dump(vendor.url) == before
