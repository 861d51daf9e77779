"""Whether a walk over pages gets on: ids must rise from page to page, and no link may come twice.

Clever's lists ascend by id, so a page that ends where an earlier one ended, or below it, is a loop or a fault; both
end the walk at once instead of reading for ever. Records that are seen twice, because the district changed while we
read, are no fault: the newest wins later.

Source: https://dev.clever.com/docs/paging-and-limits.
"""

from __future__ import annotations

from collections.abc import Sequence

from playbook.clever.urls import path_template
from playbook.errors import CleverError

MOST_PAGES = 20_000


class Progress:
    """One walk's memory: how far it got, how many pages it took, and whether an empty page was forgiven already.

    Args:
        link: Where the walk starts.
        most_pages: More pages than any honest answer would take.
        highest: The highest id that was read already.
    """

    def __init__(self, link: str, most_pages: int = MOST_PAGES, highest: str = "") -> None:
        self._path = path_template(link)
        self._link = link
        self._pages_left = most_pages
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
        self._pages_left -= 1
        if following and following == self._link:
            raise self._stuck("the next link is the page's own")
        if following and self._pages_left <= 0:
            raise self._stuck("there are far more pages than records")
        if ids and max(ids) <= self._highest:
            raise self._stuck("a page leads no further than the one before")
        if not ids and following and self._was_empty:
            raise self._stuck("two pages in a row are empty and lead on")
        self._link, self._was_empty, self._highest = following, not ids, max(ids, default=self._highest)

    def _stuck(self, why: str) -> CleverError:
        return CleverError(
            f"the walk over {self._path} makes no progress: {why}",
            code="no_progress",
            remedy="Run it again later; if it stays, report the endpoint to Clever.",
            path=self._path,
        )
