"""Step 00: which district, which accounts, which way to merge; can both sides be reached."""

from __future__ import annotations

import pandas as pd

from playbook.accounts.references import FoundReference
from playbook.district import ROLES, Merge
from playbook.road.context import open_accounts, open_clever
from playbook.road.done import Done, finish
from playbook.road.telling import Telling, plural
from playbook.run import Report, Run
from playbook.sharing.summary import CountTable, Number

STEP = "00_start_here"
PAUSED = ("paused", "error")

WAYS = {
    "consolidate": "one account a person: the other accounts of a person point to the one that stays",
    "role_accounts": "one account a role: each keeps its rows and shares the person's v3 id",
    "start_fresh": "nothing is carried over: the old ids are retired on a date",
}
STORES = {
    "beside": "the v3 id is stored beside the v2 id, which stays",
    "replace": "the v3 id replaces the v2 id, which the journal keeps",
}


def start(run: Run, *, progress: Report | None = None) -> Done:
    """Open both sides and say what was found, before anything is fetched or decided."""
    telling = Telling(run, STEP, "Start here")
    source = open_accounts(run)
    accounts = source.read()
    references = source.references()
    with open_clever(run) as clever:
        district = clever.district()
    state = str(district.get("state", ""))
    is_paused = state in PAUSED
    headline = (
        f"Clever has {state} this district; what it answers now is frozen or half shared."
        if is_paused
        else f"Both sides answer: {plural(accounts['account_id'].nunique(), 'account')} and the district on Clever."
    )
    summary = telling.summary(
        "no_go" if is_paused else "go",
        headline,
        next_action="Wait until Clever runs the district again."
        if is_paused
        else "Audit what still speaks v2: step 01.",
        numbers=_numbers(accounts, references),
        tables=(_by_role(accounts), _references(references)),
        notes=_ways(run.district.merge),
    )
    return finish(run, summary, {"accounts": int(accounts["account_id"].nunique()), "district_state": state})


def _numbers(accounts: pd.DataFrame, references: tuple[FoundReference, ...]) -> tuple[Number, ...]:
    return (
        Number("accounts", int(accounts["account_id"].nunique())),
        Number("Clever ids stored", int((accounts["clever_id"] != "").sum())),
        Number("accounts without a Clever id", int(accounts.loc[accounts["clever_id"] == "", "account_id"].nunique())),
        Number("columns that hold account keys", len(references)),
    )


def _by_role(accounts: pd.DataFrame) -> CountTable:
    counts = accounts.drop_duplicates("account_id")["role"].value_counts()
    rows = tuple((role or "unknown", int(counts.get(role, 0))) for role in (*ROLES, ""))
    return CountTable("Accounts by role, in Clever's v3 words", ("role", "accounts"), rows)


def _references(references: tuple[FoundReference, ...]) -> CountTable:
    rows = tuple((reference.table, reference.column, reference.kind.replace("_", " ")) for reference in references)
    return CountTable("What references an account", ("table", "column", "known from"), rows)


def _ways(merge: Merge) -> tuple[str, ...]:
    return (
        f"People with several accounts: {WAYS[merge.people]}.",
        f"Ids: {STORES[merge.store]}.",
    )
