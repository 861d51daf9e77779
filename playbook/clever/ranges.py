"""Several stretches of one list read at once, from cursors that are ids which we know.

Lists ascend by id, so the ids of an earlier snapshot, or of the accounts, cut the list into stretches of like size;
cuts at even distances would not, for ids cluster by the time of creation. A cursor that Clever did not hand out itself
is not promised to work: a probe must show it, and each stretch must prove that it joins the next, or the list is read
from one end to the other.

Source: https://dev.clever.com/docs/paging-and-limits (ranges by id, ascending).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from playbook.clever.beginning import Stretch
from playbook.clever.kinds import USERS
from playbook.clever.reading import read_users
from playbook.clever.session import PAGE_LIMIT, Session
from playbook.clever.together import together
from playbook.clever.walks import Walk
from playbook.district import CLEVER_ID, ROLES
from playbook.errors import CleverError

SIDE_BY_SIDE = 12
"""So many stretches are read at once; more would wait for the processor instead of for Clever."""
_PAGES = 4
"""A stretch's pages in a large district. Short stretches end one after the other, so that the tables grow meanwhile."""
_FILL = 0.97
"""How full the pages of a stretch are: what Clever sends beyond its end is wasted, and people join."""
_SAMPLE = 50_000
"""So many of the known ids place the cuts well enough; to sort a million takes a second."""


async def divide(session: Session, parallel: str, known_ids: Sequence[str]) -> tuple[Stretch, ...]:
    """Return the walks over users: as asked for where that is worth while and shown to work, else one."""
    if parallel == "roles":
        return by_role()
    stretches = by_ranges(known_ids) if parallel == "ranges" else ()
    return stretches if len(stretches) > 1 and await honours_any_cursor(session) else whole_list()


def mode_of(stretches: Sequence[Stretch]) -> str:
    """Return how users are read by these walks: `off`, `roles` or `ranges`."""
    if len(stretches) == 1:
        return "off"
    return "roles" if stretches[0].role else "ranges"


def groups_of(stretches: Sequence[Stretch]) -> list[list[Walk]]:
    """Return the walks in groups that follow one another in the order of the ids; those of one group overlap."""
    walks = [Walk(s.name, USERS, role=s.role, after=s.after, until=s.until) for s in stretches]
    return [walks] if mode_of(stretches) == "roles" else [[walk] for walk in walks]


def whole_list() -> tuple[Stretch, ...]:
    """Return the one walk over all users."""
    return (Stretch("users"),)


def by_role() -> tuple[Stretch, ...]:
    """Return one walk a role; a person with two roles is read twice, and stands once in the tables."""
    return tuple(Stretch(f"users-{role}", role=role) for role in ROLES)


def by_ranges(known_ids: Sequence[str]) -> tuple[Stretch, ...]:
    """Return walks that together cover every id exactly once, cut at quantiles of the known ids.

    Args:
        known_ids: Any ids, in any order; those that are no Clever ids are passed over.
    """
    step = max(1, len(known_ids) // _SAMPLE)
    ids = sorted({id_ for id_ in known_ids[::step] if CLEVER_ID.fullmatch(id_)})
    count = max(1, min(_count_stretches(len(ids) * step), len(ids)))
    bounds = ["", *(ids[len(ids) * number // count] for number in range(1, count)), ""]
    ends = enumerate(pairwise(bounds))
    return tuple(Stretch(f"users-{number:04}", after=after, until=until) for number, (after, until) in ends)


def _count_stretches(known: int) -> int:
    """Return how many stretches so many users are worth; one where a page holds them all."""
    pages = min(_PAGES, max(1, known // (2 * SIDE_BY_SIDE * PAGE_LIMIT)))
    return math.ceil(known / (pages * _FILL * PAGE_LIMIT)) if known > PAGE_LIMIT else 1


async def honours_any_cursor(session: Session) -> bool:
    """Say whether a list may be entered at any id: after one that exists, and after one that does not.

    Three requests of two users each.
    """
    try:
        first = await _ids_after(session, "")
        if len(first) < 2:
            return False
        between = _successor(first[0])
        after_first, after_none = await together([_ids_after(session, first[0]), _ids_after(session, between)])
        return after_first[:1] == first[1:2] and (between >= first[1] or after_none[:1] == first[1:2])
    except CleverError as error:
        if error.status in (400, 404):
            return False
        raise


async def _ids_after(session: Session, cursor: str) -> list[str]:
    params: dict[str, str | int] = {"limit": 2} | ({"starting_after": cursor} if cursor else {})
    return (await session.get(session.target(USERS.path, params), read_users)).ids


def _successor(id_: str) -> str:
    """The next id that could exist; most likely none does there."""
    return f"{int(id_, 16) + 1:024x}" if CLEVER_ID.fullmatch(id_) else id_ + "0"
