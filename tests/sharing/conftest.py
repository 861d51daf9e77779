"""A run directory and summaries for the tests of what people see."""

from __future__ import annotations

import pytest

from playbook.sharing.summary import Bars, Check, CountTable, Number, Summary

HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://evil.example")',
    "O'Brien",
    "Null",
    "\u202egnp.exe",
    "zero\u200bwidth",
    "\x1b[31mred\x1b[0m",
    "{{ 7 * 7 }}",
    "محمد",
)


@pytest.fixture
def summaries() -> tuple[Summary, ...]:
    """What two steps said, with every kind of content."""
    return (make_summary("03_match_accounts", "go"), make_summary("04_merge_accounts", "review"))


def make_summary(step: str, verdict: str, *, label: str = "matched", count: int = 1180) -> Summary:
    """One step's summary in which every part stands."""
    return Summary(
        step=step,
        title="Match accounts",
        verdict=verdict,  # type: ignore[arg-type]
        headline="1,180 of 1,195 accounts have their v3 user.",
        changed="Nothing was changed.",
        next_action="Decide the 15 accounts in the review queue.",
        district_id="6385008f69df036e83e984a3",
        district_name="Example USD",
        made_at="2026-08-03T06:00:00+00:00",
        fingerprint="ab" * 32,
        numbers=(Number("accounts", 1195), Number("ties", 3, "two users for one old id")),
        tables=(CountTable("Accounts by state", ("state", "accounts"), ((label, count), ("tie", 3))),),
        charts=(Bars("Where accounts end", ((label, count), ("tie", 3)), "Most accounts are matched."),),
        checks=(Check("ties", "3 accounts have two users.", "Decide them.", blocking=True, acknowledged=False),),
        notes=("Students keep their id.",),
    )
