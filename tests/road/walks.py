"""Districts that have walked the road, with all that the walk wrote; each is walked once a test run."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from playbook.sandbox.accounts import build_accounts, write_district_file
from playbook.sandbox.server import RunningSandbox
from tests.road.conftest import CLOCK, Rehearsal
from tests.road.raw import Row, World, read_world

TABLES = {
    "matches": "matches.parquet",
    "candidates": "candidates.parquet",
    "destinations": "destinations.parquet",
    "sign_ins": "rehearsal/sign_in.parquet",
    "changes": "permissions/changes.parquet",
    "proposals": "permissions/proposals.parquet",
    "accounts": "accounts.parquet",
    "users": "snapshot/users.parquet",
    "roles": "snapshot/roles.parquet",
    "relationships": "snapshot/contact_relationships.parquet",
}


@dataclass(frozen=True)
class Walk:
    """One walk.

    Attributes:
        rehearsal: The district, for a test that walks on.
        people: What happens to people with several accounts.
        world: Both sides, raw, as they were before the first step.
        policy: The district file's grants.
        tables: What the walk wrote, as plain rows.
    """

    rehearsal: Rehearsal
    people: str
    world: World
    policy: dict[str, list[str]]
    tables: dict[str, list[Row]] = field(repr=False)

    @property
    def run(self) -> Path:
        """The run directory."""
        return self.rehearsal.directory / "run"

    def rows(self, table: str) -> dict[str, Row]:
        """Return a table's rows by account, for tables with one row an account."""
        return {row["account_id"]: row for row in self.tables[table]}


def walk_district(
    sandbox: RunningSandbox,
    directory: Path,
    *,
    layout: str = "users",
    people: str = "consolidate",
    last: str = "06",
    planted: Iterable[Row] = (),
    edits: Mapping[str, str] | None = None,
) -> Walk:
    """Build a district's accounts, look at both sides, and walk.

    Args:
        sandbox: Clever.
        directory: Where the district stands; made.
        layout: The layout of the accounts database.
        people: What happens to people with several accounts.
        last: The last step.
        planted: Rows that the accounts get besides the sample district's, in the layout `users`.
        edits: What else the district file says: old text to new.
    """
    directory.mkdir(parents=True)
    token, url = sandbox.announcement["district_token"], f"sqlite:///{directory / 'accounts.sqlite'}"
    environ = {"CLEVER_DISTRICT_TOKEN": token, "ACCOUNTS_DATABASE_URL": url}
    rehearsal = Rehearsal(directory, environ | {"PLAYBOOK_CLOCK": CLOCK, "PLAYBOOK_OPERATOR": "an engineer"})
    build_accounts(url, layout=layout)
    _plant(rehearsal.database, planted)
    write_district_file(rehearsal.file, base_url=sandbox.base_url, layout=layout, people=people)
    for old, new in (edits or {}).items():
        rehearsal.edit(old, new)
    world = read_world(sandbox.base_url, token, rehearsal.database, layout)
    rehearsal.walk(last=last)
    policy = tomllib.loads(rehearsal.file.read_text())["permissions"]["grants"]
    return Walk(rehearsal, people, world, policy, read_tables(directory / "run"))


def read_tables(run: Path) -> dict[str, list[Row]]:
    """Read what a walk wrote; a table of a step that it did not reach is left out."""
    paths = {name: run / path for name, path in TABLES.items()}
    return {name: _records(path) for name, path in paths.items() if path.exists()}


def _records(path: Path) -> list[Row]:
    rows: list[dict[Any, Any]] = pd.read_parquet(path).to_dict("records")
    return rows


def _plant(database: Path, rows: Iterable[Row]) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        for row in rows:
            columns, marks = ", ".join(row), ", ".join(f":{column}" for column in row)
            connection.execute(f"INSERT INTO users ({columns}) VALUES ({marks})", row)
