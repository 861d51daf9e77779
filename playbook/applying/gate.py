"""Whether a plan may be applied at all: each refusal has its own code, and nothing has been written when it comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from playbook.accounts.source import DatabaseSource
from playbook.errors import AnswerIsNo, InputError, PlaybookError
from playbook.merging.checks import refuse_pending
from playbook.merging.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Somebody's yes to the rights that a plan gives, bound to that plan and to exactly those rights.

    Attributes:
        plan: The plan's SHA-256.
        gains: The digest of the gains that were looked at.
        planned_by: Who made the plan; never the one who approves.
        expires_at: ISO moment after which the yes no longer counts.
    """

    plan: str
    gains: str
    planned_by: str
    approved_by: str
    expires_at: str

    def covers(self, plan: str, gains: str, now: datetime) -> bool:
        """Say whether this yes is for that plan and those gains, from a second person, and still good."""
        return (
            self.plan == plan
            and self.gains == gains
            and bool(self.approved_by)
            and self.approved_by != self.planned_by
            and now < datetime.fromisoformat(self.expires_at)
        )


def refuse_unfit(
    plan: Plan,
    source: DatabaseSource,
    *,
    plan_hash: str,
    district_id: str,
    now: datetime,
    gains: str = "",
    approvals: tuple[Approval, ...] = (),
) -> None:
    """Raise unless the plan is the one that was named, still good, and made for this district and database.

    Args:
        plan_hash: The SHA-256 that the person typed.
        gains: The digest of the rights that the plan gives; blank where it gives none.
        approvals: The yeses that were given.

    Raises:
        InputError: Codes `altered`, `wrong_district`, `wrong_database`.
        AnswerIsNo: Codes `expired`, `stale`, `unapproved`, `checks_pending`, `too_early`.
    """
    header = plan.header
    if plan.sha256 != plan_hash:
        raise _refusal(InputError, plan, "altered", "the plan is not the one that was named")
    if header.district_id != district_id:
        raise _refusal(InputError, plan, "wrong_district", "the plan was made for another district")
    if header.database != source.identity():
        raise _refusal(InputError, plan, "wrong_database", "the plan was made for another database")
    if header.is_expired(now):
        raise _refusal(AnswerIsNo, plan, "expired", f"the plan expired on {header.expires_at[:10]}")
    if header.retire_on and now.date().isoformat() < header.retire_on:
        raise _refusal(AnswerIsNo, plan, "too_early", f"old ids are retired on {header.retire_on}, not before")
    if header.schema_digest != source.schema_digest():
        raise _refusal(AnswerIsNo, plan, "stale", "the database's schema has changed since the plan was made")
    refuse_pending(header.checks, district_id=header.district_id)
    if gains and not any(approval.covers(plan.sha256, gains, now) for approval in approvals):
        raise _refusal(AnswerIsNo, plan, "unapproved", "the plan gives rights that nobody has approved")


_REMEDIES = {
    "altered": "Make the plan again and use the hash that it prints; never edit a plan.",
    "wrong_district": "Name the district file that the plan was made with.",
    "wrong_database": "Connect to the database that the plan was made for, or plan again for this one.",
    "expired": "Make the plan again.",
    "too_early": "Apply the plan on that day.",
    "stale": "Read the accounts and plan again.",
    "unapproved": "Let a second person approve the gains of this plan.",
}


def _refusal(kind: type[PlaybookError], plan: Plan, code: str, message: str) -> PlaybookError:
    return kind(message, code=code, remedy=_REMEDIES[code], district_id=plan.header.district_id, step="apply")
