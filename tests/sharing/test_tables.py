"""Tables for people."""

from __future__ import annotations

import pandas as pd

from playbook.sharing.summary import CountTable
from playbook.sharing.tables import count_rows, render_table
from playbook.tables import TEXT


def test_counts_rows_by_codes() -> None:
    """Every combination of codes once, the most frequent first, ties in the order of the codes."""
    rows = pd.DataFrame({"state": ["tie", "matched", "matched", "conflict"]}, dtype=TEXT)

    counted = count_rows(rows, ["state"], "By state")

    assert counted == CountTable("By state", ("state", "rows"), (("matched", 2), ("conflict", 1), ("tie", 1)))


def test_counts_nothing_in_nothing() -> None:
    """A table without rows has a caption and says that there is none."""
    counted = count_rows(pd.DataFrame({"state": []}, dtype=TEXT), ["state"], "By state")

    assert counted.rows == ()
    assert "None." in render_table(counted)


def test_numbers_are_apart_from_text() -> None:
    """A count has its thousands apart; an id that looks like a number does not."""
    html = render_table(CountTable("Rows", ("id", "count"), (("0012345", 12345),)))

    assert "0012345" in html
    assert "12,345" in html
