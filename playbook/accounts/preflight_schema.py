"""Traps that the schema itself shows, whatever the engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import LargeBinary

from playbook.accounts.references import FoundReference, unique_columns
from playbook.accounts.schema import Schema
from playbook.accounts.words import names_a_state
from playbook.district import Accounts


def look(
    schema: Schema, accounts: Accounts, references: Collection[FoundReference], written: frozenset[str]
) -> Mapping[str, Iterable[str]]:
    """Return the names of tables and columns by the name of the trap.

    Args:
        schema: The reflected database.
        accounts: What the district file says.
        references: Every reference that was found.
        written: The tables that a plan may write to.
    """
    key = schema.accounts.c[accounts.key]
    keyed = [reference for reference in references if reference.kind == "foreign_key" and not reference.is_credential]
    return {
        "undeclared_references": (_described(r) for r in references if r.is_blocking and not r.path),
        "ids_inside_values": (_described(r) for r in references if r.is_blocking and r.path),
        "copied_ids": (r.name for r in references if r.kind == "copied_id" and not r.is_waived),
        "references_by_other_column": (f"{r.name} -> {r.refers_to}" for r in keyed if r.refers_to != accounts.key),
        "composite_references": (f"{r.table}({', '.join(r.columns)})" for r in keyed if len(r.columns) > 1),
        "rows_removed_with_accounts": (f"{r.name} {r.on_delete}" for r in keyed if r.on_delete),
        "deferred_constraints": (r.name for r in keyed if r.is_deferrable),
        "key_not_unique": [] if (key.name,) in unique_columns(schema.accounts, key.name) else [_at(schema, key.name)],
        "keys_are_bytes": [_at(schema, key.name)] if isinstance(key.type, LargeBinary) else [],
        "soft_deletes_unnamed": _soft_deletes(schema, accounts),
        "computed_columns": (
            f"{table}.{column.name}"
            for table in written
            if table in schema.tables.tables
            for column in schema.tables.tables[table].columns
            if column.computed is not None
        ),
    }


def _described(reference: FoundReference) -> str:
    """Return the column with its path or condition; a condition holds a type's name, no person's value."""
    return " ".join(part for part in (reference.name, reference.path, reference.where) if part)


def _at(schema: Schema, column: str) -> str:
    return f"{schema.accounts.name}.{column}"


def _soft_deletes(schema: Schema, accounts: Accounts) -> Iterable[str]:
    """Return the columns that mark deleted accounts and that neither `status` nor `where` names."""
    for column in schema.accounts.columns:
        if (
            names_a_state(column.name, "deleted")
            and column.name != accounts.status
            and column.name not in accounts.where
        ):
            yield _at(schema, column.name)
