"""The token's district: whether it is shared with us at all, and whether its data stood still while we read.

Source: https://dev.clever.com/docs/districts (state, pause, last_sync).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playbook.clever.oddities import Document
from playbook.clever.reading import read_document, read_documents
from playbook.clever.session import Session
from playbook.clever.together import both, together
from playbook.errors import CleverError, InputError

FROZEN = frozenset({"paused", "error"})
NOT_SHARED = frozenset({403, 404})
"""How Clever refuses what it does not share with the app, or what the app has no scope for."""


@dataclass(frozen=True, slots=True)
class DistrictMark:
    """What tells one state of a district's data from another.

    Attributes:
        district_id: Clever's id of the district.
        state: `running`, `pending`, `success`, `paused`, `error` or "".
        last_sync: When Clever last took the district's data over.
        newest_event: The newest event's id; "" where the app gets no events.
    """

    district_id: str
    state: str
    last_sync: str
    newest_event: str

    @property
    def data(self) -> tuple[str, str]:
        """What differs once the district's data does."""
        return self.last_sync, self.newest_event

    @property
    def is_frozen(self) -> bool:
        """Whether the district's data is not kept up at the moment."""
        return self.state in FROZEN


async def read_district(session: Session) -> Document:
    """Return the token's one district.

    Raises:
        CleverError: The token has no district, or more than one.
    """
    page = await session.get(session.target("/districts"), read_documents)
    if len(page.records) != 1:
        raise CleverError(
            f"the token reads {len(page.records)} districts instead of one",
            code="district_unshared",
            remedy="Check in Clever's dashboard that the district still shares its data with the app.",
            path=f"/{session.version}/districts",
        )
    return page.records[0]


def refuse_other_district(found: str, meant: str) -> None:
    """Return if the token's district is the one that is meant; a blank on either side says nothing.

    Raises:
        InputError: It is another one; code `other_district`.
    """
    if found and meant and found != meant:
        raise InputError(
            "the token belongs to another district than the one that the district file names",
            code="other_district",
            remedy="Refer to this district's own token in [clever] token, or correct [district] id.",
            district_id=meant,
        )


async def mark_district(session: Session) -> DistrictMark:
    """Return the district's mark of this moment; two requests at once."""
    district, newest = await both(read_district(session), read_newest_event(session))
    return make_mark(district, newest)


def make_mark(district: Document, newest_event: str) -> DistrictMark:
    """Return the mark of a district's record and the id of its newest event."""
    return DistrictMark(
        district_id=str(district.get("id") or ""),
        state=str(district.get("state") or ""),
        last_sync=str(district.get("last_sync") or ""),
        newest_event=newest_event,
    )


async def read_newest_event(session: Session) -> str:
    """Return the newest event's id; "" where there is none, or the app gets no events."""
    target = session.target("/events", {"ending_before": "last", "limit": 1})
    try:
        page = await session.get(target, read_documents)
    except CleverError as error:
        if error.status in {400, *NOT_SHARED}:  # events are opt-in
            return ""
        raise
    return page.ids[-1] if page.ids else ""


async def count_records(session: Session, lists: Sequence[str]) -> dict[str, int]:
    """Return how many records lists have, as far as Clever says so; one request each.

    Args:
        session: Where to ask.
        lists: The names of lists, the one first that must be readable.

    Raises:
        CleverError: The first list is refused, or any in a way that is no matter of sharing.
    """
    counts = await together([_count(session, f"/{name}", refusable=bool(place)) for place, name in enumerate(lists)])
    return {name: count for name, count in zip(lists, counts, strict=True) if count is not None}


async def _count(session: Session, path: str, *, refusable: bool) -> int | None:
    try:
        document = await session.get(session.target(path, {"limit": 1, "count": "true"}), read_document)
    except CleverError as error:
        if error.status == 400 or (refusable and error.status in NOT_SHARED):
            return None
        raise
    count = document.get("count")
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None
