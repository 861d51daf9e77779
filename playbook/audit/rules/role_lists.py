"""Lists of v2's role words, which v3 no longer sends in `type`: a column's choices, what a policy asks for.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("school admins" are now "staff").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.reading.node import Chain, Items, Node, Text
from playbook.audit.roles import role_of
from playbook.audit.rules.role_reading import READ_ROLES, report_role
from playbook.audit.view import View, usage_of

ONLY_OLD = re.compile(r"^school_?admin$")
PATHS = re.compile(r"path|endpoint|url|uri|route|resource|collection|scope|event|record|permission", re.I)
MAKES = re.compile(
    r"(?i)^(?:of|set|list|array|dict|map|hash|frozenset|tuple|as_?list|list_?of|set_?of|map_?of|freeze)$"
)
FEWEST = 2


def find_role_lists(view: View) -> Iterator[Finding]:
    """Give the lists of role words of a file that name v2's school admin, unless they are paths, scopes or v3's."""
    if "admin" not in view.reading.content or not (view.evidence.speaks or view.evidence.project.facts.carriers):
        return
    for node in view.nodes():
        if isinstance(node, Items):
            is_given = isinstance(node.parent, Chain) and node.parent.head is not node
            is_told = is_given or all(isinstance(each, Items) for each in node.items)
            words = [word for item in node.items for word in _words(item)] if is_told else []
        elif isinstance(node, Chain) and node.callee and not MAKES.match(node.callee):
            words = [word for item in node.arguments if isinstance(item, Text) for word in _words(item)]
        else:
            continue
        if _are_old(words) and not _is_of_paths(view, node):
            what = ", ".join(words)
            yield report_role(view, node.start, what, "role_list", READ_ROLES.format(what="type", id="{id}"), "medium")


def _words(item: Node) -> list[str]:
    """Return the word of an item, or of a couple's first part."""
    if isinstance(item, Items):
        return _words(item.items[0]) if item.items and isinstance(item.items[0], Text) else []
    if isinstance(item, Text):
        return item.value.split() if " " in item.value else [item.value]
    return [item.head] if isinstance(item, Chain) and isinstance(item.head, str) and not item.steps else []


def _are_old(words: list[str]) -> bool:
    roles = [word for word in words if role_of(word) and not word.endswith("s")]
    return len(roles) >= FEWEST and "staff" not in roles and any(ONLY_OLD.match(word) for word in roles)


def _is_of_paths(view: View, node: Node) -> bool:
    """Say whether a list says what is asked for: the roles of a roster, scopes, record types."""
    usage = usage_of(node)
    if PATHS.search(f"{usage.callee} {usage.key}") or node.lead in ("for", "foreach", "in"):
        return True
    content = view.reading.content
    line = content[content.rfind("\n", 0, node.start) + 1 : node.start]
    following = content[node.end : node.end + 30]
    return bool(PATHS.search(line)) or re.match(r"\s*[.)]*\s*(?:\.each|\.map|\.forEach|\.flat)", following) is not None
