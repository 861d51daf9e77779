"""Which of many links may find their place in a unique index taken; a dry run judges those one by one.

What is compared here is wider than what any collation takes for equal among ids, so that none is overlooked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from playbook.applying.batches import find_all
from playbook.applying.cells import Row
from playbook.applying.effects import account_key, credential_row, link_row, new_cells
from playbook.applying.journal import LINKS
from playbook.applying.links import link_column
from playbook.applying.old_credentials import find_old_credentials
from playbook.applying.places import Place, Places, Unique
from playbook.applying.rows import Writer
from playbook.merging.operations import Operation
from playbook.merging.plan import Header, operations_of


def find_contested(writer: Writer, places: Places, header: Header, links: pd.DataFrame, shared: set[str]) -> set[int]:
    """Return the positions of links whose place may be taken.

    Args:
        links: Links whose accounts are as the plan saw them, as rows of a plan.
        shared: The users whom several links of the plan are for.
    """
    table, changed = _written(header)
    uniques = [u for u in places.uniques_of(writer, table) if not changed or not changed.isdisjoint(u.columns)]
    if not uniques:
        return set()
    operations = [*operations_of(links)]
    rows = dict(_rows(writer, header, operations))
    contested = {o.position for o in operations if o.position not in rows or o.user_id in shared}
    for unique in uniques:
        taken = _find_taken(writer, places, header, unique, [*rows.values()])
        contested |= {p for p, row in rows.items() if taken is None or _wide(unique.place(row)) in taken}
    return contested


def _written(header: Header) -> tuple[str, set[str]]:
    """Return the table that links are written to, and the columns that change; none where rows are added."""
    layout, credentials = header.layout, header.layout.credentials
    if credentials and header.store == "replace":
        return credentials.table, {credentials.clever_id, credentials.version} - {""}
    if credentials:
        return credentials.table, set()
    column = link_column(header)
    return (layout.table, {column}) if column else (LINKS.name, set())


def _rows(writer: Writer, header: Header, operations: Sequence[Operation]) -> Iterator[tuple[int, Row]]:
    """Yield the rows that links would make, or make of others, each with its position."""
    layout, credentials, column = header.layout, header.layout.credentials, link_column(header)
    if credentials:
        for operation, row in find_old_credentials(writer, layout, credentials, operations):
            changed = {**row, **new_cells(credentials, row, operation)}
            added = credential_row(credentials, row, operation)
            yield operation.position, changed if header.store == "replace" else added
    elif column:
        keys = {account_key(writer, layout, operation.account_id): operation for operation in operations}
        for row in find_all(writer, layout.table, layout.key, keys):
            operation = keys[row[layout.key] or ""]
            yield operation.position, {**row, column: f"s:{operation.user_id}"}
    else:
        yield from ((operation.position, link_row(operation)) for operation in operations)


def _find_taken(
    writer: Writer, places: Places, header: Header, unique: Unique, rows: Sequence[Row]
) -> set[Place] | None:
    """Return the places that are taken among those that rows might take; none where too many rows would be asked."""
    credentials, layout = header.layout.credentials, header.layout
    few = (
        (credentials.clever_id, credentials.account) if credentials else (link_column(header), layout.key, "account_id")
    )
    by = next((name for name in few if name in unique.columns), None)
    if by is None:
        return None
    found = find_all(writer, unique.table, by, {row[by] for row in rows if row[by] is not None})
    held = {unique.place(row) for row in found} | places.taken.get(unique, set())
    return {_wide(place) for place in held if None not in place}


def _wide(place: Place) -> Place:
    return tuple(value and value.strip().casefold() for value in place)
