"""Whether the database is as the plan says: computed from the accounts themselves, not from the journal.

Every account that the plan speaks of is read again. Its image must be the one that the plan saw, apart from the cells
that the plan writes; those must hold what the plan says; and nothing may point at an account that was folded.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, String, cast, select

from playbook.accounts.engine import reading
from playbook.accounts.image import changed_columns
from playbook.accounts.schema import Schema, read_schema
from playbook.accounts.source import DatabaseSource
from playbook.applying.chain import broken_entries
from playbook.applying.images import image_query
from playbook.applying.journal import LINKS, OWN, REFUSED, RUNS, SURVIVORS, find_run
from playbook.errors import Fault
from playbook.merging.operations import Alias, Hold, Link, Move, Operation
from playbook.merging.plan import Header, Plan


def verify(plan: Plan, source: DatabaseSource) -> tuple[Fault, ...]:
    """Return what is not as an applied plan says, each fault with its table, column and account; none if all is well.

    Raises:
        DatabaseError: The database refuses.
    """
    with reading(source.engine) as connection:
        found = find_run(connection, plan.sha256) if connection.dialect.has_table(connection, RUNS.name) else None
        if found is None or found[1] == "undone":
            return (Fault("plan", "has not been applied to this database", "Apply it first."),)
        schema = read_schema(connection, source.accounts)
        refused = set(connection.scalars(select(REFUSED.c.position).where(REFUSED.c.run == found[0])))
        faults = [*_account_faults(connection, schema, source, plan, refused)]
        faults += [Fault(OWN.tables["playbook_chain"].name, what) for what in broken_entries(connection)]
        return tuple(faults)


def _account_faults(
    connection: Connection, schema: Schema, source: DatabaseSource, plan: Plan, refused: set[int]
) -> Iterator[Fault]:
    header = plan.header
    images = _images(connection, schema, source)
    survivors = {row.account_id: row.survivor_id for row in connection.execute(select(SURVIVORS))}
    linked = _linked(connection, schema, source, header)
    for operation in plan.operations:
        rows = images.get(operation.account_id)
        if rows is None:
            yield Fault(header.layout.table, f"account {operation.account_id} is gone")
            continue
        if operation.position in refused:
            continue
        written = _written(header, operation)
        marks = rows.get(operation.old_id) or next(iter(rows.values()))
        for column in changed_columns(header.layout.columns, operation.marks, marks):
            if column not in written:
                yield _fault(f"{header.layout.table}.{column}", operation, "changed")
        if isinstance(operation, Link) and operation.user_id not in linked.get(operation.account_id, ()):
            yield _fault(f"{header.layout.table}.{header.layout.v3_id}", operation, "does not hold the v3 id")
        if isinstance(operation, Alias | Move) and survivors.get(operation.account_id) != operation.survivor_id:
            yield _fault(f"{SURVIVORS.name}.survivor_id", operation, "does not point to the survivor")


def _images(connection: Connection, schema: Schema, source: DatabaseSource) -> dict[str, dict[str, str]]:
    """Return every account's marks, by account and by the Clever id of the credential row that they cover."""
    images: dict[str, dict[str, str]] = {}
    for row in connection.execute(image_query(schema, source.accounts, connection.dialect.name)):
        images.setdefault(row.account_id, {})[(row.clever_id or "").strip().lower()] = row.marks
    return images


def _linked(connection: Connection, schema: Schema, source: DatabaseSource, header: Header) -> dict[str, set[str]]:
    """Return the Clever ids under which each account can be found, wherever the plan stores them."""
    layout, users = header.layout, schema.accounts
    if layout.credentials:
        table = schema.tables.tables[layout.credentials.table]
        query = select(cast(table.c[layout.credentials.account], String), table.c[layout.credentials.clever_id])
    elif header.store == "beside" and not layout.v3_id:
        query = select(LINKS.c.account_id, LINKS.c.user_id)
    else:
        column = layout.v3_id if header.store == "beside" else layout.clever_id
        query = select(cast(users.c[layout.key], String), users.c[column])
    linked: dict[str, set[str]] = {}
    for account_id, user_id in connection.execute(query):
        linked.setdefault(account_id, set()).add(user_id)
    return linked


def _written(header: Header, operation: Operation) -> set[str]:
    """Return the columns of the account that the operation itself changes."""
    layout = header.layout
    if isinstance(operation, Move):
        return {layout.status, *layout.uniques}
    if isinstance(operation, Hold):
        return set()
    return {layout.clever_id} if header.store == "replace" else set()


def _fault(where: str, operation: Operation, what: str) -> Fault:
    return Fault(where, f"account {operation.account_id}: {what}")
