"""How fast accounts are matched, with states, rules and reasons, beside a bare join and a linker that say neither.

Run `python tests/benchmarks/bench_match.py [--users N] [--repeat N]`. All contenders read the same Parquet files before
their clock starts; each repeat gives every contender a turn in a process of its own, which works once to warm up and
three times by the clock, so that a busy machine slows all of them. The peers run in .venv-bench.

- `duckdb` joins its own tables and keeps the pairs in its own memory: the barest join that there is.
- `duckdb, pandas` joins the tables that `playbook` is given, and answers with such a table.
- `splink` links the same ids deterministically, from pandas to pandas.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
PEERS_PYTHON = HERE.parent.parent / ".venv-bench" / "bin" / "python"
CONTENDERS = {
    "duckdb": (PEERS_PYTHON, "match_peers.py"),
    "duckdb, pandas": (PEERS_PYTHON, "match_peers.py"),
    "playbook": (sys.executable, "match_here.py"),
    "splink": (PEERS_PYTHON, "match_peers.py"),
}
Figures = dict[str, float]


def take_turn(contender: str, directory: Path) -> Figures:
    """Run one contender in its own environment and process."""
    python, script = CONTENDERS[contender]
    command = [str(python), str(HERE / script), contender, str(directory)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: Figures = json.loads(answer.stdout.splitlines()[-1])
    return figures


def main(users: int, repeat: int) -> None:
    """Measure all contenders in turn and print the medians of their turns, and the ratios of these."""
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([sys.executable, str(HERE / "match_tables.py"), name, str(users)], check=True)
        turns = [{contender: take_turn(contender, Path(name)) for contender in CONTENDERS} for _ in range(repeat)]
    middle = {
        contender: {figure: median(turn[contender][figure] for turn in turns) for figure in turns[0][contender]}
        for contender in CONTENDERS
    }
    print(f"{users:,} accounts x {users:,} users, medians of {repeat}")
    print(f"{'':16}{'seconds':>9}{'x duckdb':>10}{'peak MB':>9}{'pairs':>11}")
    for contender, row in middle.items():
        ratio = row["seconds"] / middle["duckdb"]["seconds"]
        print(f"{contender:16}{row['seconds']:9.2f}{ratio:10.1f}{row['peak_mb']:9,.0f}{row['pairs']:11,.0f}")


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    main(**vars(parser.parse_args()))
