"""Giving one account's rows to another: unique indexes may stand in the way, and each needs a rule.

A rule is written in the district file as `[merge.unique]`, for a table's index by its columns
(`"enrolments.section_id,user_id" = "keep_survivor"`) or for a column of the account table (`"users.email" = "suffix"`).
Without a rule the group is held, whole.
"""

from __future__ import annotations

from playbook.applying.rows import Drift, Row, Writer
from playbook.merging.layout import Referrer
from playbook.merging.plan import Header

KEEP_SURVIVOR = "keep_survivor"
NULL, SUFFIX, KEEP = "null", "suffix", "keep"


def move_rows(writer: Writer, header: Header, referrer: Referrer, loser: str, survivor: str) -> None:
    """Give every row of one reference to the survivor.

    Raises:
        Drift: Two rows collide in a unique index that has no rule (`unique_collision`), there are more rows than one
            transaction may hold locked (`too_many_rows`), or rows arrived meanwhile.
    """
    left = writer.most - len(writer.journaled)
    rows = writer.find(referrer.table, {referrer.column: loser}, where=referrer.where, most=left + 1)
    theirs: list[Row] = []
    if rows and referrer.uniques:
        theirs = writer.find(referrer.table, {referrer.column: survivor}, most=writer.most + 1)
    if len(rows) > left or len(theirs) > writer.most:
        raise Drift("too_many_rows", [referrer.name])
    for unique in referrer.uniques:
        for row in _colliding(unique, referrer.column, rows, theirs):
            name = f"{referrer.table}.{','.join(unique)}"
            if header.unique.get(name) != KEEP_SURVIVOR:
                raise Drift("unique_collision", [name])
            writer.remove(referrer.table, row)
            rows.remove(row)
    writer.repoint(referrer.table, referrer.column, rows, loser, survivor, where=referrer.where)


def _colliding(unique: tuple[str, ...], column: str, rows: list[Row], theirs: list[Row]) -> list[Row]:
    """Return the loser's rows whose place in a unique index the survivor already takes; a null takes no place."""
    others = [name for name in unique if name != column]
    taken = {tuple(row[name] for name in others) for row in theirs}
    places = [(row, tuple(row[name] for name in others)) for row in rows]
    return [row for row, place in places if place in taken and None not in place]


def release_uniques(writer: Writer, header: Header, account: Row) -> None:
    """Mark an account as a tombstone: unique values are let go by rule, its sign-in is off, its row stays."""
    layout = header.layout
    key = {layout.key: account[layout.key]}
    for column in layout.uniques:
        value = account[column]
        rule = header.unique.get(f"{layout.table}.{column}", KEEP)
        if value is None or rule == KEEP:
            continue
        suffixed = f"{value}+merged-{(account[layout.key] or '').partition(':')[2]}"
        writer.change(layout.table, key, column, value, None if rule == NULL else suffixed)
    if layout.status:
        writer.change(layout.table, key, layout.status, account[layout.status], f"s:{layout.tombstone}")
