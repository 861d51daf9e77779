"""Step 04: what happens to each account, as a plan of inert operations named by its hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import pandas as pd

from playbook import __version__
from playbook.accounts.doubts import find_doubts
from playbook.applying.history import read_history
from playbook.applying.survey import survey_database
from playbook.errors import InputError
from playbook.merging.destinations import destinations
from playbook.merging.plan import Plan
from playbook.merging.planner import Bindings, plan_migration
from playbook.merging.table import DESTINATIONS, OUTCOMES
from playbook.road.bindings import digest_policy, digest_table, refuse_other_matches
from playbook.road.context import open_database
from playbook.road.done import Done, finish
from playbook.road.match import load_accounts, load_matches, load_snapshot
from playbook.road.plans import PLAN, STEP, settle_plan
from playbook.road.review import decisions_digest, digest_sheets
from playbook.road.telling import SETTLE, Telling, plural, tell_checks
from playbook.run import Report, Run
from playbook.sharing.summary import Bars, CountTable, Number

PLANNER = "planner.json"

SAYS = {
    "unchanged": "a student, or on v3 already",
    "linked": "gets its v3 id and stands alone",
    "survivor": "gets the v3 id and answers for the person's other accounts",
    "folded": "another account of the same person answers from now on",
    "held": "a person must decide; nothing is written",
    "left": "no user to link to; nothing is written",
    "retired": "its old id is retired on the date",
}


def plan(run: Run, *, progress: Report | None = None) -> Done:
    """Plan from what step 03 left, bound to this database, this snapshot and these decisions."""
    telling = Telling(run, STEP, "Merge accounts")
    made, where = make_plan(run)
    made = settle_plan(run, made, read_history(open_database(run), run.district_id))
    path = run.write_text(made.text.decode(), PLAN)
    run.write_json({"planner": _planner(run, made), "plan": made.sha256}, PLANNER)
    run.write_table(where, DESTINATIONS, "destinations.parquet")
    outcomes = {outcome: int((where["outcome"] == outcome).sum()) for outcome in OUTCOMES}
    pending = made.header.pending
    summary = telling.summary(
        "no_go" if pending else "review" if outcomes["held"] else "go",
        _headline(made, outcomes, len(pending)),
        next_action=f"{SETTLE}; then plan again." if pending else "Preview who gains and loses what: step 05.",
        numbers=_numbers(outcomes, made.header.counts.get("link", 0)),
        tables=(_outcomes(outcomes, len(where)), _survivors(made)),
        charts=(_chart(outcomes),),
        checks=tell_checks(made.header.checks),
        notes=(f"The plan expires on {made.header.expires_at[:10]}.",),
        fingerprint=made.sha256,
    )
    facts = {
        "plan": made.sha256,
        "path": str(path),
        "operations": dict(made.header.counts),
        "held": outcomes["held"],
        "checks": [asdict(check) for check in made.header.checks],
    }
    return finish(run, summary, facts)


def make_plan(run: Run) -> tuple[Plan, pd.DataFrame]:
    """Return the plan for the current matches, accounts and decisions, and the DESTINATIONS of every account.

    Raises:
        InputError: Accounts live in a file: there is no database that a plan could be applied to; or the matches
            were made from another snapshot, other settings or other decisions, or by a wrong column.
    """
    source, matches, accounts, snapshot = open_database(run), load_matches(run), load_accounts(run), load_snapshot(run)
    made_from = {"snapshot_root": snapshot.manifest.root, "sheets": digest_sheets(run), "database": source.identity()}
    refuse_other_matches(run, **made_from)
    if doubts := find_doubts(accounts, run.district.accounts):
        raise InputError(
            "accounts were matched by a column that does not hold what the district file says",
            code="wrong_column",
            remedy="Correct the district file as each fault says, and match again.",
            faults=doubts,
        )
    survey = survey_database(source, run.district.merge)
    bindings = Bindings(
        tool=f"playbook {__version__}",
        district_id=run.district_id,
        database=source.identity(),
        schema_digest=source.schema_digest(),
        snapshot_root=snapshot.manifest.root,
        accounts_digest=digest_table(accounts),
        policy_digest=digest_policy(run),
        decisions_digest=decisions_digest(run),
        made_at=run.now(),
        found=survey.found,
    )
    made = plan_migration(
        matches.rows,
        accounts,
        merge=run.district.merge,
        layout=survey.layout,
        bindings=bindings,
        new_users=matches.new_users if run.district.merge.contacts == "create" else None,
        users=snapshot.users,
        relationships=snapshot.contact_relationships,
        standing=survey.standing,
    )
    return made, destinations(made, matches.rows, survey.standing)


def load_destinations(run: Run) -> pd.DataFrame:
    """Read what step 04 says becomes of every account."""
    return run.read_table(DESTINATIONS, "destinations.parquet", step=STEP)


def has_work(plan: Plan) -> bool:
    """Say whether a plan would write anything."""
    return bool((plan.rows["kind"] != "hold").any())


def planner_of(run: Run) -> str:
    """Return who made the plan."""
    return str(run.read_json(PLANNER, step=STEP)["planner"])


def _planner(run: Run, made: Plan) -> str:
    """Return who made the plan: whoever planned first, where the same plan came out again and she is known."""
    note = run.directory / PLANNER
    before = run.read_json(PLANNER, step=STEP) if note.exists() else {}
    return (before.get("plan") == made.sha256 and before["planner"]) or run.settings.operator


def _headline(made: Plan, outcomes: Mapping[str, int], pending: int) -> str:
    if pending:
        return f"{plural(pending, 'safety check')} stop{'s' * (pending == 1)} the plan."
    if not has_work(made):
        return f"Nothing is left to write: every certain account is settled, {outcomes['held']:,} wait."
    counts = made.header.counts
    folded = counts.get("alias", 0) + counts.get("move", 0)
    return (
        f"{plural(counts.get('link', 0), 'account')} get their v3 id, "
        f"{folded:,} are folded into another of the same person, {outcomes['held']:,} wait."
    )


def _numbers(outcomes: Mapping[str, int], links: int) -> tuple[Number, ...]:
    return (
        Number("get their v3 id", links),
        Number("folded", outcomes["folded"], "into another account of the same person"),
        Number("unchanged", outcomes["unchanged"], "students, and accounts on v3 already"),
        Number("held", outcomes["held"], "a person must decide"),
        Number("left", outcomes["left"], "no user to link to"),
    )


def _outcomes(outcomes: Mapping[str, int], total: int) -> CountTable:
    rows = [(outcome, count, SAYS[outcome]) for outcome, count in outcomes.items()]
    return CountTable(
        "What becomes of every account", ("outcome", "accounts", "what it says"), (*rows, ("sum", total, ""))
    )


def _survivors(made: Plan) -> CountTable:
    leads = made.rows[made.rows["account_id"].isin(made.rows.loc[made.rows["survivor_id"] != "", "survivor_id"])]
    counts = leads["reason"].value_counts().sort_index()
    rows = tuple((str(reason), int(count)) for reason, count in counts.items())
    return CountTable("Why each survivor was chosen", ("rule", "people"), rows)


def _chart(outcomes: Mapping[str, int]) -> Bars:
    bars = tuple(outcomes.items())
    return Bars("Accounts by outcome", bars, "Accounts by outcome: " + ", ".join(f"{o} {n:,}" for o, n in bars) + ".")
