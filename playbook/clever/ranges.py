"""Several stretches of one list read at once, from cursors that are ids which we know.

Lists ascend by id, so the ids of an earlier snapshot, or of the accounts, cut the list into stretches of like size;
cuts at even distances would not, for ids cluster by the time of creation. A cursor that Clever did not hand out itself
is not promised to work: a probe must show it, and each stretch must prove that it joins the next, or the list is read
from one end to the other.

Source: https://dev.clever.com/docs/paging-and-limits (ranges by id, ascending).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from playbook.clever.beginning import Stretch
from playbook.clever.reading import read_users
from playbook.clever.session import PAGE_LIMIT, Session
from playbook.clever.together import together
from playbook.clever.walks import USERS, Walk
from playbook.district import CLEVER_ID, ROLES
from playbook.errors import CleverError

STRETCHES = 8
_SAMPLE = 50_000
"""So many of the known ids place the cuts well enough; to sort a million takes a second."""


async def divide(session: Session, parallel: str, known_ids: Sequence[str]) -> Sequence[Walk]:
    """Return the walks over users: as asked for where that is worth while and shown to work, else one."""
    if parallel == "roles":
        return by_role()
    walks = by_ranges(known_ids) if parallel == "ranges" else ()
    return walks if len(walks) > 1 and await honours_any_cursor(session) else whole_list()


def mode_of(stretches: Sequence[Stretch]) -> str:
    """Return how users are read by these walks: `off`, `roles` or `ranges`."""
    if len(stretches) == 1:
        return "off"
    return "roles" if stretches[0].role else "ranges"


def whole_list() -> tuple[Walk, ...]:
    """Return the one walk over all users."""
    return (Walk("users", USERS),)


def by_role() -> tuple[Walk, ...]:
    """Return one walk a role; a person with two roles is read twice, and stands once in the tables."""
    return tuple(Walk(f"users-{role}", USERS, role=role) for role in ROLES)


def by_ranges(known_ids: Sequence[str], stretches: int = STRETCHES) -> tuple[Walk, ...]:
    """Return walks that together cover every id exactly once, cut at quantiles of the known ids.

    Args:
        known_ids: Any ids, in any order; those that are no Clever ids are passed over.
        stretches: How many walks at most; fewer where a page holds a stretch anyway.
    """
    step = max(1, len(known_ids) // _SAMPLE)
    ids = sorted({id_ for id_ in known_ids[::step] if CLEVER_ID.fullmatch(id_)})
    count = max(1, min(stretches, len(ids) * step // PAGE_LIMIT, len(ids)))
    bounds = ["", *(ids[len(ids) * number // count] for number in range(1, count)), ""]
    return tuple(
        Walk(f"users-{number:02}", USERS, after=after, until=until)
        for number, (after, until) in enumerate(pairwise(bounds))
    )


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
