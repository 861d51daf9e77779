"""Small counts of people."""

from __future__ import annotations

import random

import pytest

from playbook.sharing.small_cells import suppress_small_cells, tell_count
from playbook.sharing.summary import Bars, CountTable, Number, Summary
from tests.sharing.conftest import make_summary


@pytest.mark.parametrize("count", range(1, 10))
def test_a_count_below_ten_is_not_told(count: int) -> None:
    """One to nine are all the same to a reader."""
    assert tell_count(count) == "<10"


@pytest.mark.parametrize(("count", "told"), [(0, 0), (10, 10), (14, 10), (15, 20), (1195, 1200)])
def test_other_counts_are_rounded_to_tens(count: int, told: int) -> None:
    """No count is exact enough to subtract another from it."""
    assert tell_count(count) == told


def test_no_exact_count_is_left_in_a_summary() -> None:
    """Numbers, tables, charts and sentences: none tells a small count, none an exact one."""
    told = repr(suppress_small_cells(make_summary("04_merge_accounts", "no_go", count=1183)))

    assert "1195" not in told
    assert "1183" not in told
    assert "1,180" not in told
    assert ", 3)" not in told
    assert "15 accounts" not in told


def test_a_chart_becomes_a_table() -> None:
    """A bar would tell what the cell hides."""
    told = suppress_small_cells(make_summary("04_merge_accounts", "go"))

    assert told.charts == ()
    assert told.tables[1].rows == (("matched", 1180), ("tie", "<10"))


def test_no_small_cell_can_be_recovered_from_its_total() -> None:
    """In 1,000 random columns with their totals told, no hidden cell is left with one possible value."""
    chance = random.Random(7)
    for _ in range(1000):
        cells = [chance.choice([0, 1, 2, 3, 9, chance.randrange(10), chance.randrange(400)]) for _ in range(6)]
        told = _told(cells)
        total = told.numbers[0]
        low, high = (0, 9) if total.hidden else _range(total.value)
        column = [row[1] for row in told.tables[0].rows]
        for index, cell in enumerate(column):
            if cell == "<10":
                others = [_range(other) for other in column[:index] + column[index + 1 :]]
                least = max(0, low - sum(top for _, top in others))
                most = min(9, high - sum(bottom for bottom, _ in others))
                assert most > least


def _told(cells: list[int]) -> Summary:
    rows = tuple((f"code{index}", cell) for index, cell in enumerate(cells))
    summary = Summary(
        step="03_match_accounts",
        title="Match accounts",
        verdict="go",
        headline="",
        changed="Nothing was changed.",
        next_action="",
        district_id="6385008f69df036e83e984a3",
        district_name="Example USD",
        made_at="",
        numbers=(Number("accounts", sum(cells)),),
        tables=(CountTable("Accounts by state", ("state", "accounts"), rows),),
        charts=(Bars("Accounts by state", rows, ""),),
    )
    return suppress_small_cells(summary)


def _range(cell: str | int) -> tuple[int, int]:
    if isinstance(cell, str):
        return 0, 9
    return (0, 0) if cell == 0 else (max(10, cell - 5), cell + 4)
