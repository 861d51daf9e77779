"""Step 00: which district, which accounts, which way to merge; do both sides answer, and what would stop a plan."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from playbook.accounts.doubts import find_doubts, find_silent_roles
from playbook.accounts.references import FoundReference
from playbook.accounts.source import DatabaseSource, Source
from playbook.applying.survey import survey_database
from playbook.clever.district_state import refuse_other_district
from playbook.district import ROLES, Merge
from playbook.merging.checks import make_checks
from playbook.merging.plan import Check
from playbook.road.context import open_accounts, open_clever
from playbook.road.done import Done, finish
from playbook.road.telling import CORRECT, SETTLE, Telling, plural, tell_checks, tell_doubts
from playbook.run import Report, Run
from playbook.sharing.summary import CountTable, Number, Verdict

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
    references, checks = _look(source, run.district.merge)
    with open_clever(run) as clever:
        district = clever.district()
    refuse_other_district(str(district.get("id") or ""), run.district_id)
    state = str(district.get("state", ""))
    count = int(accounts["account_id"].nunique())
    doubts = find_doubts(accounts, run.district.accounts)
    silent = find_silent_roles(accounts, run.district.accounts)
    pending = sum(check.is_pending for check in checks)
    verdict, headline, next_action = _answer(state, count, len(doubts), pending)
    if verdict == "go" and silent:
        verdict, next_action = "review", CORRECT
    summary = telling.summary(
        verdict,
        headline,
        next_action=next_action,
        numbers=_numbers(accounts, references),
        tables=(_by_role(accounts), _references(references)),
        checks=(*tell_doubts(doubts), *tell_doubts(silent, stop=False), *tell_checks(checks)),
        notes=_ways(run.district.merge),
    )
    facts = {"accounts": count, "district_state": state, "checks": [asdict(check) for check in checks]}
    return finish(run, summary, facts)


def _look(source: Source, merge: Merge) -> tuple[tuple[FoundReference, ...], tuple[Check, ...]]:
    """Return what references an account, and what a plan will be stopped by; no plan is made for accounts in a file."""
    if not isinstance(source, DatabaseSource):
        return source.references(), ()
    survey = survey_database(source, merge)
    return survey.references, make_checks(survey.found, merge.acknowledge)


def _answer(state: str, accounts: int, doubts: int, pending: int) -> tuple[Verdict, str, str]:
    """Return the verdict, its sentence, and what to do next."""
    if state in PAUSED:
        headline = f"Clever has {state} this district; what it answers now is frozen or half shared."
        return "no_go", headline, "Wait until Clever runs the district again."
    if doubts:
        return "no_go", f"{plural(doubts, 'column')} of the accounts hold what nobody expects there.", CORRECT
    both = f"Both sides answer: {plural(accounts, 'account')} and the district on Clever"
    if pending:
        stops = f"{plural(pending, 'safety check')} will stop the plan"
        return "review", f"{both}; {stops}.", f"{SETTLE} before step 04; meanwhile audit what still speaks v2: step 01."
    return "go", f"{both}.", "Audit what still speaks v2: step 01."


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
    rows = tuple((r.table, r.column, "waived" if r.is_waived else r.kind.replace("_", " ")) for r in references)
    return CountTable("What references an account", ("table", "column", "known from"), rows)


def _ways(merge: Merge) -> tuple[str, ...]:
    return (
        f"People with several accounts: {WAYS[merge.people]}.",
        f"Ids: {STORES[merge.store]}.",
    )
