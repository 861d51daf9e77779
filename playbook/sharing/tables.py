"""The one function that makes HTML tables, and its one-line text: caption, scope, no index, every cell escaped."""

from __future__ import annotations

from collections.abc import Mapping

from playbook.sharing.summary import CountTable
from playbook.sharing.template import render_part, show_count

NO_LINKS: Mapping[str, str] = {}
_MOST_NAMED = 4


def render_table(table: CountTable, links: Mapping[str, str] = NO_LINKS) -> str:
    """Return a table as HTML that a keyboard can scroll and a screen reader can read out.

    Args:
        table: The table.
        links: Where a cell of the first column leads to; a page that others may see gives none.
    """
    return str(render_part("table", table, links))


def describe_table(table: CountTable) -> str:
    """Return a table as one line: its caption and its first rows, for logs and for readers without HTML."""
    named = [" ".join(_words(row)) for row in table.rows[:_MOST_NAMED]]
    more = [f"{len(table.rows) - _MOST_NAMED} more rows"] if len(table.rows) > _MOST_NAMED else []
    return f"{table.caption}: {', '.join([*named, *more]) or 'none'}"


def _words(row: tuple[str | int, ...]) -> list[str]:
    return [show_count(cell) if isinstance(cell, int) else cell for cell in row]
