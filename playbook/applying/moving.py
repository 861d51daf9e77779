"""Giving one account's rows to another: unique indexes may stand in the way, and each needs a rule.

A rule is written in the district file as `[merge.unique]`, for a table's index by its columns
(`"enrolments.section_id,user_id" = "keep_survivor"`) or for a column of the account table (`"users.email" = "suffix"`).
Without a rule the group is held, whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Enum, String, Table
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.types import NullType

from playbook.applying.cells import Row
from playbook.applying.rows import Drift, Writer
from playbook.applying.values import has_room
from playbook.district import Merge
from playbook.merging.layout import Layout, Referrer
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


def unfit_rules(table: Table, merge: Merge) -> Iterator[str]:
    """Yield the account table's columns whose rule writes what they cannot take, each with the rule, sorted."""
    for name, rule in sorted(merge.unique.items()):
        column = table.columns.get(name.removeprefix(f"{table.name}."))
        if column is None:
            continue
        kind = column.type.data_type if isinstance(column.type, DOMAIN) else column.type
        is_text = isinstance(kind, String | NullType) and not isinstance(kind, Enum)
        if (rule == SUFFIX and not is_text) or (rule == NULL and not column.nullable):
            yield f"{name} {rule}"


def release_uniques(writer: Writer, header: Header, account: Row) -> None:
    """Mark an account as a tombstone: unique values are let go by rule, its sign-in is off, its row stays.

    Raises:
        Drift: A value with its suffix has no place.
    """
    layout = header.layout
    key = {layout.key: account[layout.key]}
    for column in layout.uniques:
        value = account[column]
        rule = header.unique.get(f"{layout.table}.{column}", KEEP)
        if value is None or rule == KEEP:
            continue
        released = None if rule == NULL else _suffixed(writer, layout, account, column)
        writer.change(layout.table, key, column, value, released)
    if layout.status:
        writer.change(layout.table, key, layout.status, account[layout.status], f"s:{layout.tombstone}")


def _suffixed(writer: Writer, layout: Layout, account: Row, column: str) -> str:
    """Return an account's value with its key behind it.

    Raises:
        Drift: The column has no room for it (`suffix_too_long`), or somebody has it (`suffix_taken`).
    """
    suffixed = f"{account[column]}+merged-{(account[layout.key] or '').partition(':')[2]}"
    if not has_room(writer.tables[layout.table].columns[column], suffixed, writer.dialect):
        raise Drift("suffix_too_long", [f"{layout.table}.{column}"])
    if writer.find(layout.table, {column: suffixed}, most=1):
        raise Drift("suffix_taken", [f"{layout.table}.{column}"])
    return suffixed
