"""Taking a plan back: a plan of its own, made from the journal, that keeps what users have changed since.

Every cell that the plan wrote is put back only where it still holds what the plan wrote; where a user has changed it
since, that action is refused with the column's name and everything else goes on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from playbook.accounts.engine import reading
from playbook.accounts.source import DatabaseSource
from playbook.applying.journal import RUNS, done_positions, find_run
from playbook.applying.run_keys import refuse_erased
from playbook.errors import AnswerIsNo
from playbook.merging.operations import KINDS, REVERSES
from playbook.merging.plan import Plan, seal_plan


def plan_undo(plan: Plan, source: DatabaseSource, *, made_at: datetime, expires_days: int = 7) -> Plan:
    """Return the plan that takes back what an applied plan did; each action keeps its position, the last goes first.

    Args:
        plan: The plan that was applied, wholly or in part.
        source: The accounts database.
        made_at: The moment, with its time zone.
        expires_days: How long the undo plan is good for.

    Raises:
        AnswerIsNo: Code `never_applied`: the plan has done nothing here, or has been undone; or `journal_erased`.
        DatabaseError: The database refuses.
    """
    with reading(source.engine) as connection:
        has_journal = connection.dialect.has_table(connection, RUNS.name)
        found = find_run(connection, plan.sha256) if has_journal else None
        if found and found[1] != "undone":
            refuse_erased(connection, found[0])
        done = done_positions(connection, found[0]) if found and found[1] != "undone" else set()
    if not done:
        raise AnswerIsNo(
            "there is nothing to undo",
            code="never_applied",
            remedy="Name the plan that was applied to this database.",
            district_id=plan.header.district_id,
            step="undo",
        )
    rows = plan.rows[plan.rows["position"].isin(done)]
    reversed_kinds = rows["kind"].map({kind: REVERSES[KINDS[kind]].kind for kind in KINDS})
    header = replace(
        plan.header,
        undoes=plan.sha256,
        checks=(),
        retire_on="",
        made_at=made_at.isoformat(),
        expires_at=(made_at + timedelta(days=expires_days)).isoformat(),
    )
    return seal_plan(header, rows.assign(kind=reversed_kinds))
