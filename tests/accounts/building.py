"""Databases of literal statements, and sources opened on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from playbook.accounts.source import DatabaseSource, open_source
from playbook.district import Accounts

USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, clever_id VARCHAR(24), email VARCHAR(100))"
PEOPLE = "INSERT INTO users VALUES (7001, '6a000000b1b1b1b1b1b1b101', 'r@d.example'), (7002, NULL, 's@d.example')"


def execute(url: str, *statements: str) -> None:
    """Execute statements in one transaction."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def opened(url: str, **options: Any) -> DatabaseSource:
    """Open a source on a database whose Clever ids stand in users.clever_id."""
    source = open_source(Accounts(**({"url": "env:X", "clever_id": "clever_id"} | options)), url, base=Path())
    assert isinstance(source, DatabaseSource)
    return source
