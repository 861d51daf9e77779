"""Where Clever is asked with an id that the application keeps: `clever.sections(teacher.clever_id)`.

What was stored under v2 finds nobody in v3, unless it is a student's.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migrate to the v3.x User ID")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.flow.calls import Called
from playbook.audit.flow.values import Values
from playbook.audit.reading.node import Chain, Join, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.rules.id_names import NO_PERSON, is_clever_id, is_uid, report_id
from playbook.audit.shape import knows_roles
from playbook.audit.view import View

SDK_CALL = re.compile(
    r"^(?:get_)?(?:sections|students|teachers?|schools?|contacts|district|grade_levels|terms)_for_(?:student|teacher|school_admin|contact)$"
)
OPENS = re.compile(r"(?i)^(?:client|connect|for_?token|with_?token|authorize|new|init)$")


def find_asked_ids(view: View, columns: frozenset[str]) -> Iterator[Finding]:
    """Give the stored ids that a call hands to Clever; those that a path is put together with are its endpoint's.

    Args:
        columns: What the application is known to keep ids in, in snake case.
    """
    for node in view.nodes():
        for stored in _handed_to_clever(view.values, node) if isinstance(node, Chain) else ():
            name = _stored_name(stored, columns)
            if name and not view.values.kinds(stored) and not knows_roles(view.reading, stored.start):
                yield report_id(view, stored.start, name, "asked")


def _handed_to_clever(values: Values, node: Chain) -> Iterator[Chain]:
    for called in values.places.calls(node):
        handed = [each.value if isinstance(each, Pair) else each for each in called.arguments]
        chains = [each for each in handed if isinstance(each, Chain)]
        texts = [each for each in handed if isinstance(each, Text | Join)]
        if not chains or OPENS.match(called.written) or any(_is_path(each) for each in texts):
            continue
        if _is_asking(values, node, called):
            yield from chains


def _is_asking(values: Values, node: Chain, called: Called) -> bool:
    """Say whether a call asks Clever: it is made on what asks, or it gives what Clever sends."""
    if values.places.is_head(called, node):
        return False
    owner = snake(called.owner[-1]) if called.owner else ""
    if owner and (values.owners.is_named(owner) or owner in values.owners.clients):
        return True
    return "client" in values.before(node, called) or values.asks(called) or SDK_CALL.match(called.name) is not None


def _is_path(node: Text | Join) -> bool:
    parts = node.parts or (node.value,) if isinstance(node, Text) else node.items
    told = [each.value if isinstance(each, Text) else each for each in parts]
    return any(isinstance(each, str) and "/" in each for each in told)


def _stored_name(node: Chain, columns: frozenset[str]) -> str:
    """Return the column that an attribute of a record of the application's is; blank for anything else."""
    path = tuple(each.removesuffix("()") for each in clean(segments(node)))
    if len(path) < 2 or NO_PERSON.search(path[-2]) or path[-2] == "district":
        return ""
    if is_clever_id(path[-1]) or is_uid(path[-1]) or path[-1] in columns:
        return path[-1]
    return "clever.id" if path[-2:] == ("clever", "id") else ""
