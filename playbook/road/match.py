"""Step 03: who is who: every account beside the v3 user that it belongs to, or the reason why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from playbook.accounts.doubts import find_doubts, find_silent_roles
from playbook.accounts.table import ACCOUNTS
from playbook.clever.migration_csv import read_migration_csvs
from playbook.clever.snapshot import Snapshot, read_snapshot
from playbook.clever.tables import MAPPING
from playbook.matching.decisions import Decided
from playbook.matching.match import Matches, match_accounts
from playbook.matching.reasons import EXPLANATIONS, Reason
from playbook.matching.reconciliation import reconcile
from playbook.matching.table import CANDIDATES, CSV_LINES, MATCHES, NEW_USERS, RECONCILIATION, STATES
from playbook.road.bindings import note_matches
from playbook.road.context import open_accounts
from playbook.road.done import Done, finish
from playbook.road.review import count_emptied, decide, digest_sheets
from playbook.road.telling import CORRECT, Telling, plural, tell_doubts
from playbook.run import Report, Run
from playbook.sharing.summary import Bars, CountTable, Number
from playbook.tables import records

STEP = "03_match_accounts"
WAITING = ("suggested", "tie", "conflict")
DECIDE = (
    "Fill in the review queue (review.csv): decision is accept or separate, then user_id, who and when; save it as "
    "decisions.csv in the same directory and run this step again. Or plan what is certain: step 04."
)


def match(run: Run, *, progress: Report | None = None) -> Done:
    """Match the accounts as they are now with the snapshot; write matches, candidates, new users, the review queue."""
    telling = Telling(run, STEP, "Match accounts")
    snapshot = load_snapshot(run)
    source = open_accounts(run)
    accounts = source.read()
    mapping = load_mapping(run)
    found = match_accounts(accounts, snapshot.users, snapshot.roles, district_id=run.district_id, mapping=mapping)
    official = reconcile_official(run, accounts, snapshot.roles, mapping)
    decided = decide(run, found, accounts, snapshot.users)
    found = decided.matches
    for table, contract, name in (
        (accounts, ACCOUNTS, "accounts.parquet"),
        (found.rows, MATCHES, "matches.parquet"),
        (found.candidates, CANDIDATES, "candidates.parquet"),
        (found.new_users, NEW_USERS, "new_users.parquet"),
    ):
        run.write_table(table, contract, name)
    made_from = {"snapshot_root": snapshot.manifest.root, "sheets": digest_sheets(run), "database": source.identity()}
    note_matches(run, **made_from)
    waiting = sum(found.states[state] for state in WAITING)
    doubts = find_doubts(accounts, run.district.accounts)
    silent = find_silent_roles(accounts, run.district.accounts)
    summary = telling.summary(
        "no_go" if doubts else "review" if waiting or silent else "go",
        _headline(found, waiting),
        next_action=CORRECT
        if doubts or silent
        else DECIDE
        if waiting
        else "Plan what happens to each account: step 04.",
        numbers=_numbers(found, waiting),
        tables=(_states(found), _reasons(found), *official),
        charts=(_chart(found),),
        checks=(*tell_doubts(doubts), *tell_doubts(silent, stop=False)),
        notes=(*_official(mapping), *_decisions(decided, count_emptied(run, decided.standing))),
    )
    return finish(run, summary, _facts(run, decided))


def load_snapshot(run: Run) -> Snapshot:
    """Read the whole snapshot that step 02 left."""
    run.made_by("02_fetch_v3_users", "snapshot", "manifest.json")
    return read_snapshot(run.directory / "snapshot")


def load_mapping(run: Run) -> pd.DataFrame | None:
    """Read Clever's own migration CSVs where the district file names any."""
    paths = [run.district.directory / Path(name) for name in run.district.clever.csv]
    return read_migration_csvs(paths, run.district_id) if paths else None


