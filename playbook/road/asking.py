"""Questions about what is known: one account's whole story, and what moved since the cut-over."""

from __future__ import annotations

from playbook.applying.history import UNDONE, read_history
from playbook.clever.judgement import judge_snapshot
from playbook.clever.snapshot import fetch_snapshot, read_snapshot
from playbook.cutover.watch import ACTING, CODES, WATCH
from playbook.cutover.watch import watch as compare
from playbook.errors import AnswerIsNo, Fault
from playbook.matching.story import Story
from playbook.matching.why import explain_account
from playbook.merging.table import DESTINATIONS
from playbook.permissions.table import CHANGES
from playbook.road.context import open_accounts, open_clever, open_database
from playbook.road.done import Done
from playbook.road.match import load_accounts, load_mapping, load_matches, load_snapshot
from playbook.road.plan import has_work, load_destinations
from playbook.road.plans import load_plan
from playbook.road.telling import Telling, plural
from playbook.run import Report, Run, make_private_directory
from playbook.sharing.coded_accounts import resolve_code
from playbook.sharing.summary import CountTable, Number
from playbook.tables import read_parquet

WATCH_STEP = "watch"


def explain(run: Run, account: str, *, show_names: bool = False) -> Story:
    """Tell everything that is known and decided about one account, as far as the road was walked.

    Args:
        run: The run.
        account: The account's id, or the code under which a share bundle of this run tells it.
        show_names: Whether names are written out instead of masked.

    Raises:
        InputError: No account has this id or code.
        StepMissing: Accounts were not matched yet.
    """
    snapshot = load_snapshot(run)
    where = run.directory / "destinations.parquet"
    changes = run.directory / "permissions" / "changes.parquet"
    return explain_account(
        resolve_code(run, account.strip().lower()) or account,
        load_matches(run),
        load_accounts(run),
        snapshot.users,
        snapshot.roles,
        district_id=run.district_id,
        mapping=load_mapping(run),
        destinations=read_parquet(where, DESTINATIONS) if where.exists() else None,
        changes=read_parquet(changes, CHANGES) if changes.exists() else None,
        show_names=show_names,
    )


def watch(run: Run, *, fallbacks: int = -1, accept_loss: bool = False, progress: Report | None = None) -> Done:
    """Read the district and the accounts again, and say what changed since the plan's snapshot.

    Args:
        run: The run whose plan was applied.
        fallbacks: The application's own counter of sign-ins by legacy id; -1 where it has none.
        accept_loss: A person has said that a mass disappearance is true.
        progress: Takes what is being read.

    Raises:
        StepMissing: There is no snapshot or no plan to compare with; nothing was read or written.
        AnswerIsNo: The plan was not carried out, the district could not be read whole, or its people are gone in a
            mass, so nothing can be said.
    """
    before, planned = load_snapshot(run), load_destinations(run)
    _refuse_undone(run)
    telling = Telling(run, WATCH_STEP, "Watch after cut-over")
    directory = run.path(WATCH_STEP, "snapshot", "manifest.json").parent
    make_private_directory(directory, root=run.directory)
    with open_clever(run) as clever:
        manifest = fetch_snapshot(
            clever,
            directory,
            now=run.now(),
            progress=progress,
            accept_loss=accept_loss,
            district_id=run.district_id,
        )
    if not manifest.complete:
        raise AnswerIsNo(
            "the district could not be read whole, so nothing can be compared",
            code="snapshot_partial",
            remedy="Run the same command again; it goes on where it stopped.",
            district_id=run.district_id,
        )
    refusals = manifest.faults if manifest.verdict == "no_go" else ()
    now = read_snapshot(directory)
    if not accept_loss:
        refusals = refusals or tuple(map(str, judge_snapshot(before, now)))
    if refusals:
        raise AnswerIsNo(
            "people are gone in a mass, which is a fault to look into and no list of departures",
            code="snapshot_refused",
            remedy="Check what the district shares; if the loss is true, watch again with --accept-loss.",
            district_id=run.district_id,
            faults=[Fault("the district", told) for told in refusals],
        )
    watched = compare(
        before.roles,
        now.roles,
        open_accounts(run).read(),
        planned,
        fallbacks=fallbacks,
    )
    run.write_table(watched.findings, WATCH, WATCH_STEP, "findings.parquet")
    to_act = sum(watched.counts[code] for code in ACTING)
    rows = tuple((code, count, CODES[code]) for code, count in watched.counts.items() if count)
    summary = telling.summary(
        "no_go" if watched.verdict == "act" else "go",
        f"{plural(to_act, 'finding')} need somebody." if to_act else "Nothing that moved needs anybody.",
        next_action="Follow what each finding says." if to_act else "Look again after the next sync.",
        numbers=(Number("findings", len(watched.findings)), Number("to act on", to_act)),
        tables=(CountTable("What moved since the plan", ("finding", "how many", "what it says"), rows),),
        notes=(_fallback(fallbacks),),
    )
    return Done(summary, {"counts": dict(watched.counts), "fallbacks": fallbacks})


def _refuse_undone(run: Run) -> None:
    """Raise if what the plan writes is not in the database: every account of it would seem to have lost its id.

    Raises:
        AnswerIsNo: Code `not_applied`.
    """
    plan = load_plan(run)
    state = read_history(open_database(run), run.district_id).get(plan.sha256, UNDONE)
    if has_work(plan) and state == UNDONE:
        raise AnswerIsNo(
            "the plan was not carried out, or was taken back, so there is nothing to look after yet",
            code="not_applied",
            remedy=f"Apply plan {plan.sha256[:12]} first, or plan again, apply that, and watch then.",
            district_id=run.district_id,
        )


def _fallback(fallbacks: int) -> str:
    if fallbacks < 0:
        return "The application's counter of sign-ins by legacy id was not given (--fallbacks)."
    return f"{plural(fallbacks, 'sign-in')} fell back to a legacy id since the last look."
