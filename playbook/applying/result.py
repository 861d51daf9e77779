"""What an apply or an undo came to: counts, refusals with their code and columns, and never a value."""

from __future__ import annotations

from dataclasses import dataclass, field

DRIFTED = frozenset({"changed", "row_missing", "v3_id_taken"})
"""Codes of an account that is not what the plan saw."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An action that was not taken, or a part of an undo that was not.

    Attributes:
        code: Why: `changed`, `unique_collision`, `lock_timeout`, …
        columns: The columns that it is about, as `table.column`.
    """

    position: int
    account_id: str
    code: str
    columns: tuple[str, ...]


@dataclass(slots=True)
class Result:
    """What an apply or an undo came to.

    Attributes:
        plan: The plan's SHA-256.
        executed: False for a dry run.
        total: Actions that the plan wants done; the held ones are not among them.
        done: Actions that happened now, or would happen.
        already: Actions that had happened before.
        held: Actions that wait for a person.
        failed: Actions that were refused, each in `refusals`.
        kept: For an undo, what users have written since and keep.
        drifted: Those of them whose account is not what the plan saw.
        stopped: Why the work ended early, or why it would have in earnest: `stop_file`, `too_many_failures`,
            `too_much_drift`; blank where it did not.
    """

    plan: str
    executed: bool
    total: int = 0
    done: int = 0
    already: int = 0
    held: int = 0
    failed: int = 0
    drifted: int = 0
    stopped: str = ""
    refusals: list[Refusal] = field(default_factory=list)
    kept: list[Refusal] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """True where something that the plan wants has not been done."""
        return self.done + self.already < self.total

    def refuse(self, refusals: list[Refusal]) -> None:
        """Count actions that were not taken."""
        self.failed += len(refusals)
        self.drifted += sum(refusal.code in DRIFTED for refusal in refusals)
        self.refusals += refusals

    def forget_refusals(self) -> None:
        """Count none: what was not taken is going to be tried again."""
        self.failed = self.drifted = 0
        self.refusals.clear()
