"""The query that reads accounts: own ids or a credential table, rows counted, image and marks, in a stated order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Enum,
    Integer,
    Numeric,
    Select,
    String,
    Table,
    Uuid,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause, Subquery
from sqlalchemy.types import TypeEngine

from playbook.accounts.image import columns_of, image_expression, marks_expression
from playbook.accounts.references import FoundReference
from playbook.accounts.schema import Schema
from playbook.accounts.words import V3_VERSIONS
from playbook.district import Accounts, Identities

_TEXTS = ("role", "email", "sis_id", "number", "state_id", "name", "status")


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where rows come from: the tables joined, and the expressions of what differs between layouts."""

    joined: FromClause
    clever_id: ColumnElement[Any]
    version: ColumnElement[Any]
    v3_id: ColumnElement[Any]
    imaged: list[ColumnElement[object]]


def accounts_query(
    dialect: str, schema: Schema, accounts: Accounts, references: Sequence[FoundReference]
) -> Select[Any]:
    """Return the query for all accounts, in the order of the accounts table.

    Args:
        dialect: `postgresql`, `mysql` or `sqlite`.
        schema: The reflected database.
        accounts: What the district file says about it.
        references: What the column `rows` counts.
    """
    users = schema.accounts
    key = users.c[accounts.key]
    origin = (
        _of_credentials(schema, accounts, accounts.identities) if accounts.identities else _of_own(schema, accounts)
    )
    counts = _counts(schema, references, key)
    rows = func.coalesce(counts.c.playbook_rows, 0)
    columns = {
        "account_id": _text(key, dialect),
        "clever_id": _text(origin.clever_id, dialect),
        "version": _text(origin.version, dialect),
        "v3_id": _text(origin.v3_id, dialect),
        **{name: _named(users, getattr(accounts, name), dialect) for name in _TEXTS},
        "district_id": _named(users, accounts.district, dialect),
        "last_login": users.c[accounts.last_login] if accounts.last_login else literal(""),
        "image": image_expression(origin.imaged, dialect),
        "marks": marks_expression(origin.imaged, dialect),
        "rows": rows,
    }
    joined = origin.joined.outerjoin(counts, _equal(counts.c.playbook_key, key))
    query = select(*(column.label(name) for name, column in columns.items())).select_from(joined)
    if accounts.where and not is_about_credentials(schema, accounts.where):
        query = query.where(_among(users, key, accounts.where))
    order = (columns["account_id"], columns["clever_id"], columns["version"])
    return query.order_by(*(_binary(column, dialect) for column in order))


def _of_own(schema: Schema, accounts: Accounts) -> _Origin:
    users = schema.accounts
    v3_id: ColumnElement[Any] = users.c[schema.v3_id] if schema.v3_id else literal("")
    return _Origin(users, users.c[accounts.clever_id], literal(""), v3_id, columns_of(users, schema.imaged))


def _of_credentials(schema: Schema, accounts: Accounts, names: Identities) -> _Origin:
    """Return accounts with their credentials; an account without any stays, with blanks."""
    users, identity = schema.accounts, _credentials(schema, accounts, names)
    key = users.c[accounts.key]
    joined = users.outerjoin(identity, _equal(identity.c[names.account], key))
    imaged = columns_of(users, schema.imaged) + columns_of(identity, schema.imaged_identity)
    if not names.version:
        return _Origin(joined, identity.c[names.clever_id], literal(""), literal(""), imaged)
    newer = _newer_ids(identity, names)
    joined = joined.outerjoin(newer, _equal(newer.c.playbook_account, key))
    return _Origin(joined, identity.c[names.clever_id], identity.c[names.version], newer.c.playbook_v3_id, imaged)


def _credentials(schema: Schema, accounts: Accounts, names: Identities) -> Subquery:
    """Return the credential rows that count, as a subquery, so that conditions name its columns without a table."""
    conditions = [names.where, accounts.where if is_about_credentials(schema, accounts.where) else ""]
    written: list[ColumnElement[bool]] = [literal_column(f"({condition})") for condition in conditions if condition]
    return select(schema.tables.tables[names.table]).where(true(), *written).subquery("playbook_identity")


def _newer_ids(identity: Subquery, names: Identities) -> Subquery:
    """Return the v3 id that an account has in a credential row of its own beside the old one."""
    account = identity.c[names.account]
    is_v3 = func.lower(cast(identity.c[names.version], String)).in_(V3_VERSIONS)
    newest = func.min(identity.c[names.clever_id]).label("playbook_v3_id")
    return select(account.label("playbook_account"), newest).where(is_v3).group_by(account).subquery("playbook_newer")


def is_about_credentials(schema: Schema, where: str) -> bool:
    """Say whether a condition names a column that only the credential table has."""
    if schema.identities is None:
        return False
    words = set(re.findall(r"\w+", re.sub(r"'[^']*'", "", where)))
    return bool(words & {c.name for c in schema.identities.columns} - {c.name for c in schema.accounts.columns})


def _among(users: Table, key: Column[Any], where: str) -> ColumnElement[bool]:
    """Return a condition on the accounts table alone, whatever else the query joins."""
    inner = users.alias("playbook_account")
    return key.in_(select(inner.c[key.name]).where(literal_column(f"({where})")))


def _counts(schema: Schema, references: Sequence[FoundReference], key: Column[Any]) -> Subquery:
    """Return how many rows reference each account; credential rows are not counted, they are the account's own."""
    counted = [
        (reference, schema.tables.tables[reference.table].c[reference.column])
        for reference in references
        if reference.refers_to == key.name
        and not reference.is_credential
        and reference.kind in ("foreign_key", "declared")
    ]
    are_alike = all(_are_alike(column, key) for _, column in counted)
    parts = [
        select((column if are_alike else cast(column, String)).label("playbook_key")).where(
            column.is_not(null()), literal_column(f"({reference.where})") if reference.where else true()
        )
        for reference, column in counted
    ]
    none = select(key.label("playbook_key")).where(literal(1) == 0)
    held = union_all(*parts).subquery("held") if parts else none.subquery("held")
    rows = func.count().label("playbook_rows")
    return select(held.c.playbook_key, rows).group_by(held.c.playbook_key).subquery("playbook_counts")


def _equal(column: ColumnElement[Any], key: ColumnElement[Any]) -> ColumnElement[bool]:
    """Compare a reference with a key, as texts where they are of different kinds."""
    return column == key if _are_alike(column, key) else cast(column, String) == cast(key, String)


def _are_alike(column: ColumnElement[Any], key: ColumnElement[Any]) -> bool:
    """Say whether a database compares two columns as they are: both numbers, both UUIDs, or neither."""
    return _family(column.type) == _family(key.type)


def _family(kind: TypeEngine[Any]) -> str:
    return "number" if isinstance(kind, Integer | Numeric) else "uuid" if isinstance(kind, Uuid) else "text"


def _named(users: Table, name: str, dialect: str) -> ColumnElement[Any]:
    return _text(users.c[name], dialect) if name else literal("")


def _text(column: ColumnElement[Any], dialect: str) -> ColumnElement[str]:
    is_text = isinstance(column.type, String) and not isinstance(column.type, Enum)
    return column if is_text and dialect != "mysql" else cast(column, String)


def _binary(column: ColumnElement[str], dialect: str) -> ColumnElement[str]:
    """Return a text as it sorts everywhere: by its bytes, as Arrow sorts it."""
    return column.collate({"postgresql": "C", "mysql": "utf8mb4_bin", "sqlite": "BINARY"}[dialect])
