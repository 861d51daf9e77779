"""Whether the columns that plans write Clever ids to take them whole, asked before anything is written.

A column that is too narrow, or not of text, need not refuse an id: PostgreSQL's casts and MySQL without strict mode cut
it, SQLite makes a number of digits. What comes of that is somebody else's id, or nobody's.
Sources: PostgreSQL's manual on character types, MariaDB's on sql_mode, SQLite's on type affinity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import CHAR, Column, Enum, String, Table
from sqlalchemy.dialects.postgresql import DOMAIN

from playbook.applying.effects import RETIRED
from playbook.applying.links import column_of_links
from playbook.applying.session import ID_LENGTH, Session
from playbook.errors import AnswerIsNo, Fault
from playbook.merging.checks import RULES
from playbook.merging.layout import Layout
from playbook.merging.plan import Header

CHECK = "ids_do_not_fit"
"""The name of the safety check that says so."""


def find_unfit_columns(
    tables: Mapping[str, Table], layout: Layout, *, people: str, store: str, dialect: str
) -> tuple[str, ...]:
    """Return the columns that a plan of this way would write ids to and that do not take them, each with its type.

    Args:
        tables: The reflected tables by name; a column that applying has yet to add is right by itself.
        people: What happens to people with several accounts.
        store: Where the new id goes.
    """
    places = _written_places(tables, layout, people=people, store=store)
    return tuple(f"{c.table.name}.{c.name} {c.type}" for c, length in places if not _takes_text(c, length, dialect))


def refuse_unfit_columns(session: Session, header: Header) -> None:
    """Raise where a column has become unfit since the plan was made: the schema's digest leaves out the one for v3 ids.

    Raises:
        AnswerIsNo: Code `ids_do_not_fit`, with the columns.
    """
    if header.undoes:  # which puts back what was there
        return
    dialect = session.connection.dialect.name
    unfit = find_unfit_columns(session.tables, header.layout, people=header.people, store=header.store, dialect=dialect)
    if unfit:
        raise AnswerIsNo(
            "columns do not take a Clever id whole",
            code=CHECK,
            remedy=RULES[CHECK].remedy,
            faults=[Fault(name.partition(" ")[0], f"is {name.partition(' ')[2]}") for name in unfit],
            district_id=header.district_id,
            step="apply",
        )


def _written_places(
    tables: Mapping[str, Table], layout: Layout, *, people: str, store: str
) -> Iterator[tuple[Column[Any], int]]:
    """Yield the column that ids are written to, if it is there, and how many characters it must hold."""
    credentials = layout.credentials
    table = tables[credentials.table if credentials else layout.table]
    if people == "start_fresh":
        retired = table.columns[credentials.clever_id if credentials else layout.clever_id]
        if not retired.nullable:  # else it is emptied
            yield retired, len(RETIRED) + ID_LENGTH
        return
    name = credentials.clever_id if credentials else column_of_links(layout, store)
    if name in table.columns:
        yield table.columns[name], ID_LENGTH


def _takes_text(column: Column[Any], length: int, dialect: str) -> bool:
    """Say whether a column keeps a text of a length as it is; SQLite does not mind what a column says of its width."""
    kind = column.type.data_type if isinstance(column.type, DOMAIN) else column.type
    if not isinstance(kind, String) or isinstance(kind, Enum):
        return False
    if dialect == "sqlite" or kind.length is None:
        return True
    is_padded = dialect == "postgresql" and isinstance(kind, CHAR)
    return kind.length == length if is_padded else kind.length >= length
