"""Comparing an account with the image that its plan rests on, and naming the columns that changed since."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    String,
    cast,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.sql.selectable import FromClause

from playbook.accounts.image import changed_columns, columns_of, image_expression, marks_expression
from playbook.accounts.schema import Schema
from playbook.applying.effects import account_key
from playbook.applying.journal import CELLS
from playbook.applying.rows import Drift, Writer
from playbook.applying.values import typed_key
from playbook.district import Accounts
from playbook.merging.operations import CreateContact, Operation
from playbook.merging.plan import Header


def image_query(schema: Schema, accounts: Accounts, dialect: str) -> Select[str, str, str, str]:
    """Return the query for images as reading computes them: account_id, clever_id, image, marks."""
    users = schema.accounts
    joined: FromClause = users
    imaged = columns_of(users, schema.imaged)
    clever_id: ColumnElement[Any] = users.columns[accounts.clever_id] if accounts.clever_id else literal("")
    if schema.identities is not None and accounts.identities:
        names = accounts.identities
        condition = text(f"({names.where})") if names.where else true()
        identity = select(schema.identities).where(condition).subquery("identity")
        joined = users.outerjoin(identity, identity.columns[names.account] == users.columns[accounts.key])
        clever_id = identity.columns[names.clever_id]
        imaged += columns_of(identity, schema.imaged_identity)
    query = select(
        cast(users.columns[accounts.key], String).label("account_id"),
        cast(clever_id, String).label("clever_id"),
        image_expression(imaged, dialect).label("image"),
        marks_expression(imaged, dialect).label("marks"),
    ).select_from(joined)
    return query.where(text(f"({accounts.where})")) if accounts.where else query


def find_images(
    connection: Connection, images: Select[str, str, str, str], key: Column[Any], account_ids: Sequence[str]
) -> dict[str, str]:
    """Return the images of many accounts, by account."""
    return {row.account_id: row.image for row in connection.execute(images.where(keyed(key, account_ids)))}


def keyed(key: Column[Any], account_ids: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a row is one of many accounts."""
    if isinstance(key.type, Integer):
        return key.in_([int(account_id) for account_id in account_ids])
    return key.in_([typed_key(key, account_id) for account_id in account_ids])


def refuse_drifted(
    writer: Writer, images: Select[str, str, str, str], header: Header, key: Column[Any], group: Sequence[Operation]
) -> None:
    """Raise unless a group's accounts are still what the plan saw; they are locked until the transaction ends.

    Args:
        images: What `image_query` returned.
        key: The account table's key.

    Raises:
        Drift: Code `row_missing`, or `changed` with the columns that changed.
    """
    planned = [operation for operation in group if not isinstance(operation, CreateContact)]
    query = images.where(key.in_([typed_key(key, operation.account_id) for operation in planned])).order_by(key)
    if writer.execute:
        query = query.with_for_update(of=key.table)
    found: dict[str, list[Row[str, str, str, str]]] = {}
    for row in writer.connection.execute(query):
        found.setdefault(row.account_id, []).append(row)
    for operation in planned:
        rows = found.get(operation.account_id)
        if not rows:
            raise Drift("row_missing", [header.layout.table])
        if not any(row.image == operation.image for row in rows):
            _refuse_changed(writer, header, operation, rows)


def _refuse_changed(
    writer: Writer, header: Header, operation: Operation, rows: Sequence[Row[str, str, str, str]]
) -> None:
    nearest = next((row for row in rows if (row.clever_id or "").strip().lower() == operation.old_id), rows[0])
    changed = changed_columns(header.layout.columns, operation.marks, nearest.marks)
    columns = [name if "." in name else f"{header.layout.table}.{name}" for name in changed]
    if not columns or not _moved_by_us(writer, header, operation, columns):
        raise Drift("changed", columns)


def _moved_by_us(writer: Writer, header: Header, operation: Operation, columns: list[str]) -> bool:
    """Say whether all that changed is that this account now points to a survivor of this very run."""
    layout = header.layout
    own = {referrer.name for referrer in layout.referrers if referrer.table == layout.table}
    if not set(columns) <= own:
        return False
    key = json.dumps({layout.key: account_key(writer, layout, operation.account_id)})
    query = select(CELLS.c.column_name).where(CELLS.c.run == writer.run, CELLS.c.row_key == key)
    moved = {f"{layout.table}.{name}" for name in writer.connection.scalars(query)}
    return set(columns) <= moved
