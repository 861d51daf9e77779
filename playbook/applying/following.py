"""Columns that a plan did not write and that follow from what it wrote, because a trigger of the same table wrote them.

Restoring such a cell would fire the trigger again, so it is no fault; but a trigger that was acknowledged must not
excuse a corruption. What a trigger keeps, such as `updated_at`, changes in the rows of one kind of action alike; what
somebody breaks, in some. So a column counts as the trigger's only where it changed in nine of ten of those rows: not in
all, because a mark is short and one change in 65,536 keeps it. And it takes ten rows to say so: of fewer, somebody may
have broken each. In a row that the plan did not write nothing is excused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from playbook.applying.links import link_column
from playbook.errors import Fault
from playbook.merging.operations import Alias, Link, Move, Operation, Retire
from playbook.merging.plan import Header

LEAST = 10
"""Rows of a table that it takes to tell a trigger by: of accounts, those of all kinds in which a column changed."""

Changed = tuple[Operation, str, Fault]
"""An action, a column of its account that is not what it was, and the fault that this would be."""


def leave_out_triggered(
    header: Header, done: Iterable[Operation], changed: Sequence[Changed], tell: Callable[[str, int], None] | None
) -> list[Fault]:
    """Return the faults of cells that no trigger can have written, or that are too few to tell.

    Args:
        done: The actions that have happened.
        changed: What is not as it was.
        tell: Gets each column, as `table.column`, that a trigger wrote, and in how many accounts.
    """
    table = header.layout.table
    if not _has_trigger(header, table):
        return [fault for *_, fault in changed]
    written = Counter(operation.kind for operation in done if writes_account(header, operation))
    places = Counter((operation.kind, column) for operation, column, _ in changed if "." not in column)
    alike = {place for place, count in places.items() if written[place[0]] and count * 10 >= written[place[0]] * 9}
    rows = Counter({column: sum(written[kind] for kind, name in alike if name == column) for _, column in alike})
    for column in sorted(rows):
        if tell and rows[column] >= LEAST:
            tell(f"{table}.{column}", sum(places[place] for place in alike if place[1] == column))
    return [
        _doubted(fault, rows[column]) if (operation.kind, column) in alike else fault
        for operation, column, fault in changed
        if (operation.kind, column) not in alike or rows[column] < LEAST
    ]


def leave_out_triggered_cells(
    header: Header,
    table: str,
    rows: int,
    changed: Sequence[tuple[str, Fault]],
    tell: Callable[[str, int], None] | None,
) -> list[Fault]:
    """Return the same for rows of another table that were moved.

    Args:
        rows: How many were.
        changed: The columns that are not what they were then, each with the fault that it would be.
    """
    if not _has_trigger(header, table):
        return [fault for _, fault in changed]
    counts = Counter(column for column, _ in changed)
    alike = {column for column, count in counts.items() if count * 10 >= rows * 9}
    if rows < LEAST:
        return [_doubted(fault, rows) if column in alike else fault for column, fault in changed]
    for column in sorted(alike):
        if tell:
            tell(f"{table}.{column}", counts[column])
    return [fault for column, fault in changed if column not in alike]


def _has_trigger(header: Header, table: str) -> bool:
    """Say whether a table has triggers that somebody has answered for."""
    triggers = [check for check in header.checks if check.name == "triggers" and check.acknowledged]
    return any(thing.startswith(f"{table}.") for check in triggers for thing in check.things)


def _doubted(fault: Fault, rows: int) -> Fault:
    """Return a fault that a trigger may explain, and that too few rows speak for."""
    remedy = f"A trigger may have written it; to tell takes {LEAST} rows, and the plan wrote {rows}. Compare them."
    return replace(fault, remedy=remedy)


def writes_account(header: Header, operation: Operation) -> bool:
    """Say whether an action writes to its account's own row."""
    layout = header.layout
    if isinstance(operation, Link):
        return bool(link_column(header))
    if isinstance(operation, Move):
        is_released = any(header.unique.get(f"{layout.table}.{column}", "keep") != "keep" for column in layout.uniques)
        return bool(layout.status or layout.merged_into) or is_released
    if isinstance(operation, Retire):
        return layout.credentials is None
    return isinstance(operation, Alias) and bool(layout.merged_into)
