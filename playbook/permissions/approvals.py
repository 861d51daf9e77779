"""The second pair of eyes: whoever planned may not approve, and an approval holds for one plan and its gains alone.

One gain more, less or other voids it, and so does time.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import pandas as pd

from playbook.errors import AnswerIsNo, InputError
from playbook.permissions.table import CHANGES

REFUSALS: Mapping[str, tuple[str, str]] = {
    "self_approved": (
        "the gains were approved by whoever made the plan",
        "Let a second person read the gains and approve them.",
    ),
    "planner_unknown": (
        "nobody knows who made the plan, so nobody can be a second person",
        "Set PLAYBOOK_OPERATOR to who you are, plan and preview again; then let somebody else approve.",
    ),
    "unapproved": (
        "the plan gives somebody rights that they lack, and nobody approved it",
        "Let a second person read the gains and approve them: playbook approve.",
    ),
    "other_plan": ("the approval is for another plan", "Let a second person approve the gains of this plan."),
    "gains_changed": ("the gains are not the ones that were approved", "Preview again and approve what it shows."),
    "approval_expired": ("the approval is too old", "Let a second person approve the gains again."),
}


@dataclass(frozen=True, slots=True)
class Approval:
    """That a second person approves a plan's gains.

    Attributes:
        plan: SHA-256 of the plan.
        gain_digest: What was approved, see `digest_gains`.
        gains: How many grants are gained.
        approver: Who approved; somebody else than the planner.
        approved_at: When, as an ISO moment in UTC.
        expires_at: Until when it holds, as an ISO moment in UTC.
    """

    plan: str
    gain_digest: str
    gains: int
    approver: str
    approved_at: str
    expires_at: str

    def as_record(self) -> dict[str, str | int]:
        """Return the approval as a JSON object; `Approval(**record)` reads it back."""
        return asdict(self)


def digest_gains(changes: pd.DataFrame) -> str:
    """Return the SHA-256 of all gains: who, by which login, gets what, and by which role.

    Args:
        changes: By the contract CHANGES; its order does not matter, kept grants and losses do not count.
    """
    gains = changes.loc[changes["change"] == "gain", sorted(set(CHANGES.columns) - {"reason", "user_id"})]
    return hashlib.sha256(json.dumps(sorted(gains.to_numpy().tolist())).encode()).hexdigest()


def approve_gains(
    plan: str, changes: pd.DataFrame, *, planner: str, approver: str, now: datetime, days: int = 7
) -> Approval:
    """Return a second person's approval of a plan's gains.

    Args:
        plan: SHA-256 of the plan.
        changes: What the plan changes, by the contract CHANGES.
        planner: Who made the plan.
        approver: Who approves it.
        now: The moment, with a time zone.
        days: For how many days it holds.

    Raises:
        InputError: The approver is not named.
        AnswerIsNo: The approver is the planner ("self_approved"), or nobody knows who planned ("planner_unknown").
    """
    if not _person(approver):
        raise InputError("nobody approves", code="approver_missing", remedy="Name who approves: --by.")
    if not _person(planner):
        raise _refusal("planner_unknown")
    if _person(approver) == _person(planner):
        raise _refusal("self_approved")
    gains = int((changes["change"] == "gain").sum())
    expires_at = now + timedelta(days=days)
    return Approval(plan, digest_gains(changes), gains, approver.strip(), now.isoformat(), expires_at.isoformat())


def check_approval(approval: Approval | None, *, plan: str, changes: pd.DataFrame, planner: str, now: datetime) -> None:
    """Return if the plan may give what it gives.

    Args:
        approval: A second person's approval, where there is one; not needed where nobody gains anything.
        plan: SHA-256 of the plan that is about to be applied.
        changes: What that plan changes, as it is previewed now.
        planner: Who made the plan.
        now: The moment, with a time zone.

    Raises:
        AnswerIsNo: It may not; the code is one of `REFUSALS`.
    """
    if not (changes["change"] == "gain").any():
        return
    if approval is None:
        raise _refusal("unapproved")
    if approval.plan != plan:
        raise _refusal("other_plan")
    if approval.gain_digest != digest_gains(changes):
        raise _refusal("gains_changed")
    if not _person(approval.approver) or _person(approval.approver) == _person(planner):
        raise _refusal("self_approved")
    if now >= datetime.fromisoformat(approval.expires_at):
        raise _refusal("approval_expired")


def _person(name: str) -> str:
    """Return a name as it counts: letter case, spaces and forms of the same letter make nobody a second person."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _refusal(code: str) -> AnswerIsNo:
    message, remedy = REFUSALS[code]
    return AnswerIsNo(message, code=code, remedy=remedy)
