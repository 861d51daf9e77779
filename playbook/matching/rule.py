"""What a rule is: a name, the sentence that it stands for, and the function that follows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["proof", "objection", "suggestion", "absence"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of matching.

    Attributes:
        kind: Whether it proves a pair, stops a proven pair, only suggests one, or says why there is none.
        follow: The function that follows it; its docstring's first line is the rule.
        reason: The code that an account gets by an objection or an absence.
    """

    kind: Kind
    follow: Callable[..., Any]
    reason: str = ""

    @property
    def name(self) -> str:
        """What the rule is called in tables."""
        return self.follow.__name__

    @property
    def says(self) -> str:
        """The rule in one sentence."""
        return (self.follow.__doc__ or "").strip().splitlines()[0]

    def __str__(self) -> str:
        return f"{self.kind}: {self.name} - {self.says}"
