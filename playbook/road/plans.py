"""Plans on disk: the current one, and by their hashes all that anybody set out to carry out; a plan is never guessed.

The journal in the accounts database says what was done; here stands only what it was to be.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from playbook.errors import InputError
from playbook.merging.plan import Plan, read_plan
from playbook.run import Run

STEP = "04_merge_accounts"
PLAN = "plan.json"
KEPT = "plans"

SHORTEST = 12
"""So many characters of a hash are enough where only one plan begins with them."""


def load_plan(run: Run) -> Plan:
    """Read the current plan, the one that step 04 left."""
    return read_plan(run.made_by(STEP, PLAN).read_bytes())


def find_plan(run: Run, plan_hash: str) -> Plan:
    """Read the plan that a person named, current or kept.

    Args:
        run: The run.
        plan_hash: Its SHA-256, or the first characters of it, at least 12.

    Raises:
        InputError: The name is blank or too short (code `plan_unnamed`), or no plan here has it (code `altered`).
    """
    name, current = plan_hash.strip().lower(), load_plan(run)
    if len(name) < SHORTEST:
        raise _refusal(run, "plan_unnamed", "the plan was not named", current)
    named = {path.stem: path for path in _kept(run)} | {current.sha256: run.path(PLAN)}
    found = [path for sha256, path in named.items() if sha256.startswith(name)]
    if len(found) != 1:
        raise _refusal(run, "altered", "no plan in the run directory has the hash that was named", current)
    plan = read_plan(found[0].read_bytes())
    if not plan.sha256.startswith(name):
        raise _refusal(run, "altered", "the kept plan was edited", current)
    return plan


def settle_plan(run: Run, made: Plan, history: Collection[str]) -> Plan:
    """Return the current plan where a new one differs in its time alone: tickets and approvals hold on to its hash.

    Args:
        run: The run.
        made: The new plan.
        history: The plans that the database has seen; none of them is used again.
    """
    current = _current(run)
    if current is None or current.sha256 in history or current.header.is_expired(run.now()):
        return made
    began = datetime.fromisoformat(current.header.made_at)
    lifetime = datetime.fromisoformat(made.header.expires_at) - datetime.fromisoformat(made.header.made_at)
    header = replace(made.header, made_at=began.isoformat(), expires_at=(began + lifetime).isoformat())
    return current if header == current.header and made.rows.equals(current.rows) else made


def keep_plan(run: Run, plan: Plan) -> None:
    """Keep a plan that is about to be carried out: the next plan takes its place, its undo still needs it."""
    run.write_text(plan.text.decode(), KEPT, f"{plan.sha256}.json")


def _current(run: Run) -> Plan | None:
    """Return the current plan; none where there is none yet, or none that this version can read."""
    try:
        return load_plan(run)
    except InputError:
        return None


def _kept(run: Run) -> list[Path]:
    return sorted((run.directory / KEPT).glob("*.json"))


def _refusal(run: Run, code: str, message: str, current: Plan) -> InputError:
    return InputError(
        message,
        code=code,
        remedy=f"Name the current plan, --plan {current.sha256}, or one that was applied; never edit a plan.",
        district_id=run.district_id,
        step=STEP,
    )
