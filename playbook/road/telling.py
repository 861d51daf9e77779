"""What every step's summary has in common: whose it is, when it was made, how long it took."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from playbook.errors import Fault
from playbook.merging import plan
from playbook.run import Run
from playbook.sharing.summary import Check, Summary, Verdict

NOTHING_CHANGED = "Nothing was changed."
SETTLE = "Follow each check's remedy, or write its name into [merge] acknowledge of the district file"


CORRECT = "Correct the district file as each check says, and run this step again."


class Telling:
    """Starts the clock of a step and makes its summary at the end.

    Args:
        run: The district's run.
        step: The notebook's name.
        title: The step's name for people.
    """

    def __init__(self, run: Run, step: str, title: str) -> None:
        self.run, self.step, self.title = run, step, title
        self.started = run.now()

    def summary(
        self, verdict: Verdict, headline: str, *, next_action: str, changed: str = NOTHING_CHANGED, **parts: Any
    ) -> Summary:
        """Return the summary; `parts` are its numbers, tables, charts, checks, notes and fingerprint."""
        finished = self.run.now()
        return Summary(
            step=self.step,
            title=self.title,
            verdict=verdict,
            headline=headline,
            changed=changed,
            next_action=next_action,
            district_id=self.run.district_id,
            district_name=self.run.district.district.name,
            made_at=finished.astimezone(UTC).isoformat(timespec="seconds"),
            seconds=round((finished - self.started).total_seconds(), 1),
            **parts,
        )


def plural(number: int, noun: str, many: str = "") -> str:
    """Return a number with its noun: 1 place, 2 places."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def tell_doubts(doubts: Iterable[Fault], *, stop: bool = True) -> tuple[Check, ...]:
    """Return columns that hold what the district file does not say, as checks."""
    return tuple(
        Check(doubt.where, f"{doubt.what}.", doubt.remedy, blocking=stop, acknowledged=False) for doubt in doubts
    )


def tell_checks(checks: Iterable[plan.Check]) -> tuple[Check, ...]:
    """Return safety checks as people read them: what was found, and in which tables and columns."""
    return tuple(Check(c.name, f"{c.told}.", c.remedy, c.blocking, c.acknowledged) for c in checks)
