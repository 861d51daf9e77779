"""One account's whole story, in words that a support person can read out."""

from __future__ import annotations

from dataclasses import dataclass

_MARKS = {"for": "+", "against": "!"}
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """One rule and what came of it.

    Attributes:
        rule: The rule's name.
        says: The rule in one sentence, which holds only where the outcome is "for" or "against".
        outcome: "for" a user, "against" the pair, "nothing", or "not asked".
        evidence: Which user it leads to and by what; ids, roles and masked names only.
    """

    rule: str
    says: str
    outcome: str
    evidence: str = ""

    def __str__(self) -> str:
        found = f" {self.evidence}" if self.evidence else ""
        return f"{_MARKS.get(self.outcome, '-')} {self.outcome}{found}: {self.says} ({self.rule})"


@dataclass(frozen=True, slots=True)
class Story:
    """What is known and decided about one account.

    Attributes:
        account_id: The account.
        person: Whose it is: a masked name, unless names were asked for, and the role.
        state: Its state.
        reason: The code of its reason.
        headline: The verdict in one sentence.
        says: What the reason means.
        remedy: What to do about it.
        asked: Every rule in its order, with what came of it.
        companions: The keys of the other accounts that the reason speaks of.
        plan: What the plan does to the account, one sentence each; empty before there is a plan.
        rights: Which rights change by it, one sentence each.
    """

    account_id: str
    person: str
    state: str
    reason: str
    headline: str
    says: str
    remedy: str
    asked: tuple[Asked, ...]
    companions: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """What the reason means, and which other accounts it speaks of."""
        if not self.companions:
            return self.says
        named, left = ", ".join(self.companions[:_MOST_NAMED]), len(self.companions) - _MOST_NAMED
        others = "The other account is" if len(self.companions) == 1 else "The other accounts are"
        return f"{self.says} {others} {named}{f' and {left:,} more' if left > 0 else ''}."

    @property
    def spoken(self) -> tuple[Asked, ...]:
        """The rules that spoke for a user or against the pair."""
        return tuple(asked for asked in self.asked if asked.outcome in _MARKS)

    def name_rules(self, outcome: str) -> str:
        """Return the names of the rules that have an outcome, in their order."""
        return ", ".join(asked.rule for asked in self.asked if asked.outcome == outcome)

    def __str__(self) -> str:
        parts = [
            self.headline,
            f"Why: {self.why}",
            f"What to do: {self.remedy}",
            *_section("The rules that spoke, in the order in which they are asked:", self._tell_rules()),
            *_section("The plan:", list(self.plan)),
            *_section("Rights:", list(self.rights)),
        ]
        return "\n".join(parts)

    def _tell_rules(self) -> list[str]:
        lines = [str(asked) for asked in self.spoken]
        if without := self.name_rules("nothing"):
            lines.append(f"asked, and found nothing: {without}")
        if silent := self.name_rules("not asked"):
            lines.append(f"not asked, because others had decided: {silent}")
        return lines


def _section(title: str, lines: list[str]) -> list[str]:
    return [title, *(f"  {line}" for line in lines)] if lines else []
