"""What a step says when it is done: a verdict, at most six numbers, small tables of counts; never a person.

The road writes one for each step into `summary/NN.json`; pages, notebooks, the command and the bundle only read it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Verdict = Literal["go", "review", "no_go"]
VERDICTS: Mapping[Verdict, str] = {"go": "GO", "review": "GO WITH REVIEW", "no_go": "NO-GO"}
MOST_NUMBERS = 6
HIDDEN_COUNT = "<10"


@dataclass(frozen=True, slots=True)
class Number:
    """One number that matters: what is counted, how many, and what it means in a few words.

    Attributes:
        hidden: The count is of fewer than ten people and is not told; `value` is zero then.
    """

    label: str
    value: int
    note: str = ""
    hidden: bool = False

    @property
    def shown(self) -> str:
        """The count as people read it."""
        return HIDDEN_COUNT if self.hidden else f"{self.value:,}"


@dataclass(frozen=True, slots=True)
class CountTable:
    """A small table of codes and counts, with a caption; every cell is text or a whole number."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """One horizontal bar chart: label to count, in the order in which they stand, and what it shows in a sentence."""

    title: str
    bars: tuple[tuple[str, int], ...]
    alt: str


@dataclass(frozen=True, slots=True)
class Check:
    """A named safety check: what it found, what to do, and whether the road stops at it."""

    name: str
    message: str
    remedy: str
    blocking: bool
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What one step found and did.

    Attributes:
        step: The notebook's name, such as `03_match_accounts`.
        title: The step's name for people.
        verdict: go, review (a person must look), or no_go (do not go on).
        headline: The answer in one sentence.
        changed: What was changed, in words; "Nothing was changed." where nothing was.
        next_action: What to do next, in one imperative sentence.
        district_id: Clever's id of the district.
        district_name: The district's name, as its file has it.
        made_at: ISO moment in UTC.
        seconds: How long the step took; zero under a frozen clock.
        fingerprint: The plan's SHA-256 where one exists.
        numbers: At most six.
    """

    step: str
    title: str
    verdict: Verdict
    headline: str
    changed: str
    next_action: str
    district_id: str
    district_name: str
    made_at: str
    seconds: float = 0.0
    fingerprint: str = ""
    numbers: tuple[Number, ...] = ()
    tables: tuple[CountTable, ...] = ()
    charts: tuple[Bars, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.numbers) > MOST_NUMBERS:
            raise ValueError(f"{self.step} shows more than {MOST_NUMBERS} numbers")

    def to_document(self) -> dict[str, Any]:
        """Return the summary as a JSON document."""
        return asdict(self)


def read_summary(path: Path) -> Summary:
    """Read one `summary/NN.json`."""
    return summary_of(json.loads(path.read_text(encoding="utf-8")))


def summary_of(document: Mapping[str, Any]) -> Summary:
    """Return the summary that a JSON document holds."""
    lists: dict[str, Any] = {
        "numbers": tuple(Number(**number) for number in document["numbers"]),
        "tables": tuple(_table(table) for table in document["tables"]),
        "charts": tuple(Bars(c["title"], tuple((b[0], b[1]) for b in c["bars"]), c["alt"]) for c in document["charts"]),
        "checks": tuple(Check(**check) for check in document["checks"]),
        "notes": tuple(document["notes"]),
    }
    return Summary(**{**document, **lists})


def _table(table: Mapping[str, Any]) -> CountTable:
    return CountTable(table["caption"], tuple(table["columns"]), tuple(tuple(row) for row in table["rows"]))


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict of a whole: its worst part's; go where there is none."""
    order: tuple[Verdict, ...] = ("go", "review", "no_go")
    return max(verdicts, key=order.index, default="go")
