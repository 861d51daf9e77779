"""What a call asks of Clever, by the path that it is handed: as one text, put together, or segment by segment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from playbook.audit.evidence import names_clever
from playbook.audit.flow.calls import Called, name_of
from playbook.audit.flow.kinds import NOTHING, Kinds, kinds_asked
from playbook.audit.flow.places import Places
from playbook.audit.folding.fold import Folder
from playbook.audit.folding.pieces import render
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.routes import API_HOSTS, RESOURCES, Route, read_route

ADDRESS = re.compile(r"url|uri|path|endpoint|href|link|route|address")
OPTION = re.compile(r"(?:url|uri|path|endpoint|resource)$")


class Asking:
    """The calls of one file that ask Clever.

    Args:
        is_about: Paths that begin with a slash are Clever's in this file, because it holds Clever's address.
        builders: Functions of the file, or of the project, that put a path behind Clever's address.
    """

    def __init__(self, places: Places, folder: Folder, *, is_about: bool, builders: Mapping[str, str]) -> None:
        self._places = places
        self._folder = folder
        self.is_about = is_about
        self.builders = builders

    def answer_of(self, called: Called) -> Kinds | None:
        """Return what a call is answered with, where it asks a path of Clever's; None where it asks none."""
        for told in _addresses(called):
            if not isinstance(told, Text | Join) and not (isinstance(told, Chain) and self._may_be_path(told)):
                continue
            for folded in self._folder.fold(told):
                route = read_route(render(folded))
                if route is not None and route.path and self._is_clever(route, called):
                    return kinds_asked(_whole(route, told, called))
        return None

    def answer_below(self, called: Called) -> Kinds:
        """Return what an object that asks Clever gives for a path that is written without a slash."""
        first = called.arguments[0] if called.arguments else None
        for folded in self._folder.fold(first) if isinstance(first, Text | Join) else ():
            route = read_route(f"/{render(folded)}")
            if route is not None and (route.first in RESOURCES or "{" in route.first):
                return kinds_asked(route)
        return NOTHING

    def _may_be_path(self, node: Chain) -> bool:
        if node.callee or self.is_about or not isinstance(node.head, str):
            return bool(node.callee) or self.is_about
        return node.head[:1].isupper() or ADDRESS.search(snake(node.head)) is not None

    def _is_clever(self, route: Route, called: Called) -> bool:
        if route.host in API_HOSTS or route.version not in ("", "?") or names_clever(route.base):
            return True
        is_own = called.name in self.builders or (self.is_about and called.name in self._places.by_name)
        is_near = is_own or (self.is_about and route.is_rooted)
        return is_near and (route.first in RESOURCES or "{" in route.first)


def _addresses(called: Called) -> Iterator[Node | None]:
    """Give what may be the path that a call asks: an argument, a named one, an option such as `{ uri: … }`."""
    for argument in called.arguments[:3]:
        if isinstance(argument, Items):
            options = [each for each in argument.items if isinstance(each, Pair)]
            yield from (each.value for each in options if OPTION.match(name_of(each.key)))
        else:
            yield argument.value if isinstance(argument, Pair) else argument


def _whole(route: Route, first: Node | None, called: Called) -> Route:
    """Return the route whose segments a call is handed one by one: `url("sections", id, "students")`."""
    if first not in called.arguments or route.path.count("/") > 1:
        return route
    rest = called.arguments[called.arguments.index(first) + 1 :][:2]
    parts = [each.value if isinstance(each, Text) else "{id}" for each in rest]
    is_below = len(parts) == 2 and isinstance(rest[1], Text) and parts[1] in RESOURCES
    return (read_route(f"{route.path}/{parts[0]}/{parts[1]}") if is_below else None) or route
