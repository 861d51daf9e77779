"""What references an account: foreign keys, what the district file declares, and what neither of them tells.

A reference that is overlooked is a row that a merge orphans, so a column whose values are mostly account ids and that
nobody declared is a no-go until the district file names it (`[[accounts.reference]]`) or waives it
(`waive = ["table.column"]`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ForeignKeyConstraint, Index, Table, UniqueConstraint

from playbook.accounts.schema import Schema
from playbook.district import Accounts

Kind = Literal["foreign_key", "declared", "undeclared", "copied_id"]


@dataclass(frozen=True, slots=True)
class FoundReference:
    """One column that holds accounts' keys.

    Attributes:
        table: The table that references.
        column: Its column that holds the account's key.
        kind: How it is known; `undeclared` ones block until named or waived. A `copied_id` is Clever's id once more,
            outside of the accounts: whoever reads it has to move to v3 as well.
        refers_to: The accounts table's column that the values stand for; the key nearly always.
        constraint: The foreign key's name, where it has one.
        columns: All columns of the foreign key, in order; more than one where it is composite.
        on_delete: What the database does when the account is deleted: CASCADE, SET NULL, …; "" for nothing.
        on_update: The same when the key changes.
        is_deferrable: The check may be put off to the end of a transaction.
        is_self: The accounts table references itself.
        is_credential: The reference is the credential table's own.
        is_nullable: The column may be empty.
        unique: The unique constraints and keys that hold the column, as tuples of columns: where a move may collide.
        where: The condition under which the values are account keys; "" for always.
        path: Where inside the value the key stands, such as `$.user_id` in a JSON document; "" for the value itself.
        share: For undeclared ones: which part of the distinct values are account keys, 0 to 1.
        is_waived: The district file says that it is no reference after all.
    """

    table: str
    column: str
    kind: Kind
    refers_to: str
    constraint: str = ""
    columns: tuple[str, ...] = ()
    on_delete: str = ""
    on_update: str = ""
    is_deferrable: bool = False
    is_self: bool = False
    is_credential: bool = False
    is_nullable: bool = True
    unique: tuple[tuple[str, ...], ...] = ()
    where: str = ""
    path: str = ""
    share: float = 1.0
    is_waived: bool = False

    @property
    def name(self) -> str:
        """The column as `table.column`, the form in which the district file waives it."""
        return f"{self.table}.{self.column}"

    @property
    def is_blocking(self) -> bool:
        """Nobody has said yet whether this is a reference, so nothing may be merged."""
        return self.kind == "undeclared" and not self.is_waived


def known_references(schema: Schema, accounts: Accounts) -> tuple[FoundReference, ...]:
    """Return the references that the schema or the district file tells, sorted by table and column."""
    found: dict[tuple[str, str], FoundReference] = {}
    for reference in (*_declared(schema, accounts), *_foreign_keys(schema, accounts)):
        found[reference.table, reference.column] = reference
    return tuple(found[key] for key in sorted(found))


def _foreign_keys(schema: Schema, accounts: Accounts) -> Iterator[FoundReference]:
    for table in schema.tables.sorted_tables:
        for constraint in sorted(table.foreign_key_constraints, key=lambda c: [*c.column_keys]):
            if constraint.referred_table is schema.accounts:
                yield _of_foreign_key(schema, accounts, table, constraint)


def _of_foreign_key(
    schema: Schema, accounts: Accounts, table: Table, constraint: ForeignKeyConstraint
) -> FoundReference:
    pairs = {element.column.name: element.parent for element in constraint.elements}
    referred = accounts.key if accounts.key in pairs else next(iter(pairs))
    column = pairs[referred]
    return FoundReference(
        table=table.name,
        column=column.name,
        kind="foreign_key",
        refers_to=referred,
        constraint=str(constraint.name or ""),
        columns=tuple(constraint.column_keys),
        on_delete=_action(constraint.ondelete),
        on_update=_action(constraint.onupdate),
        is_deferrable=bool(constraint.deferrable),
        is_self=table is schema.accounts,
        is_credential=table is schema.identities,
        is_nullable=bool(column.nullable),
        unique=unique_columns(table, column.name),
    )


def _action(word: str | None) -> str:
    """Return what the database does; NO ACTION and RESTRICT do nothing, and MySQL reports them unasked."""
    return "" if word in (None, "NO ACTION", "RESTRICT") else str(word)


def _declared(schema: Schema, accounts: Accounts) -> Iterator[FoundReference]:
    for reference in accounts.reference:
        yield _of_column(schema, accounts, reference.table, reference.column, where=reference.where)
    if accounts.identities:
        yield _of_column(schema, accounts, accounts.identities.table, accounts.identities.account)


def _of_column(schema: Schema, accounts: Accounts, table: str, column: str, *, where: str = "") -> FoundReference:
    at = schema.tables.tables[table]
    return FoundReference(
        table=table,
        column=column,
        kind="declared",
        refers_to=accounts.key,
        columns=(column,),
        is_self=at is schema.accounts,
        is_credential=at is schema.identities,
        is_nullable=bool(at.columns[column].nullable),
        unique=unique_columns(at, column),
        where=where,
    )


def unique_columns(table: Table, column: str) -> tuple[tuple[str, ...], ...]:
    """Return the column groups of a table that must be unique and hold a column, sorted.

    An index over some rows or over an expression is not among them: whether two rows collide there only the database
    can tell, and it refuses them by the index's name.
    """
    groups = {tuple(c.name for c in table.primary_key.columns)}
    groups |= {tuple(c.name for c in u.columns) for u in table.constraints if isinstance(u, UniqueConstraint)}
    groups |= {tuple(c.name for c in index.columns) for index in table.indexes if index.unique and _is_plain(index)}
    return tuple(sorted(group for group in groups if column in group))


def _is_plain(index: Index) -> bool:
    """Say whether an index is over whole columns of every row."""
    is_partial = any(name.endswith("_where") for name in index.dialect_kwargs)
    return not is_partial and len(index.columns) == len(index.expressions)
