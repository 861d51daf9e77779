"""What about this database would make a plan go wrong, found before there is a plan; see `playbook.accounts.traps`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from sqlalchemy import Connection

from playbook.accounts import preflight_mariadb, preflight_postgres, preflight_schema, preflight_sqlite
from playbook.accounts.identity import triggers
from playbook.accounts.references import FoundReference
from playbook.accounts.schema import Schema
from playbook.accounts.traps import RULES, Trap
from playbook.district import Accounts

Found = Mapping[str, Iterable[str]]
Look = Callable[[Connection, Schema, frozenset[str], frozenset[tuple[str, str]]], Found]
USUAL = ("SELECT", "INSERT", "UPDATE")

_ENGINES: Mapping[str, Look] = {
    "postgresql": preflight_postgres.look,
    "mysql": preflight_mariadb.look,
    "sqlite": preflight_sqlite.look,
}


def find_traps(
    connection: Connection,
    schema: Schema,
    accounts: Accounts,
    references: Collection[FoundReference],
    *,
    written: Collection[str] | None = None,
    needed: Collection[tuple[str, str]] | None = None,
) -> tuple[Trap, ...]:
    """Return every trap that is there, sorted by name.

    Args:
        connection: A read-only transaction.
        schema: The reflected database.
        accounts: What the district file says.
        references: What `DatabaseSource.references` found.
        written: The tables that a plan may write to; by default the accounts, their credentials and all that
            reference them.
        needed: The privileges that it needs, each with its table; by default to read, insert and update.
    """
    tables = frozenset(written if written is not None else _all_tables(schema, references))
    rights = frozenset(((table, kind) for table in tables for kind in USUAL) if needed is None else needed)
    found: dict[str, Iterable[str]] = {
        **preflight_schema.look(schema, accounts, references, tables),
        "triggers": (f"{table}.{name}" for table, name, _ in triggers(connection) if table in tables),
        **_ENGINES[connection.dialect.name](connection, schema, tables, rights),
    }
    listed = {name: tuple(sorted(set(things))) for name, things in found.items()}
    return tuple(
        Trap(name, RULES[name].message, RULES[name].remedy, RULES[name].is_blocking, things)
        for name, things in sorted(listed.items())
        if things
    )


def _all_tables(schema: Schema, references: Collection[FoundReference]) -> set[str]:
    own = {schema.accounts.name} | ({schema.identities.name} if schema.identities is not None else set())
    return own | {reference.table for reference in references}
