"""The pages of walks side by side brought into the tables in the order of their ids, while others are still read.

Stretches follow one another, so that the pages of the first ones go into the tables as soon as those walks are over;
walks by role overlap from end to end, and have to wait for one another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from playbook.clever.assembly import Assembly
from playbook.clever.parts import Shelf, in_order
from playbook.clever.storing import add_parts

Group = Sequence[Shelf]
"""Shelves whose pages overlap."""


class Ordering:
    """Gives an assembly the pages of groups in the order of the groups.

    Args:
        groups: The shelves; every id of a group is above all those of the group before it.
        assembly: Takes the pages.
        worker: The thread that works.
    """

    def __init__(self, groups: Sequence[Group], assembly: Assembly, worker: ThreadPoolExecutor) -> None:
        self._waiting = list(groups)
        self._assembly = assembly
        self._worker = worker
        self._full: set[Shelf] = set()
        self._given: list[asyncio.Future[None]] = []

    def fill(self, shelf: Shelf) -> None:
        """Take note that the walk of a shelf is over, and give what waited for it."""
        self._full.add(shelf)
        while self._waiting and self._full.issuperset(self._waiting[0]):
            group = self._waiting.pop(0)
            loop = asyncio.get_running_loop()
            self._given.append(loop.run_in_executor(self._worker, _give, group, self._assembly))

    async def settle(self) -> None:
        """Wait until the assembly has all that was given."""
        await asyncio.gather(*self._given)

    async def finish(self) -> None:
        """Wait for the last page and end the tables."""
        await self.settle()
        await asyncio.get_running_loop().run_in_executor(self._worker, self._assembly.close)


def _give(group: Group, assembly: Assembly) -> None:
    add_parts(assembly, in_order([part for shelf in group for part in shelf.parts()]))
