"""Look into every column that nobody declared: which of them hold account keys all the same?

Each table is sampled at both ends of its primary key; a table of up to twice `SAMPLE` rows is read whole. Pairs such as
`owner_type`, `owner_id` are judged a type at a time. Values never leave this module: only names and shares do.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Date, DateTime, Float, LargeBinary, Row, Table, Time, select

from playbook.accounts.contents import WHOLE, keys_in
from playbook.accounts.image import OURS
from playbook.accounts.keys import AccountKeys, account_keys
from playbook.accounts.references import FoundReference, unique_columns
from playbook.accounts.schema import Schema
from playbook.accounts.telling import is_named_like_a_reference, is_telling
from playbook.district import Accounts

SAMPLE = 5_000
"""Rows from each end of a table."""

_NO_KEYS = (Boolean, Date, DateTime, Time, Float, LargeBinary)
_CHUNK = 500  # rows held at a time: a document may be long
_TYPES = 50
_DENSE = 0.5

Texts = dict[str, set[str]]
"""For a path inside the values, the distinct texts that may be keys."""


def undeclared_references(
    connection: Connection, schema: Schema, accounts: Accounts, known: Sequence[FoundReference]
) -> tuple[FoundReference, ...]:
    """Return the columns that hold account keys, or copies of Clever ids, and that neither schema nor file tells.

    Args:
        connection: A read-only transaction.
        schema: The reflected database.
        accounts: What the district file says; `waive` names columns that are no references.
        known: What `known_references` found.

    Returns:
        Sorted by table, column, condition and path.
    """
    scan = _Scan(connection, schema, accounts, account_keys(connection, schema, accounts))
    told = {(reference.table, reference.column) for reference in known}
    found = [
        replace(reference, is_waived=reference.name in accounts.waive)
        for table in schema.tables.sorted_tables
        if not table.name.startswith(OURS)
        for reference in scan.table(table, [c for c in scan.candidates(table) if (table.name, c.name) not in told])
    ]
    return tuple(sorted(found, key=lambda r: (r.table, r.column, r.where, r.path)))


@dataclass(frozen=True, slots=True)
class _Scan:
    connection: Connection
    schema: Schema
    accounts: Accounts
    keys: AccountKeys

    def candidates(self, table: Table) -> Iterator[Column[Any]]:
        """Yield the columns that could hold keys: not those of other foreign keys, nor the accounts' own."""
        is_home = table is self.schema.accounts
        own = {*table.primary_key.columns.keys(), self.schema.v3_id} if is_home else set()
        for column in table.columns:
            if not isinstance(column.type, _NO_KEYS) and not column.foreign_keys and column.name not in own:
                yield column

    def table(self, table: Table, columns: Sequence[Column[Any]]) -> Iterator[FoundReference]:
        """Yield what a table's columns hold."""
        if not columns:
            return
        texts: list[Texts] = [defaultdict(set) for _ in columns]
        for row in self._sample(table, columns):
            for held, cell in zip(texts, row, strict=True):
                for path, text in keys_in(cell):
                    held[path].add(text)
        for column, held in zip(columns, texts, strict=True):
            told = [*self._plain(table, column, held)]
            yield from told or self._by_type(table, column)

    def _sample(self, table: Table, columns: Sequence[Column[Any]]) -> Iterator[Row[Any]]:
        query, order = select(*columns).limit(SAMPLE), [*table.primary_key.columns]
        ends = [query.order_by(*order), query.order_by(*(column.desc() for column in order))] if order else [query]
        for end in ends:
            yield from self.connection.execute(end, execution_options={"yield_per": _CHUNK})

    def _plain(self, table: Table, column: Column[Any], held: Texts) -> Iterator[FoundReference]:
        is_named = self._is_named(column.name)
        is_row_number = column.primary_key and len(table.primary_key.columns) == 1 and not is_named
        if is_row_number and self.keys.range.density >= _DENSE:
            return  # numbers from 1 on, as the accounts' own
        for path, texts in sorted(held.items()):
            hits = self.keys.among(texts)
            if is_telling(texts, hits, self.keys.range, is_named=is_named or self._is_named(path.rpartition(".")[2])):
                yield self._found(table, column, path=path, share=len(hits) / len(texts))
            elif path == WHOLE and column is not self.keys.clever_ids and self.keys.are_clever_ids(texts):
                found = self._found(table, column)
                yield replace(found, kind="copied_id", refers_to=self.keys.clever_ids.name)

    def _by_type(self, table: Table, column: Column[Any]) -> Iterator[FoundReference]:
        """Judge a polymorphic pair: the keys under each type by themselves."""
        kind = _type_column(table, column)
        if kind is None:
            return
        for word in self.connection.execute(select(kind).distinct().limit(_TYPES)).scalars().all():
            cells = self.connection.execute(select(column).where(kind == word).limit(SAMPLE)).scalars()
            texts = {text for cell in cells for path, text in keys_in(cell) if path == WHOLE}
            hits, is_named = self.keys.among(texts), self._is_named(re.split(r"\W+", str(word))[-1])
            if is_telling(texts, hits, self.keys.range, is_named=is_named):
                where = f"{kind.name} = {_literal(word, self.connection.dialect.name)}"
                yield self._found(table, column, where=where, share=len(hits) / len(texts))

    def _is_named(self, name: str) -> bool:
        return is_named_like_a_reference(name, self.accounts.table)

    def _found(
        self, table: Table, column: Column[Any], *, path: str = WHOLE, where: str = "", share: float = 1.0
    ) -> FoundReference:
        return FoundReference(
            table=table.name,
            column=column.name,
            kind="undeclared",
            refers_to=self.accounts.key,
            columns=(column.name,),
            is_self=table is self.schema.accounts,
            is_nullable=bool(column.nullable),
            unique=unique_columns(table, column.name),
            where=where,
            path=path,
            share=round(share, 3),
        )


def _type_column(table: Table, column: Column[Any]) -> Column[Any] | None:
    """Return the column beside a polymorphic key that says what it is a key of."""
    stem = re.sub(r"_?(id|key|pk)$", "", column.name, flags=re.IGNORECASE)
    names = [f"{stem}{ending}" for ending in ("_type", "_kind", "_class")]
    names += ["content_type_id", "content_type"] if stem == "object" else []
    return next((table.columns[name] for name in names if name in table.columns and stem != column.name), None)


def _literal(word: object, dialect: str) -> str:
    """Return a type's name as the district file may write it in a condition."""
    if isinstance(word, int):
        return str(word)
    text = str(word).replace("'", "''")
    return "'" + (text.replace("\\", "\\\\") if dialect == "mysql" else text) + "'"
