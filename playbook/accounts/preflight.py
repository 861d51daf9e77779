"""What about this database would make a plan go wrong, found before there is a plan.

Each trap has a name, under which a person acknowledges it, and says which tables and columns it is about. Those that
block are refusals: going on would lose rows, orphan them, or leave half a change behind.
Sources: the manuals of PostgreSQL, MariaDB and SQLite on what their transactions, keys and checks do not cover.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from playbook.accounts import preflight_mariadb, preflight_postgres, preflight_schema, preflight_sqlite
from playbook.accounts.identity import triggers
from playbook.accounts.references import FoundReference
from playbook.accounts.schema import Schema
from playbook.district import Accounts


@dataclass(frozen=True, slots=True)
class Trap:
    """One kind of thing that makes plans go wrong, and where it was found.

    Attributes:
        name: What a person acknowledges it by.
        message: What it is and what it would do.
        remedy: What to do about it.
        is_blocking: Nothing may be written while it is there and nobody has acknowledged it.
        things: The tables, columns and triggers that it is about, sorted; never a value.
    """

    name: str
    message: str
    remedy: str
    is_blocking: bool
    things: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    message: str
    remedy: str
    is_blocking: bool = True


RULES: Mapping[str, _Rule] = {
    "undeclared_references": _Rule(
        "columns hold account keys although neither a foreign key nor the district file says so",
        "Declare each as [[accounts.reference]], or waive it in [accounts] waive.",
    ),
    "ids_inside_values": _Rule(
        "columns hold account keys inside JSON documents, lists or global ids; no rule moves those",
        'Write fold = "alias", or waive the column in [accounts] waive after reading it.',
    ),
    "copied_ids": _Rule(
        "columns outside of the accounts hold Clever's v2 ids",
        "Move the code that reads them to v3 as well; the playbook leaves them as they are.",
        is_blocking=False,
    ),
    "references_by_other_column": _Rule(
        "foreign keys reference an account by another column than its key",
        'Write fold = "alias" and store = "beside", so that no referenced value changes.',
    ),
    "references_outside_schema": _Rule(
        "tables of other schemas reference accounts; the playbook neither counts nor moves their rows",
        'Write fold = "alias", or bring the tables into the schema that the URL names.',
    ),
    "composite_references": _Rule(
        "foreign keys reference an account together with other columns, which a move must keep equal",
        "Look whether the listed columns are equal for both accounts of a person, such as the tenant.",
        is_blocking=False,
    ),
    "rows_removed_with_accounts": _Rule(
        "the database deletes or empties rows when their account is deleted",
        "Never delete a folded account while the journal may be needed; the playbook itself deletes none.",
        is_blocking=False,
    ),
    "deferred_constraints": _Rule(
        "foreign keys are checked only when a transaction commits",
        "Nothing: the playbook asks for the check before it commits.",
        is_blocking=False,
    ),
    "key_not_unique": _Rule(
        "the column named as the accounts' key is not unique by the schema",
        "Name the primary key in [accounts] key.",
    ),
    "keys_are_bytes": _Rule(
        "accounts' keys are bytes, which have no text that every engine agrees on",
        "Give the accounts a key that is a number or a text.",
    ),
    "soft_deletes_unnamed": _Rule(
        "the accounts table has a column that marks deleted rows, and the district file does not name it",
        "Name it in [accounts] status, or exclude deleted rows in where.",
    ),
    "triggers": _Rule(
        "tables that would be written have triggers; what they do is not part of a plan",
        "Read the listed triggers, then acknowledge the check.",
    ),
    "computed_columns": _Rule(
        "tables that would be written have columns that the database computes",
        "Nothing: they are compared, never written.",
        is_blocking=False,
    ),
    "not_transactional": _Rule(
        "tables that would be written cannot roll back",
        "Convert the listed tables to InnoDB.",
    ),
    "foreign_keys_broken": _Rule(
        "rows break a foreign key already",
        "Repair the listed tables first; the playbook could not tell its own faults from these.",
    ),
    "foreign_keys_unchecked": _Rule(
        "the server does not check foreign keys by default",
        "Nothing: the playbook turns the check on for its own connection.",
        is_blocking=False,
    ),
    "loose_collations": _Rule(
        "unique columns take texts for equal that differ in case or accents",
        "Expect collisions between accounts whose values differ only so; they are held.",
        is_blocking=False,
    ),
    "row_security": _Rule(
        "row security may hide accounts or their rows from this role",
        "Connect with a role that bypasses row security.",
    ),
    "rewrite_rules": _Rule(
        "rules rewrite what is written to the tables",
        "Read the listed rules, then acknowledge the check.",
    ),
    "replicas": _Rule(
        "replicas or change feeds follow this database",
        "Tell their owners when the plan is applied; watch the lag while it runs.",
        is_blocking=False,
    ),
    "privileges_missing": _Rule(
        "the database role may not do what applying needs",
        "Grant the role SELECT, INSERT and UPDATE on the listed tables, and CREATE for the journal's.",
    ),
}

Found = Mapping[str, Iterable[str]]
Look = Callable[[Connection, Schema, frozenset[str]], Found]

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
) -> tuple[Trap, ...]:
    """Return every trap that is there, sorted by name.

    Args:
        connection: A read-only transaction.
        schema: The reflected database.
        accounts: What the district file says.
        references: What `DatabaseSource.references` found.
        written: The tables that a plan may write to; by default the accounts, their credentials and all that
            reference them.
    """
    tables = frozenset(written if written is not None else _all_tables(schema, references))
    found: dict[str, Iterable[str]] = {
        **preflight_schema.look(schema, accounts, references, tables),
        "triggers": (f"{table}.{name}" for table, name, _ in triggers(connection) if table in tables),
        **_ENGINES[connection.dialect.name](connection, schema, tables),
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
