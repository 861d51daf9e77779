"""A walk gets on, or it ends."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from playbook.clever.progress import Progress
from playbook.errors import CleverError

Pages = list[tuple[list[str], str]]

ENDS: list[Pages] = [
    [([], "")],
    [(["a"], "")],
    [(["a", "b"], "/2"), (["c"], "/3"), ([], "")],
    [(["a", "b"], "/2"), ([], "/3"), (["c"], "/4"), ([], "/5"), (["d"], "")],
    [(["a", "b"], "/2"), (["b", "c"], "/3"), (["c", "d"], "")],
]
STUCK: list[Pages] = [
    [(["a"], "/1")],
    [(["a"], "/2"), (["a"], "/3")],
    [(["b"], "/2"), (["a"], "/3")],
    [(["a"], "/2"), ([], "/3"), ([], "/4")],
    [(["a"], "/2"), (["b"], "/3"), (["a", "c"], "/4")],
    [(["a"], "/2"), (["b"], "/2")],
    [(["b", "a"], "/2")],
    [(["a"], "/2"), (["c", "b"], "")],
]


@pytest.mark.parametrize(("pages", "is_stuck"), [(p, False) for p in ENDS] + [(p, True) for p in STUCK])
def test_pages_must_lead_on(pages: Pages, is_stuck: bool) -> None:
    """Rising to the end is well; standing still, falling back and leading nowhere are not, at the very page."""
    progress = Progress("/1")
    for ids, following in pages[:-1]:
        progress.check(ids, following)

    with pytest.raises(CleverError, match="no progress") if is_stuck else nullcontext():
        progress.check(*pages[-1])


def test_a_stretch_begins_above_its_lower_bound() -> None:
    """A server that passes over a cursor shows itself on the first page."""
    with pytest.raises(CleverError):
        Progress("/1", highest="c", floor="c").check(["a", "d"], "/2")
    Progress("/1", highest="c", floor="c").check(["d"], "/2")


def test_a_walk_that_goes_on_forgives_what_the_last_page_had() -> None:
    """The page before was kept by an earlier run; its records may come once more, earlier ones may not."""
    Progress("/3", highest="f", floor="c").check(["e", "g"], "/4")
    with pytest.raises(CleverError):
        Progress("/3", highest="f", floor="c").check(["b", "g"], "/4")


def test_far_more_records_than_were_counted_end_the_walk() -> None:
    """Half as many again, and some, are still believed."""
    progress = Progress("/1", expected=10)
    progress.check([f"{number:06}" for number in range(20_000)], "/2")
    with pytest.raises(CleverError, match="far more records"):
        progress.check([f"{number:06}" for number in range(20_000, 20_020)], "/3")
