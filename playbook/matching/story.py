"""One account's whole story, in words that a support person can read out."""

from __future__ import annotations

from dataclasses import dataclass

ASKED = ("for", "against", "nothing", "not asked")
_MARKS = {"for": "+", "against": "!", "nothing": "-"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One rule and what came of it.

    Attributes:
        rule: The rule's name.
        says: The rule in one sentence.
        outcome: "for" a user, "against" the pair, "nothing", or "not asked".
        evidence: Which user it leads to and by what; ids, roles and masked names only.
    """

    rule: str
    says: str
    outcome: str
    evidence: str = ""

    def __str__(self) -> str:
        found = f" -> {self.evidence}" if self.evidence else ""
        return f"{_MARKS.get(self.outcome, ' ')} {self.rule} ({self.outcome}): {self.says}{found}"


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
    plan: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [
            self.headline,
            f"Why: {self.says}",
            f"What to do: {self.remedy}",
            *_section("The rules, in the order in which they are asked:", self._tell_rules()),
            *_section("The plan:", list(self.plan)),
            *_section("Rights:", list(self.rights)),
        ]
        return "\n".join(parts)

    def _tell_rules(self) -> list[str]:
        silent = [asked.rule for asked in self.asked if asked.outcome == "not asked"]
        spoken = [str(asked) for asked in self.asked if asked.outcome != "not asked"]
        return [*spoken, f"not asked, because others had decided: {', '.join(silent)}"] if silent else spoken


def _section(title: str, lines: list[str]) -> list[str]:
    return [title, *(f"  {line}" for line in lines)] if lines else []
