"""Are a column's values account keys, or do they only happen to look like some?

Account keys that are whole numbers lie in a range, of which accounts fill a part: the density. A column that has
nothing to do with accounts hits keys about as often as that. So a column is told by hitting more often than chance
explains (a Chernoff bound), by its name, or, where accounts fill their whole range, by spreading over all of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Set
from dataclasses import dataclass

MOSTLY = 0.5
NEARLY_ALL = 0.95
UNLIKELY = 1e-3
FEW = 10

_PEOPLE = (
    "user|account|member|person|people|profile|student|pupil|learner|teacher|staff|admin|contact|guardian|parent|"
    "author|owner|creator|actor|editor|grader|reviewer|approver|assignee|sender|recipient|uploader|customer|subject"
)
_NAMED = re.compile(rf"(^|_)({_PEOPLE})s?(_?(id|key|ref|fk|no))?s?$|_by(_id)?$")


@dataclass(frozen=True, slots=True)
class KeyRange:
    """How accounts' keys lie.

    Attributes:
        lowest: The lowest key where keys are whole numbers.
        highest: The highest.
        count: How many accounts there are.
        is_number: Keys are whole numbers; other keys are hit by chance never.
    """

    lowest: int
    highest: int
    count: int
    is_number: bool

    @property
    def width(self) -> int:
        """How many numbers the range holds."""
        return self.highest - self.lowest + 1

    @property
    def density(self) -> float:
        """Which part of the range accounts fill; 0 for keys that are no numbers."""
        return min(1.0, self.count / self.width) if self.is_number and self.count else 0.0


def is_named_like_a_reference(column: str, table: str) -> bool:
    """Say whether a column's name speaks of a person or of the accounts table."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column).lower()
    singular = table.lower().rstrip("s")
    return bool(_NAMED.search(snake)) or bool(re.search(rf"(^|_){re.escape(singular)}s?(_|$)", snake))


def is_telling(values: Set[str], hits: Set[str], keys: KeyRange, *, is_named: bool) -> bool:
    """Say whether a column's distinct values are account keys.

    Args:
        values: The distinct values, as text.
        hits: Those that are account keys.
        keys: How keys lie.
        is_named: The column's name says so.
    """
    share = len(hits) / len(values) if values else 0.0
    if share < MOSTLY:
        return False
    return is_named or _beats_chance(values, hits, keys) or _spreads(hits, share, keys)


def _beats_chance(values: Set[str], hits: Set[str], keys: KeyRange) -> bool:
    if not keys.is_number:
        return True
    near = [value for value in values if value.lstrip("-").isdigit() and keys.lowest <= int(value) <= keys.highest]
    chance, share = keys.density, len(hits) / max(len(near), 1)
    if share <= chance:
        return False
    divergence = math.inf if chance == 0 else share * math.log(share / chance)
    if share < 1:
        divergence += (1 - share) * math.log((1 - share) / (1 - chance))
    return math.exp(-len(near) * divergence) < UNLIKELY


def _spreads(hits: Set[str], share: float, keys: KeyRange) -> bool:
    if share < NEARLY_ALL or len(hits) < FEW:
        return False
    numbers = [int(hit) for hit in hits]
    return (max(numbers) - min(numbers)) / keys.width >= MOSTLY
