"""Which lists a snapshot reads, and what their pages become.

Permissions need sections and schools in bulk, never one request a user: a district of 100,000 employees costs tens of
requests.

Source: https://dev.clever.com/docs/paging-and-limits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from playbook.clever import tables
from playbook.clever.columns import people_table, schools_table, sections_table
from playbook.clever.reading import Records, read_schools, read_sections, read_users
from playbook.clever.transport import Answer


@dataclass(frozen=True, slots=True)
class RowPage:
    """A page that can be used.

    Attributes:
        ids: The ids of its records, in its order.
        next: The link to the next page; "" on the last one.
        rows: Gives the rows.
    """

    ids: list[str]
    next: str
    rows: Callable[[], pa.Table]

    @property
    def highest(self) -> str:
        """The highest id; "" where the page is empty."""
        return max(self.ids, default="")


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

    def read_page(self, answer: Answer) -> RowPage:
        """Return a page whose rows are made when they are asked for.

        Raises:
            Passing: The answer is no JSON, cut short, or without Clever's envelope.
            CleverError: A record has a shape that nothing published allows.
        """
        page = self.read(answer)
        return RowPage(page.ids, page.next, partial(self.table, page.records))

    def read_rows(self, answer: Answer) -> RowPage:
        """Return a page whose rows are made here and now; they take a third of the memory that the records do."""
        page = self.read(answer)
        return page_of(self.table(page.records), page.next)


def page_of(rows: pa.Table, following: str) -> RowPage:
    """Return the page that consists of these rows; their first column is the id."""
    return RowPage(rows.column(0).to_pylist(), following, lambda: rows)


USERS = Kind(tables.USERS.name, read_users, people_table)
SECTIONS = Kind(tables.SECTIONS.name, read_sections, sections_table)
SCHOOLS = Kind(tables.SCHOOLS.name, read_schools, schools_table)
