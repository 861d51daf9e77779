"""Which calls put a path behind Clever's address: those of a function that does, of this file or of another.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Update your User Endpoints")
"""

from __future__ import annotations

import re

from playbook.audit.builders import Builder
from playbook.audit.evidence import names_clever
from playbook.audit.flow.owners import GENERIC
from playbook.audit.reading.paths import snake
from playbook.audit.routes import Route
from playbook.audit.view import Usage, View

CLASS = re.compile(r"\b[A-Z]\w+")
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
        return view.evidence.builders[name]
    told = view.evidence.project.builders.get(name)
    if told is None or view.is_document or "{" in route.first or not _is_of(view, usage, name, told):
        return None
    return told.version


def _is_of(view: View, usage: Usage, name: str, told: Builder) -> bool:
    """Say whether a call is of the function that another file defines: by what it is called on, or by its own name."""
    if names_clever(usage.callee) or (len(name) >= RARE and not GENERIC.match(name)):
        return True
    receiver = [snake(part.removesuffix("()")) for part in usage.receiver if part not in ITSELF]
    if receiver:
        last = receiver[-1]
        return last in told.owners or names_clever(last) or last in view.values.owners.clients
    if any(snake(each) in told.owners for each in CLASS.findall(view.reading.content)):
        return True  # inherits, includes
    return (
        re.search(rf"(?:import|require|use|from)\b[^\n]*\b{re.escape(usage.callee)}\b", view.reading.content)
        is not None
    )
