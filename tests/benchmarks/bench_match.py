"""How fast accounts are matched, with states, rules and reasons, beside a bare join and a linker that say neither.

Run `python tests/benchmarks/bench_match.py [users] [repeats]`. Each contender has its own process, reads the same
Parquet files before its clock starts, and shows its fastest repeat; the peers run in .venv-bench.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
from match_tables import DISTRICT, write_tables

from playbook.matching.match import match_accounts

HERE = Path(__file__).parent
PEERS_PYTHON = HERE.parent.parent / ".venv-bench" / "bin" / "python"
Figures = dict[str, float]


def match_here(directory: Path, repeats: int) -> Figures:
    """Match the tables of a directory; the fastest of the repeats."""
    accounts, users, roles = (
        pd.read_parquet(directory / f"{name}.parquet", dtype_backend="pyarrow")
        for name in ("accounts", "users", "roles")
    )
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        states = match_accounts(accounts, users, roles, district_id=DISTRICT).states
        seconds.append(time.perf_counter() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"seconds": min(seconds), "peak_mb": peak, "pairs": states["matched"] + states["tie"]}


def run_peer(name: str, directory: Path, repeats: int) -> Figures:
    """Run one peer in its own environment and process."""
    command = [str(PEERS_PYTHON), str(HERE / "match_peers.py"), name, str(directory), str(repeats)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: Figures = json.loads(answer.stdout.splitlines()[-1])
    return figures


def main(users: int = 1_000_000, repeats: int = 3) -> None:
    """Measure all contenders and print the table of ratios."""
    processes = get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with processes.Pool(1) as maker:
            maker.apply(write_tables, (directory, users))
        figures = {"duckdb": run_peer("duckdb", directory, repeats)}
        with processes.Pool(1) as matcher:
            figures["playbook"] = matcher.apply(match_here, (directory, repeats))
        figures["splink"] = run_peer("splink", directory, repeats)
    print(f"{users:,} accounts x {users:,} users, fastest of {repeats}")
    print(f"{'':10}{'seconds':>9}{'x duckdb':>10}{'peak MB':>9}{'pairs':>11}")
    for contender, row in figures.items():
        ratio = row["seconds"] / figures["duckdb"]["seconds"]
        print(f"{contender:10}{row['seconds']:9.2f}{ratio:10.1f}{row['peak_mb']:9,.0f}{row['pairs']:11,.0f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
