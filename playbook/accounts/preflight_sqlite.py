"""Traps of SQLite: foreign keys that nobody checked, and files that cannot be written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import Connection

from playbook.accounts.schema import Schema


def look(
    connection: Connection, schema: Schema, written: frozenset[str], needed: frozenset[tuple[str, str]]
) -> Mapping[str, Iterable[str]]:
    """Return what was found by the name of the trap; see `playbook.accounts.traps.RULES`."""
    broken = {str(row[0]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    path = Path(str(connection.engine.url.database))
    return {
        "foreign_keys_broken": broken & written,
        "privileges_missing": [f"{p.name} write" for p in (path, path.parent) if not os.access(p, os.W_OK)],
    }
