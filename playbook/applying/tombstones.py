"""Whether the accounts' status column takes the word that marks a folded account: asked before there is a plan.

A word that the column refuses would stop every group when it is written, and a column that holds no words at all would
leave folded accounts unmarked, so that their sign-in stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import (
    Boolean,
    Connection,
    Enum,
    String,
    Table,
    func,
    inspect,
    literal,
    literal_column,
    not_,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

SAMPLE = 1_000
"""Accounts that a check constraint is tried on."""

_CHECKS = text(
    "SELECT check_clause FROM information_schema.check_constraints"
    " WHERE constraint_schema = DATABASE() AND table_name = :name"
)


def takes_words(table: Table, status: str) -> bool:
    """Say whether the status column, if the district file names one, holds words."""
    return bool(status) and isinstance(table.columns[status].type, String)


def tombstone_things(connection: Connection, table: Table, status: str, word: str) -> Mapping[str, tuple[str, ...]]:
    """Return the name of the check that finds something wrong with the word, and the column that it is about."""
    name = (f"{table.name}.{status}",)
    if not status:
        return {}
    if not takes_words(table, status):
        return {"tombstones_unmarked": name}
    return (
        {} if _fits(table, status, word) and _passes(connection, table, status, word) else {"tombstone_refused": name}
    )


def _fits(table: Table, status: str, word: str) -> bool:
    kind = table.columns[status].type
    if isinstance(kind, Enum):
        return word in kind.enums
    return not isinstance(kind, String) or kind.length is None or len(word) <= kind.length


def _passes(connection: Connection, table: Table, status: str, word: str) -> bool:
    """Try the column's check constraints on accounts as they would be with the word; a check that is null passes."""
    others = [column for column in table.columns if column.name != status]
    changed = select(*others, literal(word, String()).label(status)).limit(SAMPLE).subquery(table.name)
    for check in _checks(connection, table):
        if status in check:
            refused = select(func.count()).select_from(changed).where(not_(literal_column(f"({check})", Boolean)))
            try:
                with connection.begin_nested():
                    if connection.scalar(refused):
                        return False
            except SQLAlchemyError:
                continue  # a check that cannot be asked outside of its table; if it refuses, it is named then
    return True


def _checks(connection: Connection, table: Table) -> Iterator[str]:
    if connection.dialect.name == "mysql":  # whose reflection leaves out what is written beside a column
        yield from connection.execute(_CHECKS, {"name": table.name}).scalars()
    else:
        yield from (check["sqltext"] for check in inspect(connection).get_check_constraints(table.name))
