"""Which counts of people may leave the house: none below ten, and no count exact enough to subtract one from another.

Counts from 1 to 9 become "<10", all others are rounded to tens, and sentences that hold exact counts are left out.
Source: NCES brief 2011-603, where ten is the most frequent minimum among the states.
"""

from __future__ import annotations

from dataclasses import replace

from playbook.sharing.summary import HIDDEN_COUNT, Bars, CountTable, Number, Summary

SMALLEST_TOLD = 10
_WORDS = {
    "go": "Every check of this step passed.",
    "review": "A person must look at what this step found.",
    "no_go": "This step found what must not go on.",
}


def suppress_small_cells(summary: Summary) -> Summary:
    """Return a step's summary with no count of fewer than ten people in it."""
    return replace(
        summary,
        headline=_WORDS[summary.verdict],
        numbers=tuple(map(_number, summary.numbers)),
        tables=(*map(_table, summary.tables), *map(_bars, summary.charts)),
        charts=(),
        checks=tuple(replace(check, message="", remedy="") for check in summary.checks),
        next_action="Ask the engineer who runs this migration.",
        notes=(),
    )


def tell_count(count: int) -> str | int:
    """Return a count as it may be told: zero, "<10", or rounded to tens."""
    return HIDDEN_COUNT if 0 < count < SMALLEST_TOLD else _rounded(count)


def _rounded(count: int) -> int:
    return (count + 5) // 10 * 10


def _number(number: Number) -> Number:
    told = tell_count(number.value)
    if isinstance(told, int):
        return Number(number.label, told)
    return Number(number.label, 0, hidden=True)


def _table(table: CountTable) -> CountTable:
    """Hide the small cells; in a column of few people the zeros too, since they would say where the few are."""
    columns = list(zip(*table.rows, strict=True)) if table.rows else []
    told = [_column(column) for column in columns]
    return replace(table, rows=tuple(zip(*told, strict=True)))


def _column(cells: tuple[str | int, ...]) -> tuple[str | int, ...]:
    counts = [cell for cell in cells if isinstance(cell, int)]
    small = [count for count in counts if 0 < count < SMALLEST_TOLD]
    if small and sum(small) < SMALLEST_TOLD * len(small) / 2:
        return tuple(HIDDEN_COUNT if cell == 0 else _cell(cell) for cell in cells)
    return tuple(map(_cell, cells))


def _cell(cell: str | int) -> str | int:
    return tell_count(cell) if isinstance(cell, int) else cell


def _bars(bars: Bars) -> CountTable:
    return _table(CountTable(bars.title, ("", "count"), bars.bars))
