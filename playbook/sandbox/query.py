"""What a request asks for, read as Clever reads it: limit, cursors, filters, and what it refuses.

Source: https://dev.clever.com/docs/paging-and-limits and https://dev.clever.com/docs/error-messages
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_LIMIT, MAXIMUM_LIMIT = 100, 10_000


class Refusal(Exception):
    """Clever would refuse the request: a status and the message of its JSON body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of one list request.

    Attributes:
        limit: Records a page.
        after: The cursor `starting_after`; blank at the start.
        before: The cursor `ending_before`; blank where not given. `last` means the end of the list.
        filters: The other parameters that the answer's links repeat, in the order of the request.
    """

    limit: int = DEFAULT_LIMIT
    after: str = ""
    before: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    limit_was_given: bool = False

    def get(self, name: str) -> str:
        """Return a filter's value, blank where it is absent."""
        return next((value for key, value in self.filters if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a repeated filter."""
        return tuple(value for key, value in self.filters if key == name and value)


def read_query(parameters: list[tuple[str, str]], *, can_page: bool) -> Query:
    """Read the parameters of a request.

    Args:
        parameters: Names and values as sent.
        can_page: False for a user's token, which may not use `limit` or cursors.

    Raises:
        Refusal: 413 above the maximum, 400 for a limit that is no count or for paging with a user's token.
    """
    paging = {name: value for name, value in parameters if name in ("limit", "starting_after", "ending_before")}
    if paging and not can_page:
        raise Refusal(400, "limit and paging are not available to this token")
    return Query(
        limit=_limit(paging),
        after=paging.get("starting_after", ""),
        before=paging.get("ending_before", ""),
        filters=tuple((name, value) for name, value in parameters if name not in paging),
        limit_was_given="limit" in paging,
    )


def _limit(paging: Mapping[str, str]) -> int:
    text = paging.get("limit", str(DEFAULT_LIMIT))
    try:
        limit = int(text)
    except ValueError:
        raise Refusal(400, "limit must be a whole number") from None
    if limit > MAXIMUM_LIMIT:
        raise Refusal(413, f"limit must not be above {MAXIMUM_LIMIT}")
    if limit < 1:
        raise Refusal(400, "limit must be above zero")
    return limit


def role_filter(query: Query, *allowed: str) -> str:
    """Return the role that is asked for, or nothing.

    Raises:
        Refusal: 400 for a role that the path does not know.
    """
    asked = [value for name, value in query.filters if name == "role"]
    if any(role not in allowed for role in asked):
        raise Refusal(400, f"role must be one of {', '.join(allowed)}")
    return asked[0] if asked else ""
