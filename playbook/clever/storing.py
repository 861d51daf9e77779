"""Where the pages of a walk go: onto its shelf, and at once into the tables, on a thread beside the reading.

Arrow and Parquet do their work outside Python, so that the next page is decoded meanwhile. At most one page waits:
a slow disk slows the reading down instead of filling the memory.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from playbook.clever.assembly import Assembly
from playbook.clever.parts import Part, Shelf
from playbook.clever.retrying import Tally


class Store:
    """The one place where pages are kept.

    Args:
        shelf: Where a walk's pages are kept; opened.
        assembly: Takes the pages at once; None where walks overlap and their pages must be ordered first.
        worker: The thread that works.
    """

    def __init__(self, shelf: Shelf, assembly: Assembly | None, worker: ThreadPoolExecutor) -> None:
        self._shelf = shelf
        self._assembly = assembly
        self._worker = worker
        self._pending: asyncio.Future[None] | None = None

    async def put(self, rows: pa.Table, following: str, spent: Tally) -> None:
        """Keep a page, as soon as the one before is kept."""
        await self.settle()
        loop = asyncio.get_running_loop()
        self._pending = loop.run_in_executor(self._worker, self._keep, rows, following, spent)

    async def settle(self) -> None:
        """Wait until every page is kept."""
        if self._pending:
            await self._pending
            self._pending = None

    def _keep(self, rows: pa.Table, following: str, spent: Tally) -> None:
        self._shelf.put(rows, following, spent)
        if self._assembly:
            self._assembly.add(rows)


def add_parts(assembly: Assembly, parts: list[Part]) -> None:
    """Give an assembly pages that are on shelves already."""
    for part in parts:
        assembly.add(part.read())
