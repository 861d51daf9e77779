"""What the world holds before the playbook looks at it: Clever's JSON as sent, the vendor's rows as stored.

Nothing here knows the playbook: HTTP by the standard library, SQL by sqlite3, everything as plain dictionaries.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

Row = dict[str, Any]

REFERENCES = (
    ("enrolments", "user_id"),
    ("grades", "student_id"),
    ("grades", "graded_by"),
    ("notes", "author_id"),
    ("notes", "about_id"),
    ("files", "owner_id"),
    ("audit_log", "user_id"),
)
"""Every column of the sample application that holds an account's key, the undeclared one too."""

_USERS = "SELECT id, clever_id, kind, name, email, sis_id, number, district_id, status, last_login FROM users"
_CREDENTIALS = """
    SELECT users.id, uid AS clever_id, kind, name, email, sis_id, number, district_id, status, last_login
    FROM users LEFT JOIN authentication_options ON users.id = user_id AND provider = 'clever'
"""
ACCOUNTS = {"users": _USERS, "credentials": _CREDENTIALS}
"""For each layout, how its accounts are read."""


@dataclass(frozen=True)
class World:
    """One district on both sides.

    Attributes:
        district_id: Clever's id of the district.
        users: As `/v3.1/users` sends them.
        sections: As `/v3.1/sections` sends them.
        accounts: Rows of the vendor's accounts, as text, "" for null, `clever_id` in lower case.
    """

    district_id: str
    users: list[Row] = field(repr=False)
    sections: list[Row] = field(repr=False)
    accounts: list[Row] = field(repr=False)


def read_world(base_url: str, token: str, database: Path, layout: str) -> World:
    """Read both sides.

    Args:
        base_url: Where Clever answers.
        token: The district's token.
        database: The vendor's SQLite file.
        layout: `users` or `credentials`.
    """
    districts = read_list(base_url, token, "/v3.1/districts")
    users = read_list(base_url, token, "/v3.1/users?limit=500")
    sections = read_list(base_url, token, "/v3.1/sections?limit=500")
    return World(districts[0]["id"], users, sections, read_accounts(database, layout))


def read_list(base_url: str, token: str, path: str) -> list[Row]:
    """Read every page of a list."""
    found: list[Row] = []
    while path:
        with urlopen(Request(base_url + path, headers={"Authorization": f"Bearer {token}"})) as answer:
            page = json.load(answer)
        found += [item["data"] for item in page["data"]]
        path = next((link["uri"] for link in page["links"] if link["rel"] == "next" and page["data"]), "")
    return found


def read_accounts(database: Path, layout: str) -> list[Row]:
    """Read the accounts, each with `rows`, the number of rows elsewhere that belong to it."""
    with closing(sqlite3.connect(database)) as connection:
        cursor = connection.execute(ACCOUNTS[layout])
        columns = [column[0] for column in cursor.description]
        accounts = [dict(zip(columns, row, strict=True)) for row in cursor]
        owned = _owned(connection)
    return [_in_words(account, owned.get(account["id"], 0)) for account in accounts]


def _in_words(account: Row, rows: int) -> Row:
    texts = {column: str(value or "") for column, value in account.items()}
    return texts | {"clever_id": texts["clever_id"].strip().lower(), "rows": rows}


def _owned(connection: sqlite3.Connection) -> dict[int, int]:
    columns = " UNION ALL ".join(f"SELECT {column} AS owner FROM {table}" for table, column in REFERENCES)
    return dict(connection.execute(f"SELECT owner, count(*) AS n FROM ({columns}) GROUP BY owner").fetchall())
