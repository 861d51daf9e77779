"""Matching itself, in a process of its own: run by the benchmark. Prints seconds, peak memory in MB and pairs found."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
from match_clock import measure
from match_tables import DISTRICT

from playbook.matching.match import match_accounts


def match_here(directory: Path) -> dict[str, float]:
    """Match the tables of a directory."""
    accounts, users, roles = (
        pd.read_parquet(directory / f"{name}.parquet", dtype_backend="pyarrow")
        for name in ("accounts", "users", "roles")
    )
    return measure(lambda: match_accounts(accounts, users, roles, district_id=DISTRICT).states["matched"])


if __name__ == "__main__":
    print(json.dumps(match_here(Path(sys.argv[2]))))
