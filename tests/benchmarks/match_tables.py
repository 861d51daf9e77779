"""A district of any size for the benchmark of matching, written as the Parquet files that every contender reads."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from playbook.accounts.table import ACCOUNTS
from playbook.clever.tables import ROLES, USERS
from playbook.district import ROLES as ROLE_NAMES
from playbook.tables import TEXT, Contract

DISTRICT = "6385008f69df036e83e984a3"
SHARES = (0.6, 0.2, 0.0, 0.0, 0.2)
"""Of the users' first roles: students, teachers, contacts; a fifth of the users is staff as well."""
STRAY = 0.05
"""The share of accounts whose id is gone, so that the suggestions have work to do."""


def write_tables(directory: Path, users: int, *, seed: int = 1) -> None:
    """Write accounts, users and roles: as many accounts as users, and 1.2 roles a user."""
    dice = np.random.default_rng(seed)
    user_ids = _ids(dice, users)
    tables = {"users": _users(user_ids), "roles": _roles(dice, user_ids)}
    tables["accounts"] = _accounts(dice, tables["users"], tables["roles"], users)
    for name, table in tables.items():
        table.to_parquet(directory / f"{name}.parquet", index=False)


def _ids(dice: np.random.Generator, count: int) -> pa.Array:
    texts = np.frombuffer(dice.bytes(12 * count).hex().encode(), dtype="S24")
    return pa.array(np.sort(texts)).cast(pa.string())


def _blank(contract: Contract, **columns: pa.Array) -> pd.DataFrame:
    """Return a table in which every column is blank but the given ones."""
    count = len(next(iter(columns.values())))
    blank = {"text": pa.array([""] * count), "int": pa.array(np.zeros(count, dtype=np.int64))}
    filled = {name: columns.get(name, blank[kind]) for name, kind in contract.columns.items()}
    return pd.DataFrame({name: pd.array(values, dtype=pd.ArrowDtype(values.type)) for name, values in filled.items()})


def _users(user_ids: pa.Array) -> pd.DataFrame:
    email = pc.binary_join_element_wise(pc.utf8_slice_codeunits(user_ids, 0, 12), "d.example", "@")
    first, last = (pc.utf8_slice_codeunits(user_ids, start, start + 6) for start in (0, 6))
    district = pa.array([DISTRICT] * len(user_ids))
    return _blank(USERS, user_id=user_ids, district_id=district, email=email, first=first, last=last)


def _roles(dice: np.random.Generator, user_ids: pa.Array) -> pd.DataFrame:
    first = dice.choice(len(ROLE_NAMES), size=len(user_ids), p=SHARES)
    teachers = np.flatnonzero(first == ROLE_NAMES.index("teacher"))
    who = np.concatenate([np.arange(len(user_ids)), teachers])
    words = np.array(ROLE_NAMES)[np.concatenate([first, np.full(len(teachers), ROLE_NAMES.index("staff"))])]
    legacy = _ids(dice, len(who)).take(pa.array(dice.permutation(len(who))))
    legacy = pc.if_else(pa.array(words == "student"), "", legacy)
    sis_id = pc.utf8_slice_codeunits(legacy, 0, 9)
    roles = _blank(ROLES, user_id=user_ids.take(pa.array(who)), role=pa.array(words), legacy_id=legacy, sis_id=sis_id)
    return roles.sort_values(["user_id", "role"], ignore_index=True)


def _accounts(dice: np.random.Generator, users: pd.DataFrame, roles: pd.DataFrame, count: int) -> pd.DataFrame:
    chosen = roles.iloc[dice.permutation(len(roles))[:count]]
    stored = chosen["legacy_id"].mask(chosen["legacy_id"] == "", chosen["user_id"])
    strays = pd.Series(pd.array(_ids(dice, count), dtype=TEXT), index=stored.index)
    stored = stored.mask(dice.random(count) < STRAY, strays)
    place = pc.index_in(pa.array(chosen["user_id"]), value_set=pa.array(users["user_id"]))
    return _blank(
        ACCOUNTS,
        account_id=pa.array([f"{number:09d}" for number in range(count)]),
        clever_id=pa.array(stored),
        role=pa.array(chosen["role"]),
        email=pa.array(users["email"]).take(place),
        sis_id=pa.array(chosen["sis_id"]),
    )


if __name__ == "__main__":
    write_tables(Path(sys.argv[1]), int(sys.argv[2]))