def reconcile_official(
    run: Run, accounts: pd.DataFrame, roles: pd.DataFrame, mapping: pd.DataFrame | None
) -> tuple[CountTable, ...]:
    """Compare Clever's migration CSVs with its API both ways, write what differs, and return the counts."""
    if mapping is None:
        return ()
    compared = reconcile(accounts, roles, mapping, district_id=run.district_id)
    run.write_table(compared.ids, RECONCILIATION, "reconciliation.parquet")
    run.write_table(compared.lines, CSV_LINES, "csv_lines.parquet")
    rows: list[tuple[str | int, ...]] = [(outcome.replace("_", " "), n) for outcome, n in compared.counts.items()]
    caption = "Old ids in Clever's migration CSVs and in its API"
    return (CountTable(caption, ("where", "old ids"), (*rows, ("sum", len(compared.ids)))),)


def load_matches(run: Run) -> Matches:
    """Read what step 03 left."""
    tables = {
        name: run.read_table(contract, f"{name}.parquet", step=STEP)
        for name, contract in (("matches", MATCHES), ("candidates", CANDIDATES), ("new_users", NEW_USERS))
    }
    return Matches(tables["matches"], tables["candidates"], tables["new_users"])


def load_accounts(run: Run) -> pd.DataFrame:
    """Read the accounts as step 03 saw them."""
    return run.read_table(ACCOUNTS, "accounts.parquet", step=STEP)


def _headline(found: Matches, waiting: int) -> str:
    total = len(found.rows)
    certain = found.states["matched"] + found.states["already_v3"]
    if not waiting:
        return f"{certain:,} of {plural(total, 'account')} belong to a user for certain; none waits for a person."
    return f"{certain:,} of {plural(total, 'account')} belong to a user for certain; {waiting:,} wait for a person."


def _numbers(found: Matches, waiting: int) -> tuple[Number, ...]:
    return (
        Number("accounts", len(found.rows), "the states below add up to it"),
        Number("matched", found.states["matched"]),
        Number("on v3 already", found.states["already_v3"]),
        Number("wait for a person", waiting, "suggested, tie or conflict"),
        Number("unmatched", found.states["unmatched"]),
        Number("users without an account", int(found.new_users["user_id"].nunique())),
    )


def _states(found: Matches) -> CountTable:
    rows: list[tuple[str | int, ...]] = [(state, found.states[state]) for state in STATES]
    return CountTable("Every account in exactly one state", ("state", "accounts"), (*rows, ("sum", len(found.rows))))


def _reasons(found: Matches) -> CountTable:
    counts = found.rows.groupby(["state", "reason"]).size().reset_index(name="accounts")
    rows = tuple(
        (r["state"], r["reason"], r["accounts"], EXPLANATIONS[Reason(r["reason"])].says) for r in records(counts)
    )
    return CountTable("Why each account is where it is", ("state", "reason", "accounts", "what it says"), rows)


def _chart(found: Matches) -> Bars:
    bars = tuple((state, found.states[state]) for state in STATES)
    return Bars("Accounts by state", bars, "Accounts by state: " + ", ".join(f"{s} {n:,}" for s, n in bars) + ".")


def _official(mapping: pd.DataFrame | None) -> tuple[str, ...]:
    if mapping is None:
        return ("No migration CSV of Clever's was given; the API alone decided.",)
    MAPPING.check(mapping)
    usable = int((mapping["fault"] == "").sum())
    return (f"Clever's migration CSVs: {plural(len(mapping), 'row')}, {usable:,} usable, the others coded.",)


def _decisions(decided: Decided, emptied: int) -> tuple[str, ...]:
    counts = decided.counts
    if not any(counts.values()):
        return ()
    stale = f", {counts['stale']:,} stale: those accounts are judged anew, and wait if they must"
    told = (
        f"Decisions of the reviewer: {counts['standing']:,} carried out, {counts['fulfilled']:,} fulfilled already"
        f"{stale if counts['stale'] else ''}."
    )
    kept = (
        f"{plural(emptied, 'decision')} made before still hold{'s' * (emptied == 1)}, although the sheet that came "
        "back is blank there; to take one back, write withdraw as the decision."
    )
    return (told, kept) if emptied else (told,)


def _facts(run: Run, decided: Decided) -> dict[str, Any]:
    found = decided.matches
    return {
        "accounts": len(found.rows),
        "states": found.states,
        "reasons": found.reasons,
        "new_users": int(found.new_users["user_id"].nunique()),
        "decisions": decided.counts,
        "matches": str(run.path("matches.parquet")),
        "review": str(run.path("review.csv")),
    }
