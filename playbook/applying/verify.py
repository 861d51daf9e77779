"""Whether the database is as the plan says: computed from the database itself, not from what the journal claims.

Every account that the plan speaks of is read again. Its image must be the one that the plan saw, apart from the cells
that the plan writes; those must hold what the plan says. Nothing may point at an account that was folded, every row
that was moved must be where it was put, and the audit chain must be whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, String, Table, cast, select

from playbook.accounts.engine import reading
from playbook.accounts.image import changed_columns
from playbook.accounts.schema import Schema, read_schema
from playbook.accounts.source import DatabaseSource
from playbook.applying.chain import broken_entries
from playbook.applying.effects import RETIRED
from playbook.applying.following import Changed, leave_out_triggered
from playbook.applying.images import image_query
from playbook.applying.journal import CHAIN, LINKS, OWN, REFUSED, RUNS, SURVIVORS, done_positions, find_run
from playbook.applying.journaled import Journaled, journaled_faults, read_journaled
from playbook.applying.key_places import Keys
from playbook.applying.links import link_column
from playbook.applying.orphans import orphan_faults
from playbook.applying.run_keys import is_erased
from playbook.errors import Fault
from playbook.merging.operations import Alias, CreateContact, Hold, Link, Move, Operation, Retire
from playbook.merging.plan import Header, Plan


def verify(
    plan: Plan, source: DatabaseSource, *, keys: Keys, tell: Callable[[str, int], None] | None = None
) -> tuple[Fault, ...]:
    """Return what is not as an applied plan says: table, column, account and what is wrong; none if all is well.

    Where the run's images were erased, the rows that it moved or removed can no longer be compared, and are not.

    Args:
        plan: The plan that was applied.
        source: The accounts database.
        keys: Where the key of the journal lies; asked only if the plan wrote more than links.
        tell: Gets each column that an acknowledged trigger wrote beside the plan, which is no fault, and in how many
            rows.

    Raises:
        InputError: The journal is encrypted with a key that is not there.
        DatabaseError: The database refuses.
    """
    with reading(source.engine) as connection:
        found = find_run(connection, plan.sha256) if connection.dialect.has_table(connection, RUNS.name) else None
        if found is None or found[1] == "undone":
            return (Fault("plan", "has not been applied to this database", "Apply it first."),)
        run, state = found
        schema = read_schema(connection, source.accounts)
        tables = {**schema.tables.tables, **OWN.tables}
        journaled = read_journaled(connection, run, plan.header, keys)
        done = done_positions(connection, run)
        faults = _account_faults(connection, schema, source, plan, done, journaled, tell)
        faults += orphan_faults(connection, tables, plan, done)
        faults += journaled_faults(connection, tables, journaled, plan.header, tell)
        known = {"is_finished": state == "applied", "is_erased": is_erased(connection, run)}
        faults += [Fault(CHAIN.name, what) for what in broken_entries(connection, run, plan.sha256, **known)]
        faults += _unfinished(connection, plan, run, done)
        return tuple(dict.fromkeys(faults))


def _unfinished(connection: Connection, plan: Plan, run: int, done: set[int]) -> Iterator[Fault]:
    rows = plan.rows
    wanted = int((rows["kind"] != Hold.kind).sum())
    refused = len(set(connection.scalars(select(REFUSED.c.position).where(REFUSED.c.run == run))) - done)
    if wanted > len(done):
        what = f"{wanted - len(done)} actions have not happened, {refused} of them were refused"
        yield Fault("plan", what, "Apply the plan again, or plan anew.")


def _account_faults(
    connection: Connection,
    schema: Schema,
    source: DatabaseSource,
    plan: Plan,
    done: set[int],
    journaled: Journaled,
    tell: Callable[[str, int], None] | None,
) -> list[Fault]:
    header = plan.header
    state = _read_state(connection, schema, source, header)
    faults: list[Fault] = []
    changed: list[Changed] = []
    computed = _computed(schema)
    for operation in plan.operations:
        if isinstance(operation, CreateContact) or not (operation.position in done or isinstance(operation, Hold)):
            continue
        accounts = state.marks.get(operation.account_id)
        if accounts is None:
            faults.append(Fault(header.layout.table, f"account {operation.account_id} is gone"))
            continue
        marks = accounts.get(operation.old_id) or next(iter(accounts.values()))
        for column in changed_columns(header.layout.columns, operation.marks, marks):
            name = column if "." in column else f"{header.layout.table}.{column}"
            is_ours = _is_ours(header, operation, column) or journaled.has_written(operation.account_id, column)
            if not is_ours and name not in computed:  # which follow from columns that are compared themselves
                changed.append((operation, column, _fault(name, operation, "is not what it was")))
        faults += _effect_faults(header, operation, state)
    finished = (operation for operation in plan.operations if operation.position in done)
    return faults + leave_out_triggered(header, finished, changed, tell)


def _computed(schema: Schema) -> set[str]:
    tables = [table for table in (schema.accounts, schema.identities) if table is not None]
    return {f"{table.name}.{c.name}" for table in tables for c in table.columns if c.computed is not None}


@dataclass(frozen=True, slots=True)
class _State:
    """What the database says now: by account, its marks by Clever id, and the cells that plans write."""

    marks: Mapping[str, Mapping[str, str]]
    linked: Mapping[str, set[str]]
    survivors: Mapping[str, str]
    statuses: Mapping[str, str]


def _read_state(connection: Connection, schema: Schema, source: DatabaseSource, header: Header) -> _State:
    layout, users = header.layout, schema.accounts
    marks: dict[str, dict[str, str]] = {}
    for row in connection.execute(image_query(schema, source.accounts, connection.dialect.name)):
        marks.setdefault(row.account_id, {})[(row.clever_id or "").strip().lower()] = row.marks
    key = cast(users.columns[layout.key], String)
    statuses = {}
    if layout.status:
        statuses = dict(connection.execute(select(key, cast(users.columns[layout.status], String))).all())
    if layout.merged_into:
        pairs = connection.execute(select(key, cast(users.columns[layout.merged_into], String))).all()
    else:
        pairs = connection.execute(select(SURVIVORS.c.account_id, SURVIVORS.c.survivor_id)).all()
    return _State(marks, _linked(connection, schema.tables.tables, header), dict(pairs), statuses)


def _linked(connection: Connection, tables: Mapping[str, Table], header: Header) -> dict[str, set[str]]:
    """Return the Clever ids under which each account can be found, wherever the plan stores them."""
    layout = header.layout
    if layout.credentials:
        table = tables[layout.credentials.table]
        pairs = (table.columns[layout.credentials.account], table.columns[layout.credentials.clever_id])
    elif not (column := link_column(header)):
        pairs = (LINKS.c.account_id, LINKS.c.user_id)
    else:
        columns = tables[layout.table].columns
        if column not in columns:  # taken away by an undo, or by hand
            return {}
        pairs = (columns[layout.key], columns[column])
    linked: dict[str, set[str]] = {}
    for account_id, user_id in connection.execute(select(cast(pairs[0], String), pairs[1])):
        linked.setdefault(account_id, set()).add(user_id)
    return linked


def _effect_faults(header: Header, operation: Operation, state: _State) -> Iterator[Fault]:
    """Yield what an operation should have written and the database does not hold."""
    layout, account_id = header.layout, operation.account_id
    linked = state.linked.get(account_id, set())
    if isinstance(operation, Link) and operation.user_id not in linked:
        yield _fault(_link_place(header), operation, "does not hold the v3 id")
    if isinstance(operation, Hold) and header.store == "beside" and layout.v3_id and any(linked - {""} - {None}):
        yield _fault(_link_place(header), operation, "holds an id although the account is held")
    is_beside = header.store == "beside" and layout.v3_id and not layout.credentials
    if isinstance(operation, Alias | Move) and is_beside and linked - {"", None, operation.user_id}:
        yield _fault(_link_place(header), operation, "holds another person's id")
    if isinstance(operation, Retire) and not linked <= {None, f"{RETIRED}{operation.old_id}"}:
        yield _fault(_link_place(header), operation, "still holds the old id")
    if isinstance(operation, Alias | Move) and state.survivors.get(account_id) != operation.survivor_id:
        where = f"{layout.table}.{layout.merged_into}" if layout.merged_into else f"{SURVIVORS.name}.survivor_id"
        yield _fault(where, operation, "does not point to the survivor")
    if isinstance(operation, Move) and layout.status and state.statuses.get(account_id) != layout.tombstone:
        yield _fault(f"{layout.table}.{layout.status}", operation, "is not a tombstone's")


def _link_place(header: Header) -> str:
    layout, column = header.layout, link_column(header)
    if layout.credentials:
        return f"{layout.credentials.table}.{layout.credentials.clever_id}"
    return f"{layout.table}.{column}" if column else f"{LINKS.name}.user_id"


def _is_ours(header: Header, operation: Operation, column: str) -> bool:
    """Say whether an operation writes a column of its account, so that its mark must differ."""
    layout = header.layout
    if isinstance(operation, Move):
        released = {c for c in layout.uniques if header.unique.get(f"{layout.table}.{c}", "keep") != "keep"}
        return column in {layout.status, layout.merged_into, *released} or "." in column
    if isinstance(operation, Alias):
        return column == layout.merged_into
    if isinstance(operation, Retire) or (isinstance(operation, Link) and header.store == "replace"):
        return column == layout.clever_id or "." in column
    return False


def _fault(where: str, operation: Operation, what: str) -> Fault:
    return Fault(where, f"account {operation.account_id}: {what}")
