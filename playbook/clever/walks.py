"""One walk through a list: page by page onto the shelf, from where it stands.

Source: https://dev.clever.com/docs/paging-and-limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from playbook.clever.kinds import Kind, RowPage
from playbook.clever.parts import Part
from playbook.clever.progress import Progress
from playbook.clever.retrying import Tally
from playbook.clever.session import PAGE_LIMIT, Session
from playbook.clever.transport import Answer
from playbook.errors import CleverError

Put = Callable[[pa.Table, str, Tally], Awaitable[None]]
"""Keeps a page: its rows, the link to the next page, and what it cost."""
Read = Callable[[Answer], RowPage | Awaitable[RowPage]]


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
    session: Session,
    walk: Walk,
    last: Part | None,
    put: Put,
    expected: int | None = None,
    *,
    beside: Read | None = None,
) -> None:
    """Read a walk to its end; while a page is turned into rows and kept, the next one is on its way.

    Args:
        session: Where to read.
        walk: What to read.
        last: The page that an earlier run ended with.
        put: Keeps a page; what it has kept stays, whatever comes after.
        expected: How many records the list has, where Clever said so.
        beside: Reads a page with its rows, for walks side by side: they ask for no page ahead, for they need no such
            hurry, and their pages would fill the memory.

    Raises:
        CleverError: A page was refused, or the walk makes no progress.
    """
    link = last.next if last else walk.start(session)
    highest, floor = (last.last, last.first) if last else ("", "")
    progress = Progress(link, highest=highest or walk.after, floor=floor or walk.after, expected=expected)
    read, is_alone = beside or walk.kind.read_page, beside is None
    asked = _ask(session, link, read)
    try:
        while asked:
            page = await asked.answer
            progress.check(page.ids, page.next)
            _check_cover(walk, page)
            is_over = bool(walk.until) and page.highest >= walk.until
            link, paid = "" if is_over else page.next, asked.spent
            asked = _ask(session, link, read) if is_alone else None
            await asyncio.sleep(0)  # so that the request leaves before the rows are made
            rows = _up_to(page, walk.until)
            del page
            await put(rows, link, paid)
            asked = asked if is_alone else _ask(session, link, read)
    finally:
        if asked:
            asked.answer.cancel()
            await asyncio.gather(asked.answer, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Asked:
    answer: asyncio.Task[RowPage]
    spent: Tally


def _ask(session: Session, link: str, read: Read) -> _Asked | None:
    """Send for a page; nothing where the walk is over."""
    spent = Tally()
    return _Asked(asyncio.create_task(session.get(link, read, spent)), spent) if link else None


def _check_cover(walk: Walk, page: RowPage) -> None:
    """A list that ends inside a stretch contradicts the stretches after it: their cursors are not to be trusted."""
    if walk.until and not page.next and page.highest < walk.until:
        raise CleverError(
            f"the stretches of {walk.kind.path} do not join",
            code="not_covered",
            remedy="Read it in one walk: set parallel to off.",
            path=walk.kind.path,
        )


def _up_to(page: RowPage, until: str) -> pa.Table:
    rows = page.rows()
    return rows.filter(pc.less_equal(rows.column(0), until)) if until and page.highest > until else rows
