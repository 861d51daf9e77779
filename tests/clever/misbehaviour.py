"""A client of a server that misbehaves as a test tells it to; its waits take no time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playbook.clever.client import Clever
from playbook.clever.transport import Limits
from playbook.settings import Secret
from tests.clever.faulty_server import FaultyServer, Request, faulty_server
from tests.clever.small_district import student
from tests.clever.virtual_time import VirtualTime

TOKEN = "canary-token-4711"
PAGE: dict[str, Any] = {"data": [{"data": student(n)} for n in range(5)], "links": []}


@contextmanager
def clever_against(
    answer: Callable[[Request], Any], directory: Path, limits: Limits | None = None
) -> Iterator[tuple[Clever, FaultyServer, VirtualTime]]:
    """Open a client of a faulty server; its waits take no time."""
    virtual = VirtualTime()
    with (
        faulty_server(answer) as server,
        Clever(
            server.origin,
            Secret(TOKEN),
            clock=virtual.clock,
            sleep=virtual.sleep,
            pace_directory=directory,
            limits=limits,
        ) as clever,
    ):
        yield clever, server, virtual


def once(wrong: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """Answer wrongly the first time, and honestly afterwards."""
    return lambda request: wrong(request) if request.number == 1 else request.send_json(PAGE)
