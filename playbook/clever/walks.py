"""Which lists a snapshot reads, and one walk through a list: page by page onto the shelf, from where it stands.

Permissions need sections and schools in bulk, never one request a user: a district of 100,000 employees costs tens of
requests.

Source: https://dev.clever.com/docs/paging-and-limits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from playbook.clever.columns import people_table, schools_table, sections_table
from playbook.clever.parts import Shelf
from playbook.clever.progress import MOST_PAGES, Progress
from playbook.clever.reading import Records, read_schools, read_sections, read_users
from playbook.clever.session import PAGE_LIMIT, Session
from playbook.clever.transport import Answer


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: its list, how a page is read, and what rows it becomes."""

    path: str
    read: Callable[[Answer], Records[Any]]
    table: Callable[[Sequence[Any]], pa.Table]


USERS = Kind("/users", read_users, people_table)
SECTIONS = Kind("/sections", read_sections, sections_table)
SCHOOLS = Kind("/schools", read_schools, schools_table)


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

    def start(self, session: Session, limit: int = PAGE_LIMIT) -> str:
        """Return the target of the first page."""
        params: dict[str, str | int] = {"limit": limit}
        params |= {"role": self.role} if self.role else {}
        params |= {"starting_after": self.after} if self.after else {}
        return session.target(self.kind.path, params)


async def take_walk(
    session: Session,
    walk: Walk,
    shelf: Shelf,
    report: Callable[[int], None],
    *,
    limit: int = PAGE_LIMIT,
    most_pages: int = MOST_PAGES,
) -> None:
    """Read a walk to its end, from the last page on the shelf.

    Args:
        session: Where to read.
        walk: What to read.
        shelf: Where pages are put; opened.
        report: Is told how many records a page brought.
        limit: Records a page.
        most_pages: More pages than any honest answer would take.

    Raises:
        CleverError: A page was refused, or the walk makes no progress; what was read stays.
    """
    last = shelf.last()
    link = last.next if last else walk.start(session, limit)
    progress = Progress(link, most_pages, highest=last.last if last else walk.after)
    while link:
        before = session.tally.copy()
        page = await session.get(link, walk.kind.read)
        progress.check(page.ids, page.next)
        is_over = bool(walk.until) and max(page.ids, default="") >= walk.until
        table = _up_to(walk.kind.table(page.records), walk.until)
        spent = session.tally.since(before)
        link = "" if is_over else page.next
        shelf.put(table, link, requests=spent.requests, retries=spent.retries, size=spent.bytes)
        report(len(table))


def _up_to(table: pa.Table, until: str) -> pa.Table:
    return table.filter(pc.less_equal(table.column(0), until)) if until else table
