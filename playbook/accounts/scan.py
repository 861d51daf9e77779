"""Look into every column that nobody declared: which of them hold account keys all the same?

Each table is sampled at both ends of its primary key; a table of up to twice `SAMPLE` rows is read whole. Pairs such as
`owner_type`, `owner_id` are judged a type at a time. Values never leave this module: only names and shares do.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Table,
    Time,
    Uuid,
    func,
    select,
)

from playbook.accounts.contents import WHOLE, keys_in
from playbook.accounts.image import OURS
from playbook.accounts.references import FoundReference, unique_columns
from playbook.accounts.schema import Schema
from playbook.accounts.telling import KeyRange, is_named_like_a_reference, is_telling
from playbook.district import Accounts

SAMPLE = 5_000
"""Rows from each end of a table."""

_NO_KEYS = (Boolean, Date, DateTime, Time, Float, LargeBinary)
_ASKED = 500  # keys a query
_TYPES = 50
_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)


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
    scan = _Scan(connection, schema, accounts, _key_range(connection, schema, accounts))
    told = {(reference.table, reference.column) for reference in known}
    found = [
        replace(reference, is_waived=reference.name in accounts.waive)
        for table in schema.tables.sorted_tables
        if not table.name.startswith(OURS)
        for reference in scan.table(table, [c for c in _candidates(table, schema) if (table.name, c.name) not in told])
    ]
    return tuple(sorted(found, key=lambda r: (r.table, r.column, r.where, r.path)))


def _candidates(table: Table, schema: Schema) -> Iterator[Column[Any]]:
    """Yield the columns that could hold keys: not those of other foreign keys, nor the accounts' own."""
    own = {*schema.accounts.primary_key.columns.keys(), schema.v3_id} if table is schema.accounts else set()
    for column in table.columns:
        if not isinstance(column.type, _NO_KEYS) and not column.foreign_keys and column.name not in own:
            yield column


def _key_range(connection: Connection, schema: Schema, accounts: Accounts) -> KeyRange:
    key = schema.accounts.c[accounts.key]
    if not isinstance(key.type, Integer):
        return KeyRange(0, 0, 0, is_number=False)
    lowest, highest, count = connection.execute(select(func.min(key), func.max(key), func.count(key))).one()
    return KeyRange(int(lowest or 0), int(highest or 0), int(count), is_number=True)


def _type_column(table: Table, column: Column[Any]) -> Column[Any] | None:
    """Return the column beside a polymorphic key that says what it is a key of."""
    stem = re.sub(r"_?(id|key|pk)$", "", column.name, flags=re.IGNORECASE)
    names = [f"{stem}{ending}" for ending in ("_type", "_kind", "_class")]
    names += ["content_type_id", "content_type"] if stem == "object" else []
    return next((table.columns[name] for name in names if name in table.columns and stem != column.name), None)


@dataclass(frozen=True, slots=True)
class _Scan:
    connection: Connection
    schema: Schema
    accounts: Accounts
    keys: KeyRange

    def table(self, table: Table, columns: Sequence[Column[Any]]) -> Iterator[FoundReference]:
        if not columns:
            return
        rows = self._sample(table, columns)
        for position, column in enumerate(columns):
            told = [*self._plain(table, column, (row[position] for row in rows))]
            yield from told or self._by_type(table, column)

    def _sample(self, table: Table, columns: Sequence[Column[Any]]) -> list[Any]:
        query = select(*columns).limit(SAMPLE)
        order = [*table.primary_key.columns]
        if not order:
            return [*self.connection.execute(query)]
        upwards = self.connection.execute(query.order_by(*order))
        downwards = self.connection.execute(query.order_by(*(column.desc() for column in order)))
        return [*upwards, *downwards]

    def _plain(self, table: Table, column: Column[Any], cells: Iterable[object]) -> Iterator[FoundReference]:
        values: dict[str, set[str]] = defaultdict(set)
        for cell in cells:
            for path, text in keys_in(cell):
                values[path].add(text)
        is_row_number = column.primary_key and len(table.primary_key.columns) == 1
        is_named = is_named_like_a_reference(column.name, self.accounts.table)
        for path, texts in sorted(values.items()):
            hits = self._hits(texts)
            is_told = is_named or (
                path != WHOLE and is_named_like_a_reference(path.rpartition(".")[2], self.accounts.table)
            )
            if is_row_number and not is_named and self.keys.density >= 0.5:
                continue  # numbers from 1 on, as the accounts' own
            if is_telling(texts, hits, self.keys, is_named=is_told):
                yield self._found(table, column, path=path, share=len(hits) / len(texts))
            elif path == WHOLE and self._copies(table, column, texts):
                yield replace(self._found(table, column), kind="copied_id", refers_to=self._clever_id_name())

    def _by_type(self, table: Table, column: Column[Any]) -> Iterator[FoundReference]:
        """Judge a polymorphic pair: the keys under each type by themselves."""
        kind = _type_column(table, column)
        if kind is None:
            return
        for word in self.connection.execute(select(kind).distinct().limit(_TYPES)).scalars().all():
            cells = self.connection.execute(select(column).where(kind == word).limit(SAMPLE)).scalars()
            texts = {text for cell in cells for path, text in keys_in(cell) if path == WHOLE}
            is_named = is_named_like_a_reference(re.split(r"\W+", str(word))[-1], self.accounts.table)
            if (hits := self._hits(texts)) and is_telling(texts, hits, self.keys, is_named=is_named):
                where = f"{kind.name} = {self._literal(word)}"
                yield self._found(table, column, where=where, share=len(hits) / len(texts))

    def _literal(self, word: object) -> str:
        """Return a type's name as the district file may write it in a condition."""
        if isinstance(word, int):
            return str(word)
        text = str(word).replace("'", "''")
        return "'" + (text.replace("\\", "\\\\") if self.connection.dialect.name == "mysql" else text) + "'"

    def _hits(self, texts: Set[str]) -> set[str]:
        """Return which texts are account keys."""
        key = self.schema.accounts.c[self.accounts.key]
        if isinstance(key.type, Uuid):
            return self._present(key, sorted(map(uuid.UUID, filter(_UUID.fullmatch, texts))))
        if not self.keys.is_number:
            return self._present(key, sorted(texts))
        numbers = {int(text) for text in texts if text.isdecimal() and len(text) < 19}
        near = sorted(number for number in numbers if self.keys.lowest <= number <= self.keys.highest)
        return self._present(key, near)

    def _copies(self, table: Table, column: Column[Any], texts: Set[str]) -> bool:
        """Say whether most values are Clever ids that accounts hold."""
        home = self._clever_ids()
        if column is home or not texts:
            return False
        ids = sorted(text for text in texts if len(text) == 24)
        return len(ids) >= len(texts) / 2 and len(self._present(home, ids)) >= len(texts) / 2

    def _present(self, column: Column[Any], values: Sequence[Any]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(values), _ASKED):
            asked = select(column).where(column.in_(values[start : start + _ASKED])).distinct()
            found |= {str(value) for value in self.connection.execute(asked).scalars()}
        return found

    def _clever_ids(self) -> Column[Any]:
        if self.schema.identities is not None and self.accounts.identities:
            return self.schema.identities.c[self.accounts.identities.clever_id]
        return self.schema.accounts.c[self.accounts.clever_id]

    def _clever_id_name(self) -> str:
        return self._clever_ids().name

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
