"""What the playbook adds to a database before the first action: its own tables, and the column beside the old id.

MySQL commits on every such statement, so they come first, each harmless by itself and safe to repeat.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column, Connection, String, Table, inspect, text
from sqlalchemy.schema import CreateColumn, CreateTable

from playbook.applying.journal import OWN
from playbook.applying.session import ID_LENGTH, Session, open_session
from playbook.district import Accounts
from playbook.merging.layout import Layout
from playbook.merging.plan import Header


def prepare_database(session: Session, accounts: Accounts, header: Header) -> Session:
    """Make the playbook's tables, and the column for the v3 id, where they are missing; look at the schema again.

    An undo adds no column: it may just have taken it away when it was interrupted.
    """
    layout = header.layout
    is_column_missing = layout.adds_v3_id and not header.undoes and f"{layout.table}.{layout.v3_id}" in session.absent
    if session.absent.isdisjoint(OWN.tables) and not is_column_missing:
        return session
    with session.transaction(execute=True) as connection:
        OWN.create_all(connection)
    if is_column_missing:
        with session.transaction(execute=True) as connection:
            connection.execute(text(add_column_statement(connection, layout)))
    return open_session(session.connection, accounts)


def remove_column(session: Session, layout: Layout) -> None:
    """Take the column away again that the playbook added, unless somebody has written to it since."""
    with session.transaction(execute=True) as connection:
        if not has_column(connection, layout):
            return
        preparer = connection.dialect.identifier_preparer
        table, column = preparer.quote(layout.table), preparer.quote(layout.v3_id)
        if connection.scalar(text(f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL")) == 0:
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))


def has_column(connection: Connection, layout: Layout) -> bool:
    """Say whether the column beside the old id is there."""
    return layout.v3_id in {column["name"] for column in inspect(connection).get_columns(layout.table)}


def add_column_statement(connection: Connection, layout: Layout) -> str:
    """Return the statement that adds the column beside the old id; quick on every engine, because it may be null."""
    preparer = connection.dialect.identifier_preparer
    column: Column[str] = Column(layout.v3_id, String(ID_LENGTH))
    Table(layout.table, type(OWN)(), column)
    added = CreateColumn(column).compile(dialect=connection.dialect)
    return f"ALTER TABLE {preparer.quote(layout.table)} ADD COLUMN {added}"


def show_preparations(session: Session, layout: Layout, show: Callable[[str], None]) -> None:
    """Show the statements of `prepare_database` that are still to come."""
    for table in OWN.sorted_tables:
        if table.name in session.absent:
            show(str(CreateTable(table).compile(dialect=session.connection.dialect)).strip())
    if f"{layout.table}.{layout.v3_id}" in session.absent:
        show(add_column_statement(session.connection, layout))
