"""What the values themselves say against the district file: a column that is named for what it does not hold."""

from __future__ import annotations

import pandas as pd

from playbook.district import CLEVER_ID, Accounts
from playbook.errors import Fault

LEAST = 0.5
"""The share of values that must be what their column is named for; below it the column is the wrong one."""


def find_doubts(rows: pd.DataFrame, accounts: Accounts) -> tuple[Fault, ...]:
    """Return which columns hold something else than the district file says, with what to correct.

    Args:
        rows: The ACCOUNTS table.
        accounts: What the district file says.
    """
    ids = rows.loc[rows["clever_id"] != "", "clever_id"]
    found = int(ids.str.fullmatch(CLEVER_ID.pattern).sum())
    section = "accounts.identities" if accounts.identities else "accounts"
    remedy = f"Name the column that holds Clever's ids in [{section}] clever_id"
    doubts = []
    if found < LEAST * len(ids):
        what = f"the values are no Clever ids: {found:,} of {len(ids):,} are 24 characters of 0-9 and a-f"
        doubts.append(Fault(_column(accounts), what, f"{remedy}."))
    if len(rows) and not len(ids) and not (rows["v3_id"] != "").any():
        doubts.append(Fault(_column(accounts), "no account has a Clever id", f"{remedy}, and correct its where."))
    spoken = rows[rows["role_word"] != ""].drop_duplicates("account_id")
    unknown = int((spoken["role"] == "").sum())
    if len(spoken) - unknown < LEAST * len(spoken):
        what = f"{unknown:,} of {len(spoken):,} accounts have unknown role words"
        remedy = (
            "Set [accounts.roles] to the application's words, or name the column that holds them in [accounts] role."
        )
        doubts.append(Fault(f"{accounts.table}.{accounts.role}", what, remedy))
    return tuple(doubts)


def find_silent_roles(rows: pd.DataFrame, accounts: Accounts) -> tuple[Fault, ...]:
    """Return the column of role words where some are unknown while no account speaks those of a role: mistyped, maybe.

    Args:
        rows: The ACCOUNTS table.
        accounts: What the district file says.
    """
    spoken = rows[rows["role_word"] != ""].drop_duplicates("account_id")
    unknown = int((spoken["role"] == "").sum())
    silent = sorted(set(accounts.roles) - set(spoken["role"]))
    if not unknown or not silent:
        return ()
    what = (
        f"{unknown:,} of {len(spoken):,} accounts have unknown role words, which give no rights, "
        f"while none has the word of {', '.join(silent)}"
    )
    return (Fault(f"{accounts.table}.{accounts.role}", what, "Compare [accounts.roles] with the column's words."),)


def _column(accounts: Accounts) -> str:
    held = accounts.identities or accounts
    return f"{held.table}.{held.clever_id}"
