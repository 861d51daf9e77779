"""Small literal tables for the tests of matching: say only what a test is about, the rest is blank."""

from __future__ import annotations

import pandas as pd

from playbook.accounts.table import ACCOUNTS
from playbook.clever.tables import MAPPING, ROLES, USERS
from playbook.matching.match import Matches, match_accounts
from playbook.tables import Contract

DISTRICT = "d" * 24
OTHER_DISTRICT = "e" * 24


def clever_id(kind: str, number: int) -> str:
    """Return an id of 24 hex digits: kind is one of a to f, ids of one kind differ in their last digits only."""
    return f"{kind * 20}{number:04d}"


def rows_of(contract: Contract, rows: tuple[dict[str, str], ...], **defaults: str) -> pd.DataFrame:
    """Return a table in which everything is blank but the defaults and what the rows say."""
    blank = {column: 0 if kind == "int" else "" for column, kind in contract.columns.items()}
    return contract.make([{**blank, **defaults, **row} for row in rows])


def accounts_of(*rows: dict[str, str]) -> pd.DataFrame:
    """Return an ACCOUNTS table."""
    return rows_of(ACCOUNTS, rows)


def users_of(*rows: dict[str, str]) -> pd.DataFrame:
    """Return a USERS table of the district."""
    return rows_of(USERS, rows, district_id=DISTRICT)


def roles_of(*rows: dict[str, str]) -> pd.DataFrame:
    """Return a ROLES table."""
    return rows_of(ROLES, rows)


def mapping_of(*rows: dict[str, str]) -> pd.DataFrame:
    """Return a MAPPING table."""
    return rows_of(MAPPING, rows, file="district.csv")


def match(
    accounts: list[dict[str, str]],
    users: list[dict[str, str]],
    roles: list[dict[str, str]],
    *,
    mapping: list[dict[str, str]] | None = None,
    former_ids: set[str] | None = None,
) -> Matches:
    """Match small tables in the district."""
    return match_accounts(
        accounts_of(*accounts),
        users_of(*users),
        roles_of(*roles),
        district_id=DISTRICT,
        mapping=None if mapping is None else mapping_of(*mapping),
        former_ids=former_ids,
    )


def verdict(matches: Matches, account_id: str = "1") -> tuple[str, str, str, str]:
    """Return one account's state, reason, user and role."""
    row = matches.rows.set_index("account_id").loc[account_id]
    return row["state"], row["reason"], row["user_id"], row["role"]
