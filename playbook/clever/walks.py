"""Which lists a snapshot reads, and one walk through a list: page by page onto the shelf, from where it stands.

Permissions need sections and schools in bulk, never one request a user: a district of 100,000 employees costs tens of
requests.

Source: https://dev.clever.com/docs/paging-and-limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from playbook.clever import tables
from playbook.clever.columns import people_table, schools_table, sections_table
from playbook.clever.parts import Part
from playbook.clever.progress import Progress
from playbook.clever.reading import Records, read_schools, read_sections, read_users
from playbook.clever.retrying import Tally
from playbook.clever.session import PAGE_LIMIT, Session
from playbook.clever.transport import Answer
from playbook.errors import CleverError

Put = Callable[[pa.Table, str, Tally], Awaitable[None]]
"""Keeps a page: its rows, the link to the next page, and what it cost."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: its list, how a page is read, and what rows it becomes."""

    name: str
    read: Callable[[Answer], Records[Any]]
    table: Callable[[Sequence[Any]], pa.Table]

    @property
    def path(self) -> str:
        """The list's path."""
        return f"/{self.name}"


USERS = Kind(tables.USERS.name, read_users, people_table)
SECTIONS = Kind(tables.SECTIONS.name, read_sections, sections_table)
SCHOOLS = Kind(tables.SCHOOLS.name, read_schools, schools_table)


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk through a list, or through a part of it.

    Attributes:
        name: What its shelf is called.
        kind: What it reads.
        role: Only users with this role; all where "".
        after: Ids above this one; from the beginning where "".
        until: Ids up to and with this one; to the end where "".
    """

    name: str
    kind: Kind
    role: str = ""
    after: str = ""
    until: str = ""

    def start(self, session: Session) -> str:
        """Return the target of the first page."""
        params: dict[str, str | int] = {"limit": PAGE_LIMIT}
        params |= {"role": self.role} if self.role else {}
        params |= {"starting_after": self.after} if self.after else {}
        return session.target(self.kind.path, params)


async def take_walk(
    session: Session, walk: Walk, last: Part | None, put: Put, expected: int | None = None, *, ahead: bool = True
) -> None:
    """Read a walk to its end; while a page is turned into rows and kept, the next one is on its way.

    Args:
        session: Where to read.
        walk: What to read.
        last: The page that an earlier run ended with.
        put: Keeps a page; what it has kept stays, whatever comes after.
        expected: How many records the list has, where Clever said so.
        ahead: Whether the next page is asked for before the rows are made; walks side by side need no such hurry, and
            their pages would fill the memory.

    Raises:
        CleverError: A page was refused, or the walk makes no progress.
    """
    link = last.next if last else walk.start(session)
    highest, floor = (last.last, last.first) if last else ("", "")
    progress = Progress(link, highest=highest or walk.after, floor=floor or walk.after, expected=expected)
    asked = _ask(session, walk, link)
    try:
        while asked:
            page = await asked.answer
            progress.check(page.ids, page.next)
            _check_cover(walk, page)
            is_over = bool(walk.until) and max(page.ids, default="") >= walk.until
            link, paid = "" if is_over else page.next, asked.spent
            asked = _ask(session, walk, link) if ahead else None
            await asyncio.sleep(0)  # so that the request leaves before the rows are made
            rows = walk.kind.table(page.records)
            del page
            await put(_up_to(rows, walk.until), link, paid)
            asked = asked if ahead else _ask(session, walk, link)
    finally:
        if asked:
            asked.answer.cancel()
            await asyncio.gather(asked.answer, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Asked:
    answer: asyncio.Task[Records[Any]]
    spent: Tally


def _ask(session: Session, walk: Walk, link: str) -> _Asked | None:
    """Send for a page; nothing where the walk is over."""
    spent = Tally()
    return _Asked(asyncio.create_task(session.get(link, walk.kind.read, spent)), spent) if link else None


def _check_cover(walk: Walk, page: Records[Any]) -> None:
    """A list that ends inside a stretch contradicts the stretches after it: their cursors are not to be trusted."""
    if walk.until and not page.next and max(page.ids, default="") < walk.until:
        raise CleverError(
            f"the stretches of {walk.kind.path} do not join",
            code="not_covered",
            remedy="Read it in one walk: set parallel to off.",
            path=walk.kind.path,
        )


def _up_to(rows: pa.Table, until: str) -> pa.Table:
    return rows.filter(pc.less_equal(rows.column(0), until)) if until else rows
