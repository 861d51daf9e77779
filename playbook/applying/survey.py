"""A look at the accounts database before planning: where a plan will write, and what stands in its way.

Names of tables and columns only ever come from reflection, so nothing that a district file says can become SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Integer, Table, UniqueConstraint, inspect, select

from playbook.accounts.engine import reading
from playbook.accounts.references import FoundReference, known_references, unique_columns
from playbook.accounts.schema import Schema, read_schema
from playbook.accounts.source import DatabaseSource
from playbook.applying.access import find_access, is_access
from playbook.applying.id_room import CHECK, find_unfit_columns
from playbook.applying.journal import LINKS, SURVIVORS
from playbook.applying.moving import unfit_rules
from playbook.applying.rights import moves_rows, needed_privileges, touched_tables
from playbook.applying.tombstones import takes_words, tombstone_things
from playbook.district import Accounts, Merge
from playbook.merging.layout import Credentials, Layout, Referrer
from playbook.merging.standing import Standing

ABOUT_MOVING = frozenset({"ids_inside_values", "references_outside_schema", "composite_references"})
"""Traps that only wait for plans that give rows to another account."""

ABOUT_CHANGING = frozenset({"references_by_other_column"})
"""Traps that only wait for plans that give rows to another account, or an account another id."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What planning needs to know of a database.

    Attributes:
        layout: Where operations take effect.
        found: For the name of a safety check, the tables and columns that it is about.
        standing: What earlier plans have settled.
        references: Every column that holds accounts' keys, those that nobody declared too.
    """

    layout: Layout
    found: Mapping[str, tuple[str, ...]]
    standing: Standing
    references: tuple[FoundReference, ...]


def survey_database(source: DatabaseSource, merge: Merge) -> Survey:
    """Return where a plan will write, and what its safety checks find in the database.

    Raises:
        InputError: A table or column that the district file names is not there.
        DatabaseError: The database refuses.
    """
    references = source.references()
    with reading(source.engine) as connection:
        schema = read_schema(connection, source.accounts)
        known = known_references(schema, source.accounts)
        layout = make_layout(schema, source.accounts, tuple(r for r in known if not _stays(schema, source.accounts, r)))
        layout = replace(layout, tombstone=merge.tombstone)
        words = tombstone_things(connection, schema.accounts, source.accounts.status, merge.tombstone)
        layout = _with_inline_uniques(connection, layout)
        access = _find_access(connection, schema, references, layout, merge, source.accounts.access)
        way = {"people": merge.people, "store": merge.store, "dialect": connection.dialect.name}
        unfit = find_unfit_columns(schema.tables.tables, layout, **way)
        standing = Standing(survivors=_kept(connection, SURVIVORS), links=_kept(connection, LINKS))
    needed = needed_privileges(layout, merge)
    traps = source.traps(written=touched_tables(layout, merge), needed=needed, references=references)
    found = {
        **{trap.name: trap.things for trap in traps if _is_in_the_way(trap.name, merge)},
        **access,
        **(words if moves_rows(merge) else {}),
        "unique_rule_refused": tuple(unfit_rules(schema.accounts, merge)) if moves_rows(merge) else (),
        "rows_without_key": tuple(r.name for r in layout.referrers if moves_rows(merge) and not r.key),
        CHECK: unfit,
        "shared_id_is_unique": _shared_id(schema, layout, merge),
    }
    return Survey(layout, {name: things for name, things in found.items() if things}, standing, references)


def _stays(schema: Schema, accounts: Accounts, reference: FoundReference) -> bool:
    """Say whether the district file waives the access that a reference gives: its rows stay with their accounts."""
    return reference.name in accounts.waive and is_access(schema, reference, accounts.access)


def _find_access(
    connection: Connection,
    schema: Schema,
    references: tuple[FoundReference, ...],
    layout: Layout,
    merge: Merge,
    own: Collection[str],
) -> Mapping[str, tuple[str, ...]]:
    """Return the access rows that the plan would move, and those that stay with folded accounts."""
    if merge.people != "consolidate":
        return {}
    moved = {(r.table, r.column) for r in layout.referrers} if moves_rows(merge) else set()
    return find_access(connection, schema, references, moved=moved, own=own)


def _with_inline_uniques(connection: Connection, layout: Layout) -> Layout:
    """Add the unique columns that SQLite keeps as automatic indexes only, which reflection leaves out."""
    if connection.dialect.name != "sqlite":
        return layout

    def groups(table: str) -> set[tuple[str, ...]]:
        indexes = inspect(connection).get_indexes(table, include_auto_indexes=True)
        whole = [i for i in indexes if i["unique"] and None not in i["column_names"] and not i.get("dialect_options")]
        return {tuple(str(name) for name in index["column_names"]) for index in whole}

    def grown(place: Referrer) -> tuple[tuple[str, ...], ...]:
        return tuple(sorted({*place.uniques, *(g for g in groups(place.table) if place.column in g)}))

    single = {group[0] for group in groups(layout.table) if len(group) == 1} - {layout.key}
    referrers = tuple(replace(r, uniques=grown(r)) for r in layout.referrers)
    credentials = layout.credentials and replace(layout.credentials, uniques=grown(layout.credentials.referrer))
    uniques = tuple(sorted({*layout.uniques, *single}))
    return replace(layout, uniques=uniques, referrers=referrers, credentials=credentials)


def _is_in_the_way(trap: str, merge: Merge) -> bool:
    """Say whether a trap waits for plans of this way to merge."""
    if trap in ABOUT_CHANGING:
        return moves_rows(merge) or merge.store == "replace"
    return trap not in ABOUT_MOVING or moves_rows(merge)


def _kept(connection: Connection, table: Table) -> dict[str, str]:
    """Return account to what the playbook's own table keeps for it; nothing where no plan was ever applied."""
    if not connection.dialect.has_table(connection, table.name):
        return {}
    account, kept, *_ = table.c
    return {row[0]: row[1] for row in connection.execute(select(account, kept))}


