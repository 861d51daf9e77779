"""Which calls put a path behind Clever's address: those of a function that does, of this file or of another.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Update your User Endpoints")
"""

from __future__ import annotations

import re

from playbook.audit.builders import Builder
from playbook.audit.evidence import names_clever
from playbook.audit.flow.owners import GENERIC
from playbook.audit.folding.pieces import render
from playbook.audit.reading.node import Chain, Items, Pair
from playbook.audit.reading.paths import snake
from playbook.audit.routes import API_HOSTS, VERSION, Route, read_route
from playbook.audit.view import Usage, View, key_name

CLASS = re.compile(r"\b[A-Z]\w+")
MAKES = ("create", "extend", "defaults", "instance", "new")
BASE = re.compile(r"^(?:base|prefix|root)_?(?:url|uri)?$")
ITSELF = ("self", "this", "super", "cls", "")
RARE = 8  # letters of a name that is nobody else's


def asked_version(view: View, usage: Usage, route: Route) -> str | None:
    """Return the version that a call asks a path of; blank where it is not known, None where it asks none.

    Args:
        usage: The call that the path is handed to.
        route: The path; where its collection is open, only the function's own file can say that it is asked.
    """
    name = snake(usage.callee)
    if not name:
        return None
    if name in view.evidence.builders:
        return _handed_version(view, usage) or view.evidence.builders[name]
    if (made := _made_with(view, usage)) is not None:
        return made
    told = view.evidence.project.builders.get(name)
    if told is None or view.is_document or "{" in route.first or not _is_of(view, usage.callee, usage.receiver, told):
        return None
    return told.version


def _handed_version(view: View, usage: Usage) -> str:
    """Return the version that the client is made with, where the call says: `Session(token, version=OLD).get(…)`."""
    owner = usage.call.owner if usage.call is not None else None
    for each in (argument for step in owner.steps for argument in step.arguments) if owner is not None else ():
        if isinstance(each, Pair) and key_name(each).endswith("version"):
            told = {render(folded) for folded in view.folder.fold(each.value)}
            return next((text for text in sorted(told) if VERSION.fullmatch(text)), "")
    return ""


def _made_with(view: View, usage: Usage) -> str | None:
    """Return the version of the base of a client that is called itself: `ofetch.create({ baseURL })`."""
    if usage.receiver or usage.call is None or usage.call.owner is not None:
        return None
    for value in view.definitions.find(snake(usage.callee), usage.call.chain.start):
        options = value.arguments if isinstance(value, Chain) and value.callee in MAKES else ()
        for each in (entry for option in options if isinstance(option, Items) for entry in option.items):
            if isinstance(each, Pair) and BASE.search(key_name(each)):
                routes = (read_route(render(folded)) for folded in view.folder.fold(each.value))
                if route := next((route for route in routes if route and route.host in API_HOSTS), None):
                    return route.version
    return None


def is_builder_of_clever(view: View, name: str, receiver: tuple[str, ...]) -> bool:
    """Say whether a call is of a function that builds Clever's addresses, of this file or of another."""
    if name in view.evidence.builders:
        return True
    told = view.evidence.project.builders.get(name)
    return told is not None and _is_of(view, name, receiver, told)


def _is_of(view: View, callee: str, owner: tuple[str, ...], told: Builder) -> bool:
    """Say whether a call is of the function that another file defines: by what it is called on, or by its own name."""
    name = snake(callee)
    receiver = [snake(part.removesuffix("()")) for part in owner if part not in ITSELF]
    if not receiver and name in view.places.by_name:
        return False  # the file's own function of that name
    if names_clever(callee) or (len(name) >= RARE and not GENERIC.match(name)):
        return True
    if receiver:
        last = receiver[-1]
        return last in told.owners or names_clever(last) or last in view.values.owners.clients
    if any(snake(each) in told.owners for each in CLASS.findall(view.reading.content)):
        return True  # inherits, includes
    return re.search(rf"(?:import|require|use|from)\b[^\n]*\b{re.escape(callee)}\b", view.reading.content) is not None
