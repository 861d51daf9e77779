"""A slow disk slows the reading down: pages never pile up in memory while the one before them is written."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pyarrow as pa
import pytest

from playbook.clever.kinds import USERS
from playbook.clever.parts import Shelf
from playbook.clever.retrying import Tally
from playbook.clever.session import Session
from playbook.clever.storing import Store
from playbook.clever.walks import Walk, take_walk
from tests.clever.small_district import student
from tests.clever.test_change import clever_in_memory, reply

PAGES = 30
TURNS = 2_000
"""Turns of an event loop without a socket or a timer, after which nothing is left that could go on by itself."""


class SlowShelf(Shelf):
    """A shelf that says when a page is being written, and writes it only when it is let."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.begun = threading.Semaphore(0)
        self.may_write = threading.Semaphore(0)

    def put(self, table: pa.Table, following: str, spent: Tally) -> None:
        """Write a page, once it may be written."""
        self.begun.release()
        self.may_write.acquire()
        super().put(table, following, spent)


def _list_of_pages(asked: list[str]) -> Iterator[httpx.Response]:
    """Answer each request with the next page of two users; note that it was asked for."""
    for number in range(PAGES):
        asked.append(f"{number}")
        uri = f"/v3.1/users?page={number + 1}" if number + 1 < PAGES else ""
        yield reply([student(2 * number), student(2 * number + 1)], uri)


async def _most_in_flight(session: Session, shelf: SlowShelf, asked: list[str], *, alone: bool) -> int:
    """Walk the list with a writer that is let on only when the reading has come to a standstill."""
    loop, most = asyncio.get_running_loop(), 0
    with ThreadPoolExecutor(1) as worker:
        store, beside = Store(shelf, None, worker), None if alone else USERS.read_rows
        walk = asyncio.create_task(take_walk(session, Walk("users", USERS), None, store.put, beside=beside))
        for written in range(PAGES):
            await loop.run_in_executor(None, shelf.begun.acquire)
            for _ in range(TURNS):
                await asyncio.sleep(0)
            most = max(most, len(asked) - written)
            shelf.may_write.release()
        await walk
        await store.settle()
    return most


@pytest.mark.parametrize(("alone", "most"), [(True, 3), (False, 2)])
def test_few_pages_are_in_flight_however_slow_the_writer(alone: bool, most: int, tmp_path: Path) -> None:
    """One is being written, one waits for it, and one is on its way where the walk is alone; never a fourth."""
    asked: list[str] = []
    answers = _list_of_pages(asked)
    shelf = SlowShelf(tmp_path / "shelf")
    shelf.open()
    with clever_in_memory(lambda request: next(answers), tmp_path) as clever:
        assert clever.run(_most_in_flight(clever.session, shelf, asked, alone=alone)) == most

    assert len(asked) == len(shelf.parts()) == PAGES
