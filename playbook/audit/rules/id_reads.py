"""Where the application reads a Clever id that it keeps: a guard, a line of a page, an export, an argument.

Whoever reads the column relies on what is in it, whatever is done with it there: after the move it may be empty, or
hold the other version's id.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migrate to the v3.x User ID")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.reading.node import Chain, Join, Node, Step, Text
from playbook.audit.reading.paths import snake
from playbook.audit.rules.id_names import NO_PERSON, is_clever_id, report_id
from playbook.audit.shape import knows_roles
from playbook.audit.view import View

SETTINGS = re.compile(
    r"(?i)(?:^|_|\.)(?:env|environ|config|conf|secrets?|settings?|options|credentials|params|args|argv|input|query)"
    r"(?:$|\.|\()"
)
"""What holds the application's own settings, or what somebody typed."""

THINGS = re.compile(r"(?:^|_)(?:district|tenant|org|organi[sz]ation)$")
OWN = ("this", "self", "$this", "@")
ASKING = re.compile(r"(?:^|_)(?:clever|client|api|gateway|feed)(?:_|$)")
MOST = 8  # steps of a chain; a longer one is no access


def find_reads(view: View, node: Chain, columns: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Give the Clever id that a chain reads from a record of the application's.

    Args:
        columns: What else the application is known to keep ids in, in snake case.
    """
    step = _read_step(node, columns)
    if step is not None and not _goes_to_clever(node) and not knows_roles(view.reading, node.start):
        yield report_id(view, step.start, snake(step.name), "read")


def _read_step(node: Chain, columns: frozenset[str]) -> Step | None:
    """Return the attribute or key that holds a Clever id; nothing for settings, and for what keeps its ids."""
    names = [str(node.head) if isinstance(node.head, str) else "", *(step.name for step in node.steps)]
    for place, step in enumerate(node.steps[:MOST], 1):
        is_named = ("lever" in step.name or "LEVER" in step.name) and is_clever_id(step.name)
        if step.kind == "call" or not (is_named or (columns and snake(step.name) in columns)):
            continue
        above = next((each for each in reversed(names[:place]) if each), "")
        is_own = above in OWN or (not above and not isinstance(node.head, Node))
        is_setting = any(SETTINGS.search(each) for each in names[:place])
        is_thing = NO_PERSON.search(snake(above)) or THINGS.search(snake(above))
        return None if is_own or is_setting or is_thing else step
    return None


def _goes_to_clever(node: Chain) -> bool:
    """Say whether an id is put into a path, or handed to what asks Clever: other rules tell of these."""
    for parent in node.ancestors():
        if isinstance(parent, Text | Join):
            parts = parent.parts or (parent.value,) if isinstance(parent, Text) else parent.items
            if any(_is_path(each) for each in parts):
                return True
            continue
        call = parent.call_with(node) if isinstance(parent, Chain) else None
        if call is None:
            return False
        owner = snake(str(call.owner.callee or call.owner.head)) if call.owner is not None else ""
        return ASKING.search(owner) is not None or any(_is_path(each) for each in (call.owner, *call.arguments))
    return False


def _is_path(node: object) -> bool:
    told = node.head if isinstance(node, Chain) else node
    written = told.value if isinstance(told, Text) else told
    return isinstance(written, str) and "/" in written and " " not in written
