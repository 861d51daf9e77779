"""The peers of matching, each on the same Parquet files: run by the benchmark in its own environment, one a process.

Prints seconds, peak resident memory in MB and pairs found. Neither peer says states, rules or reasons.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

STORED = "CASE WHEN legacy_id = '' THEN user_id ELSE legacy_id END"


def join_with_duckdb(directory: Path, repeats: int) -> tuple[float, int]:
    """Join accounts with users by v3 id and with roles by legacy id, into a table; the fastest of the repeats."""
    database = duckdb.connect()
    for name in ("accounts", "users", "roles"):
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM '{directory / name}.parquet'")
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        database.execute(
            "CREATE OR REPLACE TABLE pairs AS SELECT account_id, coalesce(users.user_id, roles.user_id) AS user_id,"
            " roles.role FROM accounts LEFT JOIN users ON users.user_id = accounts.clever_id"
            " LEFT JOIN roles ON roles.legacy_id = accounts.clever_id"
        )
        seconds.append(time.perf_counter() - begun)
    pairs = database.execute("SELECT count(user_id) FROM pairs").fetchone()[0]
    return min(seconds), pairs


def link_with_splink(directory: Path, repeats: int) -> tuple[float, int]:
    """Link accounts and roles deterministically by the id, from pandas to pandas; the fastest of the repeats."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    left = duckdb.sql(f"SELECT account_id AS unique_id, clever_id AS id FROM '{directory}/accounts.parquet'").df()
    right = duckdb.sql(f"SELECT user_id || role AS unique_id, {STORED} AS id FROM '{directory}/roles.parquet'").df()
    settings = SettingsCreator(link_type="link_only", blocking_rules_to_generate_predictions=[block_on("id")])
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        backend = DuckDBAPI()
        linker = Linker([backend.register(table) for table in (left, right)], settings)
        pairs = linker.inference.deterministic_link().as_pandas_dataframe()
        seconds.append(time.perf_counter() - begun)
    return min(seconds), len(pairs)


if __name__ == "__main__":
    peer = {"duckdb": join_with_duckdb, "splink": link_with_splink}[sys.argv[1]]
    taken, found = peer(Path(sys.argv[2]), int(sys.argv[3]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": taken, "peak_mb": peak, "pairs": found}))
