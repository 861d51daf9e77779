"""Inserting a row that had been there under the number that it had, although the database numbers rows itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Insert, Integer, Table, func, insert, select
from sqlalchemy.ext.compiler import compiles


class NumberedInsert(Insert):
    """An insert that gives a number itself although the column says GENERATED ALWAYS AS IDENTITY."""

    inherit_cache = False


@compiles(NumberedInsert, "postgresql")
def _overriding(statement: NumberedInsert, compiler: Any, **options: Any) -> str:
    """Add what SQLAlchemy has no words for; source: PostgreSQL's manual on INSERT, OVERRIDING SYSTEM VALUE."""
    plain: str = compiler.visit_insert(statement, **options)
    return plain.replace(") VALUES (", ") OVERRIDING SYSTEM VALUE VALUES (", 1)


def insert_row(table: Table, values: Mapping[Column[Any], ColumnElement[Any]]) -> Insert:
    """Return the statement that inserts a row."""
    is_numbered = any(column.identity is not None and column.identity.always for column in values)
    return (NumberedInsert(table) if is_numbered else insert(table)).values(dict(values))


def is_numbered(key: Column[Any], dialect: str) -> bool:
    """Say whether the database gives new rows their numbers itself."""
    if not isinstance(key.type, Integer):
        return False
    has_default = key.server_default is not None or key.autoincrement is True or key.identity is not None
    return dialect == "sqlite" or has_default


def missing_key(connection: Connection, table: Table, row: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return the next number, as a kept value, for a key that the database does not number itself."""
    keys, dialect = list(table.primary_key.columns), connection.dialect.name
    if len(keys) != 1 or keys[0].name in row or not isinstance(keys[0].type, Integer):
        return {}
    if is_numbered(keys[0], dialect):
        return {}
    highest = connection.scalar(select(func.max(keys[0]))) or 0
    return {keys[0].name: f"s:{highest + 1}" if dialect == "postgresql" else f"i:{highest + 1}"}
