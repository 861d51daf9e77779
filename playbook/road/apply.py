"""Step 07: do it, prove it, or take it back; a dry run unless somebody says execute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from playbook.accounts.source import DatabaseSource
from playbook.applying.apply import apply_plan
from playbook.applying.erasing import erased_plans
from playbook.applying.history import UNDONE, count_done, read_history
from playbook.applying.pace import Pace, Progress
from playbook.applying.result import Result
from playbook.applying.undo import plan_undo
from playbook.applying.verify import verify as verify_plan
from playbook.errors import AnswerIsNo, Fault
from playbook.merging.plan import Plan
from playbook.road.approve import rights_of
from playbook.road.context import open_database, open_keys
from playbook.road.done import Done, finish
from playbook.road.left_alone import count_refusals
from playbook.road.plan import has_work
from playbook.road.plans import PLAN, SHORTEST, find_plan, keep_plan, load_plan
from playbook.road.telling import NOTHING_CHANGED, Telling, plural
from playbook.run import Report, Run
from playbook.sharing.summary import CountTable, Number

STEP = "07_apply_and_verify"
TITLE = "Apply and verify"
EXECUTE = "Say execute, and type the plan's hash."
AGAIN = "Plan again when you are ready: step 04."

_STOPPED = {
    "stop_file": "Stopped because a file named stop stands in the run directory. ",
    "too_many_failures": "Stopped because too many actions were refused. ",
    "too_much_drift": "Stopped because too many accounts have changed since the plan was made: plan again. ",
}


def apply(run: Run, *, plan_hash: str, execute: bool = False, progress: Report | None = None) -> Done:
    """Carry the named plan out, or show what would be done.

    Raises:
        InputError: The plan was altered, or made for another district or database.
        AnswerIsNo: It is expired, stale, unapproved, already applied, or another apply holds the lock.
    """
    plan = find_plan(run, plan_hash)
    return _carry_out(run, plan, Telling(run, STEP, TITLE), execute=execute, progress=progress)


def apply_and_verify(run: Run, *, execute: bool = False, progress: Report | None = None) -> Done:
    """Apply the current plan as the notebook does: an earlier apply is an answer here, not a refusal."""
    plan, telling = load_plan(run), Telling(run, STEP, TITLE)
    if not has_work(plan):
        return _nothing_to_do(run, plan, telling)
    try:
        done = _carry_out(run, plan, telling, execute=execute, progress=progress)
    except AnswerIsNo as refusal:
        if refusal.code != "already_applied":
            raise
        return _verified(run, plan, telling, "This plan was applied before.")
    return _verified(run, plan, telling, done.summary.headline, done) if execute else done


def undo(run: Run, *, plan_hash: str, execute: bool = False, progress: Report | None = None) -> Done:
    """Take the named plan back, or show what would be taken back; what users wrote since is kept."""
    source = open_database(run)
    _refuse_erased(run, source, plan_hash)
    plan, telling = find_plan(run, plan_hash), Telling(run, STEP, "Undo")
    back = plan_undo(plan, source, made_at=run.now())
    run.write_text(back.text.decode(), "undo.json")
    result = _apply(run, back, source, execute=execute, progress=_reporting(progress, "undoing"))
    return _told(run, plan, telling, result, word="taken back", then=AGAIN)


def verify(run: Run, *, plan_hash: str | None = None) -> Done:
    """Recompute from the database whether a plan was carried out: the named one, else the last that was applied."""
    telling, history = Telling(run, STEP, "Verify"), read_history(open_database(run), run.district_id)
    standing = [sha256 for sha256, state in history.items() if state != UNDONE]
    if plan_hash is None and standing:
        plan_hash = standing[-1]
    if plan_hash is not None and not (run.directory / PLAN).exists():
        _refuse_erased(run, open_database(run), plan_hash)
    plan = load_plan(run) if plan_hash is None else find_plan(run, plan_hash)
    if plan.sha256 in standing:
        return _verified(run, plan, telling, "")
    if plan.sha256 in history:
        return _not_applied(run, plan, telling, "was applied and undone", then=AGAIN)
    return _not_applied(run, plan, telling, "was not applied", then="Apply the plan, dry first: step 07.")


def sql_of(run: Run, plan_hash: str, *, is_undo: bool = False) -> list[str]:
    """Return the statements that apply or undo would send, from the same path, for a database administrator."""
    plan, source = find_plan(run, plan_hash), open_database(run)
    if is_undo:
        plan = plan_undo(plan, source, made_at=run.now())
    statements: list[str] = []
    _apply(run, plan, source, execute=False, show=statements.append)
    return statements


def _refuse_erased(run: Run, source: DatabaseSource, plan_hash: str) -> None:
    """Say that what a plan wrote over was erased, before anybody looks for its file, which was erased as well."""
    name = plan_hash.strip().lower()
    if len(name) >= SHORTEST and any(plan.startswith(name) for plan in erased_plans(source, run.district_id)):
        raise AnswerIsNo(
            "what is kept of this plan was erased, so it can no longer be taken back or compared",
            code="journal_erased",
            remedy=f"Plan anew from what stands in the database now: {run.command('04')}",
            district_id=run.district_id,
            step=STEP,
        )


def _carry_out(run: Run, plan: Plan, telling: Telling, *, execute: bool, progress: Report | None) -> Done:
    if execute:
        keep_plan(run, plan)
    result = _apply(run, plan, open_database(run), execute=execute, progress=_reporting(progress, "applying"))
    return _told(run, plan, telling, result, word="done", then="Verify: playbook verify.")


def _apply(run: Run, plan: Plan, source: DatabaseSource, *, execute: bool, **watching: Any) -> Result:
    """Apply a plan or an undo; `pause` and `stop` in the run directory are files that a person may put there."""
    return apply_plan(
        plan,
        source,
        plan_hash=plan.sha256,
        district_id=run.district_id,
        now=run.now(),
        keys=open_keys(run, source),
        execute=execute,
        pace=Pace(
            pause_file=run.directory / "pause",
            stop_file=run.directory / "stop",
            on_drift=run.district.merge.on_drift,
            max_rows=run.district.merge.max_rows,
        ),
        **watching,
        **rights_of(run, plan),
    )


def _nothing_to_do(run: Run, plan: Plan, telling: Telling) -> Done:
    held = int((plan.rows["kind"] == "hold").sum())
    summary = telling.summary(
        "go",
        "Nothing is left to write: what earlier plans settled stands.",
        next_action="Hand over: step 08.",
        numbers=(Number("done", 0), Number("held", held, "a person must decide")),
        fingerprint=plan.sha256,
    )
    facts = {"plan": plan.sha256, "executed": False, "done": 0, "already": 0, "held": held, "failed": 0}
    return finish(run, summary, facts)


def _reporting(progress: Report | None, what: str) -> Callable[[Progress], None] | None:
    if progress is None:
        return None
    return lambda state: progress(what, state.done + state.failed, state.total)


def _told(run: Run, plan: Plan, telling: Telling, result: Result, *, word: str, then: str) -> Done:
    did = plural(result.done, "action")
    changed = (
        f"{did} {'was' if result.done == 1 else 'were'} {word} in the accounts database."
        if result.executed and result.done
        else NOTHING_CHANGED
    )
    headline = _STOPPED.get(result.stopped, "") + (
        f"{did} {word}, {result.held:,} held, {result.failed:,} refused."
        if result.executed
        else f"Dry run: {did} would be {word}."
    )
    summary = telling.summary(
        "no_go" if result.failed or result.stopped else "go",
        headline,
        changed=changed,
        next_action="Do what is said about each reason; the same command goes on from here."
        if result.failed or result.stopped
        else then
        if result.executed
        else EXECUTE,
        numbers=_numbers(result),
        tables=(count_refusals(left),) if (left := (*result.refusals, *result.kept)) else (),
        fingerprint=plan.sha256,
    )
    facts = {
        "plan": plan.sha256,
        "executed": result.executed,
        "done": result.done,
        "already": result.already,
        "held": result.held,
        "failed": result.failed,
        "kept": len(result.kept),
    }
    return finish(run, summary, facts)


def _numbers(result: Result) -> tuple[Number, ...]:
    return (
        Number("done" if result.executed else "would be done", result.done),
        Number("done before", result.already),
        Number("held", result.held, "a person must decide"),
        Number("refused", result.failed, "why, and what to do, stands below" if result.failed else ""),
        Number("kept", len(result.kept), "users changed it since"),
    )


def _not_applied(run: Run, plan: Plan, telling: Telling, what: str, *, then: str) -> Done:
    """Say so, instead of counting as faults what nobody has done."""
    faults = [f"this plan {what}"]
    run.write_json({"plan": plan.sha256, "ok": False, "faults": faults}, "verify.json")
    summary = telling.summary("no_go", f"This plan {what}.", next_action=then, fingerprint=plan.sha256)
    return finish(run, summary, {"plan": plan.sha256, "executed": False, "done": 0, "ok": False, "faults": faults})


def _found(faults: Sequence[Fault], triggered: Mapping[str, int]) -> tuple[CountTable, ...]:
    """What verify found and what it excused, by table and column; of which accounts stands in verify.json alone."""
    counts = Counter(fault.where for fault in faults)
    excused = "Written by acknowledged triggers beside the plan, which is no fault"
    tables = (
        CountTable("Where the database is not as the plan says", ("place", "faults"), tuple(sorted(counts.items()))),
        CountTable(excused, ("place", "rows"), tuple(sorted(triggered.items()))),
    )
    return tuple(table for table in tables if table.rows)


def _verified(run: Run, plan: Plan, telling: Telling, before: str, applied: Done | None = None) -> Done:
    """Verify after an apply, and let the summary say both."""
    source = open_database(run)
    triggered: dict[str, int] = {}
    faults = verify_plan(plan, source, keys=open_keys(run, source), tell=triggered.__setitem__)
    already = count_done(source, plan.sha256)
    found = {"ok": not faults, "faults": [str(fault) for fault in faults], "written_by_triggers": triggered}
    run.write_json({"plan": plan.sha256, **found}, "verify.json")
    held = int((plan.rows["kind"] == "hold").sum())
    proof = f"{plural(len(faults), 'fault')} found by verify." if faults else "The database is as the plan says."
    summary = telling.summary(
        "no_go" if faults else "go",
        " ".join(part for part in (before, proof) if part),
        changed=applied.summary.changed if applied else NOTHING_CHANGED,
        next_action="Restore what verify.json names, or undo the plan." if faults else "Hand over: step 08.",
        numbers=(
            *(applied.summary.numbers[:2] if applied else (Number("done before", already),)),
            Number("held", held, "a person must decide"),
            Number("faults", len(faults)),
        ),
        tables=_found(faults, triggered),
        fingerprint=plan.sha256,
    )
    facts = dict(applied.facts) if applied else {"plan": plan.sha256, "executed": False, "done": 0, "already": already}
    return finish(run, summary, {**facts, **found})
