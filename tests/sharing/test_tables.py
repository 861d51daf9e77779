"""Tables for people."""

from __future__ import annotations

from playbook.sharing.summary import CountTable
from playbook.sharing.tables import render_table


def test_nothing_is_shown_as_nothing() -> None:
    """A table without rows keeps its caption and says that there is none."""
    assert "None." in render_table(CountTable("By state", ("state", "rows"), ()))


def test_numbers_are_apart_from_text() -> None:
    """A count has its thousands apart; an id that looks like a number does not."""
    html = render_table(CountTable("Rows", ("id", "count"), (("0012345", 12345),)))

    assert "0012345" in html
    assert "12,345" in html
