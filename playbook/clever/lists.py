"""Whole lists read into a snapshot in the making: each page onto its shelf, and from there into the tables.

Source: https://dev.clever.com/docs/secure-sync-rostering.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from playbook.clever.assembly import Assembly
from playbook.clever.decoder import WORTH_IT, Decoder
from playbook.clever.district_state import NOT_SHARED
from playbook.clever.kinds import Kind
from playbook.clever.ordering import Ordering
from playbook.clever.parts import Part, Shelf
from playbook.clever.ranges import SIDE_BY_SIDE
from playbook.clever.retrying import Tally
from playbook.clever.session import Session
from playbook.clever.storing import Store
from playbook.clever.together import together
from playbook.clever.walks import Read, Walk, take_walk
from playbook.errors import CleverError
from playbook.run import Report


class Lists:
    """Reads lists into one directory.

    Args:
        session: Where to read.
        partial: The directory of the shelves.
        report: Is told the list, how many records were read, and of how many.
    """

    def __init__(self, session: Session, partial: Path, report: Report) -> None:
        self._session = session
        self._partial = partial
        self._report = report
        self._done: Counter[str] = Counter()
        self._turns = asyncio.Semaphore(SIDE_BY_SIDE)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="snapshot")
        self._decoder: Decoder | None = None

    def close(self) -> None:
        """End the thread that keeps the pages, and the process that may have read some."""
        self._worker.shutdown()
        if self._decoder:
            self._decoder.close()

    def start_decoder(self, users: int) -> None:
        """Let a process of its own read pages of users for walks side by side, if so many are worth it."""
        if users >= WORTH_IT and not self._decoder:
            self._decoder = Decoder()

    async def read_if_shared(self, kind: Kind, assembly: Assembly) -> dict[str, str]:
        """Read a list that the app need not have; return what Clever said where it refuses it from its first page on.

        A list that ends in a refusal after some pages was taken away while we read, and ends the fetch.
        """
        ordering, refused = Ordering((), assembly, self._worker), {}
        try:
            ordering = await self.read([[Walk(kind.name, kind)]], assembly)
        except CleverError as error:
            if error.status not in NOT_SHARED or Shelf(self._partial / kind.name).parts():
                raise
            refused = {kind.name: error.message}
        await ordering.finish()
        return refused

    async def read(self, groups: Sequence[Sequence[Walk]], assembly: Assembly, expected: int | None = None) -> Ordering:
        """Read a list to its end; the pages of one walk are assembled as they come, those of several in their order.

        Args:
            groups: Walks that overlap, in the order of their ids.
            assembly: Takes the pages.
            expected: How many records the list has, where Clever said so.

        Returns:
            What is left to finish: all pages are on their shelves, and not all of them in the tables.

        Raises:
            CleverError: A page was refused, or a walk makes no progress.
        """
        shelves = {walk: self._open_shelf(walk) for group in groups for walk in group}
        ordering = Ordering([[shelves[walk] for walk in group] for group in groups], assembly, self._worker)
        if len(shelves) == 1:
            await self._read_alone(shelves, ordering, assembly, expected)
        else:
            await together([self._read_beside(walk, shelf, ordering, expected) for walk, shelf in shelves.items()])
        return ordering

    async def _read_alone(
        self, shelves: dict[Walk, Shelf], ordering: Ordering, assembly: Assembly, expected: int | None
    ) -> None:
        for walk, shelf in shelves.items():
            ordering.fill(shelf)  # what an earlier run kept; the rest is assembled as it comes
            await ordering.settle()
            await self._take(walk, Store(shelf, assembly, self._worker), shelf.last(), expected)

    async def _read_beside(self, walk: Walk, shelf: Shelf, ordering: Ordering, expected: int | None) -> None:
        read = self._decoder.read if self._decoder else walk.kind.read_rows
        async with self._turns:
            await self._take(walk, Store(shelf, None, self._worker), shelf.last(), expected, read)
        ordering.fill(shelf)

    async def _take(
        self, walk: Walk, store: Store, last: Part | None, expected: int | None, beside: Read | None = None
    ) -> None:
        async def put(rows: pa.Table, following: str, spent: Tally) -> None:
            await store.put(rows, following, spent)
            self._done[walk.kind.name] += len(rows)
            self._report(walk.kind.name, self._done[walk.kind.name], expected or 0)

        try:
            await take_walk(self._session, walk, last, put, expected, beside=beside)
        finally:
            await store.settle()

    def _open_shelf(self, walk: Walk) -> Shelf:
        shelf = Shelf(self._partial / walk.name)
        shelf.open()
        return shelf
