"""A list that Clever pages through: ascending ids, found by bisection, rendered only where a page shows them.

Source: https://dev.clever.com/docs/paging-and-limits
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from playbook.sandbox.query import Query

Record = dict[str, Any]


def everything(number: int) -> bool:
    """Keep every candidate."""
    return True


@dataclass(frozen=True, slots=True)
class Listing:
    """Records by number, ids ascending with the numbers.

    Attributes:
        numbers: The candidates, ascending.
        id_of: A number's id.
        render: A number's record.
        item_path: The path of one record, to which its id is added.
        keep: Which candidates belong to the list.
        can_count: Whether `count=true` is answered.
        empty_key: The key of an empty list: `data`, or `resources` as seen on the wire.
        shows_uri: Whether items carry their `uri`.
        ends_bare: Whether a link without parameters still ends in `?`, as seen on the wire for events.
    """

    numbers: Sequence[int]
    id_of: Callable[[int], str]
    render: Callable[[int], Record]
    item_path: str
    keep: Callable[[int], bool] = everything
    can_count: bool = False
    empty_key: str = "data"
    shows_uri: bool = True
    ends_bare: bool = False

    def page(self, query: Query, path: str) -> Record:
        """Return one page as Clever's envelope.

        Args:
            query: What is asked for.
            path: The path of the request, with its version; links start with it.
        """
        chosen = self._choose(query)
        if not chosen and self.empty_key != "data":
            return {self.empty_key: []}
        items = [self._item(number) for number in chosen]
        envelope: Record = {"data": items, "links": self._links(chosen, query, path)}
        if self.can_count and query.get("count") == "true":
            envelope["count"] = sum(map(self.keep, self.numbers))
        return envelope

    def _item(self, number: int) -> Record:
        item = {"data": self.render(number)}
        return {**item, "uri": f"{self.item_path}/{self.id_of(number)}"} if self.shows_uri else item

    def _choose(self, query: Query) -> list[int]:
        if query.before:
            end = bisect_left(self.numbers, query.before, key=self.id_of)
            return self._first(reversed(self.numbers[:end]), query.limit)[::-1]
        start = bisect_right(self.numbers, query.after, key=self.id_of) if query.after else 0
        return self._first(self.numbers[start:], query.limit)

    def _first(self, candidates: Iterable[int], limit: int) -> list[int]:
        return list(islice(filter(self.keep, candidates), limit))

    def _links(self, chosen: Sequence[int], query: Query, path: str) -> list[Record]:
        kept = [("limit", str(query.limit))] if query.limit_was_given else []
        kept += query.filters
        here = [("starting_after", query.after)] if query.after else []
        here += [("ending_before", query.before)] if query.before else []
        own = _uri(path, [*kept, *here])
        links = [{"rel": "self", "uri": f"{own}?" if self.ends_bare and own == path else own}]
        if chosen and len(chosen) == query.limit:
            links.append({"rel": "next", "uri": _uri(path, [*kept, ("starting_after", self.id_of(chosen[-1]))])})
        if chosen and here:
            links.append({"rel": "prev", "uri": _uri(path, [*kept, ("ending_before", self.id_of(chosen[0]))])})
        return links


def _uri(path: str, parameters: Sequence[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(parameters)}" if parameters else path
