"""Whether a walk over pages gets on: ids must rise from page to page, and no link may lead back.

Clever's lists ascend by id, so a page that ends where an earlier one ended, or below it, is a loop or a fault, and one
whose ids do not rise has a cursor that may leave records out; all end the walk at once instead of reading for ever. A
record of the page before that comes once more is no fault: the district changed while we read, and the newest wins.

Source: https://dev.clever.com/docs/paging-and-limits.
"""

from __future__ import annotations

from collections.abc import Sequence

from playbook.clever.urls import path_template
from playbook.errors import CleverError

MOST_RECORDS = 100_000_000
_SLACK = 20_000


class Progress:
    """One walk's memory: how far it got, how much it brought, and whether an empty page was forgiven already.

    Args:
        link: Where the walk starts.
        highest: The highest id that was read already.
        floor: Only ids above it may come; those between it and the highest were on the page before.
        expected: How many records the list has, where Clever said so.
    """

    def __init__(self, link: str, *, highest: str = "", floor: str = "", expected: int | None = None) -> None:
        self._path = path_template(link)
        self._link = link
        self._left = MOST_RECORDS if expected is None else expected + expected // 2 + _SLACK
        self._floor = floor
        self._highest = highest
        self._was_empty = False

    def check(self, ids: Sequence[str], following: str) -> None:
        """Take note of a page.

        Args:
            ids: The page's ids.
            following: The link to the next page, "" on the last.

        Raises:
            CleverError: The page does not lead on from the one before, or the walk does not end.
        """
        self._left -= len(ids)
        if following and following == self._link:
            raise self._stuck("the next link is the page's own")
        if self._left < 0:
            raise self._stuck("it brings far more records than the list has")
        if not ids and following and self._was_empty:
            raise self._stuck("two pages in a row are empty and lead on")
        if list(ids) != sorted(ids):
            raise self._stuck("the ids of a page do not rise")
        if ids and ids[-1] <= self._highest:
            raise self._stuck("a page leads no further than the one before")
        if ids and ids[0] <= self._floor:
            raise self._stuck("a page begins before the one before it")
        if ids:
            self._floor, self._highest = self._highest, ids[-1]
        self._link, self._was_empty = following, not ids

    def _stuck(self, why: str) -> CleverError:
        return CleverError(
            f"the walk over {self._path} makes no progress: {why}",
            code="no_progress",
            remedy="Run it again later; if it stays, report the endpoint to Clever.",
            path=self._path,
        )