def make_layout(schema: Schema, accounts: Accounts, references: tuple[FoundReference, ...]) -> Layout:
    """Return where operations take effect, as the reflected schema and the district file say."""
    table = schema.accounts
    cells = tuple(_contact_cells(accounts))
    adds = bool(accounts.v3_id) and not schema.v3_id and accounts.identities is None
    return Layout(
        table=table.name,
        key=accounts.key,
        columns=schema.marked,
        clever_id=accounts.clever_id,
        v3_id="" if accounts.identities else accounts.v3_id,
        adds_v3_id=adds,
        status=accounts.status if takes_words(table, accounts.status) else "",
        uniques=tuple(sorted(name for name in _single_uniques(table) if name != accounts.key)),
        contact_cells=cells,
        unfilled=_unfilled(table, accounts, {column for column, _ in cells}),
        credentials=_credentials(schema, accounts),
        referrers=tuple(_referrer(schema, r) for r in references if not r.is_credential),
    )


def _contact_cells(accounts: Accounts) -> Iterator[tuple[str, str]]:
    """Yield the columns of a new contact's account, and where each one's value comes from."""
    word = accounts.roles.get("contact", "contact").partition("|")[0]
    places = {accounts.role: f"={word}", accounts.email: "email", accounts.name: "name", accounts.status: "=active"}
    places |= {accounts.district: "district_id", accounts.v3_id: "user_id"}
    yield from ((column, place) for column, place in places.items() if column)


def _unfilled(table: Table, accounts: Accounts, filled: set[str]) -> tuple[str, ...]:
    """Return the columns without which no account can be made, and that a contact gives no value for."""
    keys = list(table.primary_key.columns)
    numbered = {keys[0].name} if len(keys) == 1 and isinstance(keys[0].type, Integer) else set()
    needed = {c.name for c in table.columns if not c.nullable and c.server_default is None and c.computed is None}
    credentials = {accounts.identities.table} if accounts.identities else set()
    return tuple(sorted((needed - filled - numbered) | credentials))


def _referrer(schema: Schema, reference: FoundReference) -> Referrer:
    table = schema.tables.tables[reference.table]
    return Referrer(
        table=reference.table,
        column=reference.column,
        key=tuple(column.name for column in table.primary_key.columns),
        where=reference.where,
        is_declared=reference.kind == "declared",
        uniques=reference.unique,
    )


def _credentials(schema: Schema, accounts: Accounts) -> Credentials | None:
    if schema.identities is None or accounts.identities is None:
        return None
    return Credentials(
        table=schema.identities.name,
        key=tuple(column.name for column in schema.identities.primary_key.columns),
        account=accounts.identities.account,
        clever_id=accounts.identities.clever_id,
        version=accounts.identities.version,
        where=accounts.identities.where,
        columns=tuple(column.name for column in schema.identities.columns),
        uniques=unique_columns(schema.identities, accounts.identities.account),
    )


def _single_uniques(table: Table) -> set[str]:
    """Return the columns of a table that are unique by themselves."""
    groups = [list(index.columns) for index in table.indexes if index.unique]
    groups += [list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)]
    return {group[0].name for group in groups if len(group) == 1}


def _shared_id(schema: Schema, layout: Layout, merge: Merge) -> tuple[str, ...]:
    if merge.people != "role_accounts" or layout.v3_id not in _single_uniques(schema.accounts):
        return ()
    return (f"{layout.table}.{layout.v3_id}",)
