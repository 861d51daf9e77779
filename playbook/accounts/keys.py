"""Which texts are account keys, and which are Clever ids that accounts hold: asked of the database, a few at a time."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Integer, Uuid, func, select

from playbook.accounts.schema import Schema
from playbook.accounts.telling import KeyRange
from playbook.district import Accounts

_ASKED = 500  # keys a query
_CLEVER_ID = 24  # characters
_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AccountKeys:
    """The accounts' keys of one database, as far as one transaction sees them.

    Attributes:
        connection: A read-only transaction.
        column: The accounts table's key.
        clever_ids: The column that holds Clever's ids, wherever the layout keeps it.
        range: How the keys lie.
    """

    connection: Connection
    column: Column[Any]
    clever_ids: Column[Any]
    range: KeyRange

    def among(self, texts: Set[str]) -> set[str]:
        """Return which texts are account keys."""
        if isinstance(self.column.type, Uuid):
            return self._present(self.column, sorted(map(uuid.UUID, filter(_UUID.fullmatch, texts))))
        if not self.range.is_number:
            return self._present(self.column, sorted(texts))
        numbers = {int(text) for text in texts if text.isdecimal() and len(text) < 19}
        near = sorted(number for number in numbers if self.range.lowest <= number <= self.range.highest)
        return self._present(self.column, near)

    def are_clever_ids(self, texts: Set[str]) -> bool:
        """Say whether most texts are Clever ids that accounts hold."""
        ids = sorted(text for text in texts if len(text) == _CLEVER_ID)
        half = len(texts) / 2
        return bool(texts) and len(ids) >= half and len(self._present(self.clever_ids, ids)) >= half

    def _present(self, column: Column[Any], values: Sequence[Any]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(values), _ASKED):
            asked = select(column).where(column.in_(values[start : start + _ASKED])).distinct()
            found |= {str(value) for value in self.connection.execute(asked).scalars()}
        return found


def account_keys(connection: Connection, schema: Schema, accounts: Accounts) -> AccountKeys:
    """Return the accounts' keys; where they are whole numbers, their range is read."""
    column = schema.accounts.c[accounts.key]
    if schema.identities is not None and accounts.identities:
        clever_ids = schema.identities.c[accounts.identities.clever_id]
    else:
        clever_ids = schema.accounts.c[accounts.clever_id]
    if not isinstance(column.type, Integer):
        return AccountKeys(connection, column, clever_ids, KeyRange(0, 0, 0, is_number=False))
    lowest, highest, count = connection.execute(select(func.min(column), func.max(column), func.count(column))).one()
    keys = KeyRange(int(lowest or 0), int(highest or 0), int(count), is_number=True)
    return AccountKeys(connection, column, clever_ids, keys)
