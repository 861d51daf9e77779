"""The rights that a plan gives, as its preview found them, and a second person's yes to exactly those.

Both are kept by the plan's hash: what was previewed or approved for one plan says nothing about another.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from playbook.applying import gate
from playbook.errors import AnswerIsNo
from playbook.merging.plan import Plan
from playbook.permissions.apart import count_together, find_together, refuse_together
from playbook.permissions.approvals import Approval, approve_gains, check_approval, digest_gains
from playbook.permissions.table import CHANGES
from playbook.road.bindings import digest_policy
from playbook.road.plan import planner_of
from playbook.road.plans import STEP as PLANNED
from playbook.road.plans import find_plan
from playbook.run import Run

PREVIEW = "05_preview_permissions"


def note_preview(run: Run, plan: Plan, changes: pd.DataFrame) -> None:
    """Keep which gains the preview of a plan found, which of them must stay apart, and whose plan it is."""
    gains = digest_gains(changes) if (changes["change"] == "gain").any() else ""
    together = count_together(find_together(changes, run.district.permissions.apart))
    document = {"gains": gains, "plan": plan.sha256, "planner": planner_of(run), "together": together}
    run.write_json(document, *_place("previewed", plan))


def approve(run: Run, *, plan_hash: str, approver: str) -> dict[str, Any]:
    """Record that a second person approves the gains of a plan, as its preview showed them.

    Raises:
        InputError: No plan here has that hash.
        AnswerIsNo: The approver made the plan, nobody knows who made it, it was not previewed as it is now, or it
            gives rights together that [permissions] keeps apart.
    """
    plan = find_plan(run, plan_hash)
    previewed = _read_preview(run, plan)
    refuse_together(previewed.get("together", ()))
    changes = run.read_table(CHANGES, "permissions", "changes.parquet", step=PREVIEW)
    if previewed["gains"] and previewed["gains"] != digest_gains(changes):
        raise _unpreviewed(run, "the last preview was of another plan")
    approval = approve_gains(
        plan.sha256, changes, planner=previewed["planner"], approver=approver, now=run.now()
    ).as_record()
    run.write_json(approval, *_place("approved", plan))
    return approval


def refuse_unapproved(run: Run, plan: Plan, changes: pd.DataFrame) -> None:
    """Return if nobody gains anything, or a second person approved exactly that.

    Raises:
        AnswerIsNo: Nobody did; the code says why.
    """
    check_approval(_read_approval(run, plan), plan=plan.sha256, changes=changes, planner=planner_of(run), now=run.now())


def rights_of(run: Run, plan: Plan) -> dict[str, Any]:
    """Return the gains that a plan gives and the approvals of them, as applying asks for both.

    Raises:
        AnswerIsNo: The plan was not previewed, or [permissions] says something else since (code `unpreviewed`); or
            it gives rights together that are to stay apart (code `rights_together`).
    """
    if plan.header.undoes:
        return {}
    previewed, given = _read_preview(run, plan), _read_approval(run, plan)
    refuse_together(previewed.get("together", ()))
    if not previewed["gains"]:
        return {}
    approvals = (
        gate.Approval(
            plan=approval.plan,
            gains=approval.gain_digest,
            planned_by=previewed["planner"],
            approved_by=approval.approver,
            expires_at=approval.expires_at,
        )
        for approval in (given,)
        if approval
    )
    return {"gains": previewed["gains"], "approvals": tuple(approvals)}


def _read_preview(run: Run, plan: Plan) -> dict[str, Any]:
    place = _place("previewed", plan)
    if not run.directory.joinpath(*place).exists():
        raise _unpreviewed(run, "nobody has seen yet which rights this plan gives")
    if plan.header.policy_digest != digest_policy(run):
        raise _unpreviewed(run, "[permissions] has changed since the plan was made", PLANNED)
    return run.read_json(*place, step=PREVIEW)


def _read_approval(run: Run, plan: Plan) -> Approval | None:
    place = _place("approved", plan)
    return Approval(**run.read_json(*place, step=PREVIEW)) if run.directory.joinpath(*place).exists() else None


def _place(what: str, plan: Plan) -> tuple[str, str, str]:
    return ("permissions", what, f"{plan.sha256}.json")


def _unpreviewed(run: Run, message: str, step: str = PREVIEW) -> AnswerIsNo:
    return AnswerIsNo(
        message,
        code="unpreviewed",
        remedy=f"Preview this plan first: {run.command(PREVIEW)}"
        if step == PREVIEW
        else f"Plan again, then preview: {run.command(step)}",
        district_id=run.district_id,
        step=step,
    )
