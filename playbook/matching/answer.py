"""One filled-in row of the review queue: what the reviewer answers, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from playbook.matching.reasons import EXPLANATIONS, Reason
from playbook.matching.table import DECISION_WORDS, DECISIONS
from playbook.tables import split


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A decided row as it came back; all fields are the cells of the REVIEW table.

    Attributes:
        own_hash: The hash of the evidence cells as they came back.
        is_repeated: Whether the sheet decides the account more than once.
    """

    account_id: str
    reason: str
    candidates: str
    evidence_hash: str
    decision: str
    user_id: str
    who: str
    when: str
    note: str
    own_hash: str
    is_repeated: bool

    def find_fault(self, present: Mapping[str, str]) -> str:
        """Return what is wrong with the answer, or nothing; a choice on evidence that is gone is not looked at.

        Args:
            present: The evidence hash of every account that waits for a decision now.
        """
        checks = (
            (self.is_repeated, "the account is decided more than once"),
            (self.own_hash != self.evidence_hash, "the evidence was altered"),
            (self.decision not in DECISION_WORDS, f"the decision is none of {', '.join(DECISION_WORDS)}"),
            (not (self.who.strip() and self.when.strip()), "who decided and when is missing"),
        )
        found = next((what for is_wrong, what in checks if is_wrong), "")
        is_standing = present.get(self.account_id) == self.evidence_hash
        return found or (self._find_wrong_choice() if is_standing else "")

    def as_decision(self) -> dict[str, str]:
        """Return the answer as a row of the DECISIONS table."""
        user_id, role = self.choose()
        named = {name: getattr(self, name) for name in DECISIONS.columns if name not in ("user_id", "role")}
        return {**named, "user_id": user_id, "role": role}

    def choose(self) -> tuple[str, str]:
        """Return the accepted candidate's user and role; blanks where no single candidate is meant."""
        if self.decision != "accept":
            return "", ""
        offered: dict[str, set[str]] = {}
        for candidate in split(self.candidates):
            user_id, role = (*candidate.split(" "), "")[:2]
            offered.setdefault(user_id, set()).update({role} - {"-"})
        only = next(iter(offered)) if len(offered) == 1 else ""
        user_id = self.user_id.strip().lower() or only
        if user_id not in offered:
            return "", ""
        return user_id, offered[user_id].pop() if len(offered[user_id]) == 1 else ""

    def _find_wrong_choice(self) -> str:
        if self.decision == "withdraw":
            return ""
        if self.decision == "separate":
            return "a user is named beside separate" if self.user_id.strip() else ""
        if not EXPLANATIONS[Reason(self.reason)].may_accept:
            return "this reason cannot be accepted, only kept separate"
        return (
            "" if self.choose()[0] else "the user is none of the candidates, or several stand there and none is named"
        )
