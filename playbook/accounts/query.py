"""The query that reads accounts: own ids or a credential table, rows counted, image and marks, in a stated order."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, String, Table, cast, func, literal, null, select, text, true, union_all
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause, Subquery

from playbook.accounts.image import columns_of, image_expression, marks_expression
from playbook.accounts.references import FoundReference
from playbook.accounts.schema import Schema
from playbook.accounts.words import V3_VERSIONS
from playbook.district import Accounts, Identities

_TEXTS = ("email", "sis_id", "number", "state_id", "name")


def accounts_query(
    dialect: str, schema: Schema, accounts: Accounts, references: tuple[FoundReference, ...]
) -> Select[Any]:
    """Return the query for all accounts, in the order of the accounts table."""
    users = schema.accounts
    identity = _identities(schema, accounts)
    imaged = columns_of(users, schema.imaged)
    joined: FromClause = users
    clever_id, version, v3_id = _own_ids(schema, accounts)
    if identity is not None and accounts.identities:
        names = accounts.identities
        joined = users.outerjoin(identity, identity.c[names.account] == users.c[accounts.key])
        clever_id = identity.c[names.clever_id]
        version = identity.c[names.version] if names.version else literal("")
        newer = _newer_ids(identity, names)
        if newer is not None:
            joined = joined.outerjoin(newer, newer.c.account == users.c[accounts.key])
            v3_id = newer.c.v3_id
        imaged += columns_of(identity, schema.imaged_identity)
    counts = _counts(schema, references, accounts.key)
    if counts is not None:
        joined = joined.outerjoin(counts, counts.c.key == users.c[accounts.key])
    key = _text(users.c[accounts.key], dialect)
    columns = [
        key.label("account_id"),
        _text(clever_id, dialect).label("clever_id"),
        _text(version, dialect).label("version"),
        _text(v3_id, dialect).label("v3_id"),
        *(_named(users, getattr(accounts, name), dialect).label(name) for name in ("role", *_TEXTS)),
        _named(users, accounts.district, dialect).label("district_id"),
        _named(users, accounts.status, dialect).label("status"),
        (users.c[accounts.last_login] if accounts.last_login else literal("")).label("last_login"),
        image_expression(imaged, dialect).label("image"),
        marks_expression(imaged, dialect).label("marks"),
        (func.coalesce(counts.c.rows, 0) if counts is not None else literal(0)).label("rows"),
    ]
    query = select(*columns).select_from(joined)
    if accounts.where:
        query = query.where(text(f"({accounts.where})"))
    return query.order_by(*(_binary(_text(column, dialect), dialect) for column in (key, clever_id, version)))


def _own_ids(schema: Schema, accounts: Accounts) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
    users = schema.accounts
    clever_id: ColumnElement[Any] = users.c[accounts.clever_id] if accounts.clever_id else literal("")
    return clever_id, literal(""), users.c[schema.v3_id] if schema.v3_id else literal("")


def _identities(schema: Schema, accounts: Accounts) -> Subquery | None:
    """Return the credential rows that count, as a subquery, so that `where` names its columns without a table."""
    if schema.identities is None or accounts.identities is None:
        return None
    condition = text(f"({accounts.identities.where})") if accounts.identities.where else true()
    return select(schema.identities).where(condition).subquery("identity")


def _newer_ids(identity: Subquery, names: Identities) -> Subquery | None:
    """Return the v3 id that an account has in a credential row of its own beside the old one."""
    if not names.version:
        return None
    account = identity.c[names.account]
    is_v3 = func.lower(cast(identity.c[names.version], String)).in_(V3_VERSIONS)
    newest = select(account.label("account"), func.min(identity.c[names.clever_id]).label("v3_id"))
    return newest.where(is_v3).group_by(account).subquery("newer")


def _counts(schema: Schema, references: tuple[FoundReference, ...], key: str) -> Subquery | None:
    """Return how many rows reference each account; credential rows are not counted, they are the account's own."""
    counted = [r for r in references if r.refers_to == key and not r.is_credential and r.kind != "undeclared"]
    if not counted:
        return None
    parts = []
    for reference in counted:
        table: Table = schema.tables.tables[reference.table]
        column = table.c[reference.column]
        part = select(column.label("key")).where(column.is_not(null()))
        parts.append(part.where(text(f"({reference.where})")) if reference.where else part)
    held = union_all(*parts).subquery("held")
    return select(held.c.key, func.count().label("rows")).group_by(held.c.key).subquery("counts")


def _named(users: Table, name: str, dialect: str) -> ColumnElement[Any]:
    return _text(users.c[name], dialect) if name else literal("")


def _text(column: ColumnElement[Any], dialect: str) -> ColumnElement[str]:
    return column if isinstance(column.type, String) and dialect != "mysql" else cast(column, String)


def _binary(column: ColumnElement[str], dialect: str) -> ColumnElement[str]:
    """Return a text as it sorts everywhere: by its bytes, as Arrow sorts it."""
    return column.collate({"postgresql": "C", "mysql": "utf8mb4_bin", "sqlite": "BINARY"}[dialect])
