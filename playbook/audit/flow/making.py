"""Calls that make what asks Clever, by what they are handed: an address to ask below, or the provider's name."""

from __future__ import annotations

from playbook.audit.flow.calls import Called, name_of
from playbook.audit.folding.fold import Folder
from playbook.audit.folding.pieces import render
from playbook.audit.reading.node import Chain, Join, Node, Pair, Text
from playbook.audit.routes import API_HOSTS, read_route


def chooses_clever(called: Called) -> bool:
    """Say whether a call chooses Clever among several providers: `Socialite::driver('clever')`."""
    first = called.arguments[0] if len(called.arguments) == 1 else None
    return called.name in ("driver", "provider") and isinstance(first, Text) and first.value.lower() == "clever"


def is_based(called: Called, folder: Folder) -> bool:
    """Say whether a call makes an object that asks below Clever's address: `create({ baseURL: "https://…" })`."""
    entries: list[Node] = [each for given in called.arguments[:2] for each in getattr(given, "items", (given,))]
    told = [each.value for each in entries if isinstance(each, Pair) and "base" in name_of(each.key)]
    routes = [
        read_route(render(folded))
        for each in told
        if isinstance(each, Text | Join | Chain)
        for folded in folder.fold(each)
    ]
    return any(route is not None and route.host in API_HOSTS for route in routes)
