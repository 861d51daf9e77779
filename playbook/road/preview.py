"""Step 05: who gains, keeps and loses what, and the gains that a second person must approve."""

from __future__ import annotations

import pandas as pd

from playbook.errors import AnswerIsNo
from playbook.merging.plan import Plan
from playbook.permissions.apart import DIVIDED, TOGETHER, count_divided, count_together, find_divided, find_together
from playbook.permissions.preview import Preview, preview_permissions
from playbook.permissions.table import CHANGES, GRANTS, VANISHED, VANISHES
from playbook.road.approve import note_preview, refuse_unapproved
from playbook.road.bindings import refuse_other_plan
from playbook.road.done import Done, finish
from playbook.road.former_roles import load_former_roles
from playbook.road.match import load_accounts, load_snapshot
from playbook.road.plan import load_destinations
from playbook.road.plans import load_plan
from playbook.road.telling import Telling, plural
from playbook.run import Report, Run
from playbook.sharing.summary import Bars, CountTable, Number
from playbook.tables import records

STEP = "05_preview_permissions"


def preview(run: Run, *, progress: Report | None = None) -> Done:
    """Compare everybody's rights before and after the plan; write grants, changes and the gains to approve."""
    telling = Telling(run, STEP, "Preview permissions")
    plan = load_plan(run)
    shown = make_preview(run, plan)
    for table, contract, name in (
        (shown.before, GRANTS, "grants_before.parquet"),
        (shown.after, GRANTS, "grants_after.parquet"),
        (shown.changes, CHANGES, "changes.parquet"),
        (shown.proposals, CHANGES, "proposals.parquet"),
        (shown.vanished, VANISHED, "vanished.parquet"),
    ):
        run.write_table(table, contract, "permissions", name)
    note_preview(run, plan, shown.changes)
    counts, apart = shown.counts, run.district.permissions.apart
    together, divided = find_together(shown.changes, apart), find_divided(shown.changes, apart)
    if apart:
        run.write_table(together, TOGETHER, "permissions", "together.parquet")
        run.write_table(divided, DIVIDED, "permissions", "divided.parquet")
    pending = _pending(run, shown, plan)
    summary = telling.summary(
        "no_go" if len(together) else "review" if pending or counts["losses"] or len(divided) else "go",
        _headline(shown),
        next_action="Change [permissions] mode or grants, or hold these accounts; then plan and preview again."
        if len(together)
        else "Let a second person approve the gains: playbook approve."
        if pending
        else "Rehearse sign-in and events: step 06.",
        numbers=(
            Number("gains", counts["gains"], "a login reaches what it did not reach"),
            Number("losses", counts["losses"], "a login no longer reaches what it reached"),
            Number("kept", counts["kept"]),
            Number("logins that gain", counts["logins_gaining"]),
            Number("logins that lose", counts["logins_losing"]),
        ),
        tables=(_witnesses(shown), *_together(together), *_divided(divided), *_vanished(shown)),
        charts=(Bars("Rights by what becomes of them", *_bars(shown)),),
        notes=_notes(run, shown),
        fingerprint=plan.sha256,
    )
    facts = {key: counts[key] for key in ("gains", "losses", "kept")} | {"approved": not pending, "plan": plan.sha256}
    return finish(run, summary, facts)


def make_preview(run: Run, plan: Plan) -> Preview:
    """Compute the preview from what the earlier steps left.

    Raises:
        InputError: They left it for another plan (code `stale_plan`).
    """
    snapshot, accounts = load_snapshot(run), load_accounts(run)
    refuse_other_plan(run, plan, snapshot_root=snapshot.manifest.root, accounts=accounts)
    return preview_permissions(
        run.district.permissions,
        snapshot.roles,
        snapshot.sections,
        snapshot.schools,
        accounts,
        load_destinations(run),
        district_id=run.district_id,
        former=load_former_roles(run),
    )


def _pending(run: Run, shown: Preview, plan: Plan) -> bool:
    try:
        refuse_unapproved(run, plan, shown.changes)
    except AnswerIsNo:
        return True
    return False


def _headline(shown: Preview) -> str:
    counts = shown.counts
    if shown.verdict == "pass":
        return f"No login gains a right; {plural(counts['losses'], 'right')} would be lost, {counts['kept']:,} stay."
    logins, they = plural(counts["logins_gaining"], "login"), "it" if counts["logins_gaining"] == 1 else "they"
    return f"{logins} would reach {plural(counts['gains'], 'right')} that {they} lacked; a second person must approve."


def _witnesses(shown: Preview) -> CountTable:
    columns = ("change", "action", "scope_kind", "because", "rows", "logins")
    rows = tuple(tuple(row[column] for column in columns) for row in records(shown.witnesses))
    return CountTable("Gains and losses by kind", ("change", "action", "scope", "because of", "rights", "logins"), rows)


def _vanished(shown: Preview) -> tuple[CountTable, ...]:
    """The roles that Clever no longer shows; whose they were stands in permissions/vanished.parquet alone."""
    counts = shown.vanished.groupby(["role", "reason"]).size().reset_index(name="logins")
    rows = tuple((row["role"], row["logins"], VANISHES[row["reason"]]) for row in records(counts))
    caption = "Roles that logins have and Clever no longer shows; what they gave is among the losses"
    return (CountTable(caption, ("role", "logins", "what it says"), rows),) if rows else ()


def _together(together: pd.DataFrame) -> tuple[CountTable, ...]:
    """The pairs that must stay apart; which logins they are of stands in permissions/together.parquet alone."""
    rows = tuple(count_together(together))
    return (CountTable("Rights that nobody may hold together", ("one", "other", "logins"), rows),) if rows else ()


def _divided(divided: pd.DataFrame) -> tuple[CountTable, ...]:
    """The pairs that people hold by several logins; who they are stands in permissions/divided.parquet alone."""
    rows = tuple(count_divided(divided))
    caption = "Rights that nobody may hold together, and people hold by several logins of theirs"
    return (CountTable(caption, ("one", "other", "people"), rows),) if rows else ()


def _bars(shown: Preview) -> tuple[tuple[tuple[str, int], ...], str]:
    bars = tuple((name, shown.counts[key]) for name, key in (("kept", "kept"), ("gained", "gains"), ("lost", "losses")))
    return bars, ", ".join(f"{count:,} {name}" for name, count in bars) + "."


def _notes(run: Run, shown: Preview) -> tuple[str, ...]:
    notes = [f"Several roles of one person combine by the mode {run.district.permissions.mode}."]
    if shown.counts["proposals"]:
        notes.append(
            f"The mode union would add {plural(shown.counts['proposals'], 'right')}; nobody gets them by itself."
        )
    if shown.counts["unknown_logins"]:
        notes.append(f"{plural(shown.counts['unknown_logins'], 'login')} belong to no user; no rights were compared.")
    notes += [
        f"The grant {row['action']}:{row['scope_kind']} of {row['because']} was not compared: "
        f"the snapshot does not say in which {row['scope_kind']}s a {row['because'].replace('_', ' ')} is."
        for row in records(shown.unplaced)
    ]
    return tuple(notes)
