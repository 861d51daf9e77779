"""Which tables a plan may write to, and the privileges that it and its undo need there: asked before there is a plan.

What a database role lacks is refused by name, so that no apply ends in the middle for want of a grant.
"""

from __future__ import annotations

from collections.abc import Iterator

from playbook.applying.journal import OWN
from playbook.applying.moving import KEEP_SURVIVOR
from playbook.district import Merge
from playbook.merging.layout import Layout

WRITE, ADD = ("SELECT", "UPDATE"), ("INSERT", "DELETE")
"""To read, lock and change rows; to add some that an undo removes, or the other way round."""

ALTER, INDEX = "ALTER", "INDEX"
"""To add the column beside the old id; to index what the playbook makes, which MariaDB asks for by itself."""


def moves_rows(merge: Merge) -> bool:
    """Say whether rows are given to another account."""
    return merge.people == "consolidate" and merge.fold == "move"


def touched_tables(layout: Layout, merge: Merge) -> frozenset[str]:
    """Return the application's tables that a plan may write to."""
    touched = {layout.table}
    if layout.credentials:
        touched.add(layout.credentials.table)
    if moves_rows(merge):
        touched |= {referrer.table for referrer in layout.referrers}
    return frozenset(touched)


def needed_privileges(layout: Layout, merge: Merge) -> frozenset[tuple[str, str]]:
    """Return each table with a privilege that a plan or its undo needs on it; the playbook's own tables among them."""
    written = {(table, kind) for table in touched_tables(layout, merge) for kind in WRITE}
    grown = {(table, kind) for table in {*OWN.tables, *_growing(layout, merge)} for kind in (*WRITE, *ADD)}
    shaped = {(table.name, INDEX) for table in OWN.sorted_tables if table.indexes}
    shaped |= {(layout.table, ALTER)} if layout.adds_v3_id else set()
    return frozenset(written | grown | shaped)


def _growing(layout: Layout, merge: Merge) -> Iterator[str]:
    """Yield the application's tables that get rows or lose some."""
    if merge.contacts == "create":
        yield layout.table
    if layout.credentials and merge.store == "beside" and merge.people != "start_fresh":
        yield layout.credentials.table
    for referrer in layout.referrers if moves_rows(merge) else ():
        names = {f"{referrer.table}.{','.join(unique)}" for unique in referrer.uniques}
        if any(merge.unique.get(name) == KEEP_SURVIVOR for name in names):
            yield referrer.table
