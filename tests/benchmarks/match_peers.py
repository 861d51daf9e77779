"""The peers of matching, each on the same Parquet files: run by the benchmark in its own environment, one a process.

Prints seconds, peak memory in MB and pairs found. Neither peer says states, rules or reasons.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb
import pandas as pd
from match_clock import measure

STORED = "CASE WHEN legacy_id = '' THEN user_id ELSE legacy_id END"
JOIN = """
    SELECT account_id, coalesce(stored.user_id, legacy.user_id, beside.user_id, official.user_id) AS user_id, role
    FROM (SELECT account_id, clever_id, v3_id FROM accounts) AS accounts
    LEFT JOIN (SELECT user_id FROM users) AS stored ON stored.user_id = clever_id
    LEFT JOIN (SELECT user_id, role, legacy_id FROM roles) AS legacy ON legacy.legacy_id = clever_id
    LEFT JOIN (SELECT user_id FROM users) AS beside ON beside.user_id = v3_id
    LEFT JOIN mapping AS official ON official.legacy_id = clever_id
"""
"""The four ways in which an id leads to a user, as matching has them."""


def join_with_duckdb(directory: Path) -> dict[str, float]:
    """Join DuckDB's own tables into one of its own."""
    database = _open_database()
    for name in ("accounts", "users", "roles"):
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM '{directory / name}.parquet'")

    def join() -> int:
        database.execute(f"CREATE OR REPLACE TABLE pairs AS {JOIN}")
        return _count(database)

    return measure(join)


def join_pandas_with_duckdb(directory: Path) -> dict[str, float]:
    """Join pandas tables with Arrow text into such a table."""
    database = _open_database()
    for name in ("accounts", "users", "roles"):
        database.register(name, pd.read_parquet(directory / f"{name}.parquet", dtype_backend="pyarrow"))

    def join() -> int:
        pairs = database.sql(JOIN).to_arrow_table().to_pandas(types_mapper=pd.ArrowDtype)
        return int(pairs["user_id"].notna().sum())

    return measure(join)


def link_with_splink(directory: Path) -> dict[str, float]:
    """Link accounts and roles deterministically by the id, from pandas to pandas."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    left = duckdb.sql(f"SELECT account_id AS unique_id, clever_id AS id FROM '{directory}/accounts.parquet'").df()
    right = duckdb.sql(f"SELECT user_id || role AS unique_id, {STORED} AS id FROM '{directory}/roles.parquet'").df()
    settings = SettingsCreator(link_type="link_only", blocking_rules_to_generate_predictions=[block_on("id")])

    def link() -> int:
        backend = DuckDBAPI()
        linker = Linker([backend.register(table) for table in (left, right)], settings)
        return len(linker.inference.deterministic_link().as_pandas_dataframe())

    return measure(link)


def _open_database() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    database.execute("CREATE TABLE mapping (legacy_id VARCHAR, user_id VARCHAR)")
    return database


def _count(database: duckdb.DuckDBPyConnection) -> int:
    return int(database.execute("SELECT count(user_id) FROM pairs").fetchone()[0])


PEERS = {"duckdb": join_with_duckdb, "duckdb, pandas": join_pandas_with_duckdb, "splink": link_with_splink}

if __name__ == "__main__":
    print(json.dumps(PEERS[sys.argv[1]](Path(sys.argv[2]))))
