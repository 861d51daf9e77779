"""Clever ids that are followed to where they are kept, whatever the application calls its column.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migrate to the v3.x User ID")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.flow.handing import find_handed
from playbook.audit.flow.keeping import SHOWN, find_kept
from playbook.audit.flow.pairing import find_rows
from playbook.audit.reading.node import Chain, Join, Node, Text
from playbook.audit.reading.paths import segments, snake
from playbook.audit.rules.id_asked import find_asked_ids
from playbook.audit.rules.id_names import report_id
from playbook.audit.rules.id_reads import find_reads
from playbook.audit.rules.known_columns import find_uses
from playbook.audit.shape import knows_roles
from playbook.audit.view import View, usage_of
from playbook.audit.words import words

SPELLED = re.compile(r"(?i)^(?:\w+[:#|/])?clever(?:[:_-](?:user|id|uid|staff|teacher|contact|account))?[:#|]$")
TELLS_WHO = re.compile(
    r"^(?:(?:get|extract|fetch)_)?(?:user_|external_|account_|person_)?(?:uid|id|identifier|user_id|key|username)$"
)
DECLARATION = re.compile(
    r"^\s*(?!return\b|await\b|new\b|throw\b|yield\b|else\b)(?:[\w<>\[\]?.,]+\s+)+\w+\((?:[\w<>\[\]?@.]+\s+\w+,?\s*)+\)\s*;\s*$"
)
LONGEST = 300
PREFIX = re.compile(r"^[\w:.#|\-]*[a-z][:#|_\-]$")
PASSING = words(
    "id params key value data query message text url path log event name label title after before since last cursor "
    "starting_after ending_before last_id last_seen id_ type"
)
"""Keys that hand an id on rather than keep it."""


def find_kept_ids(view: View) -> Iterator[Finding]:
    """Give every place that keeps a Clever id, hands it to the application, or looks somebody up by one."""
    if not view.is_reached:
        return
    for handed in find_handed(view.values, "id"):
        is_declared = DECLARATION.match(view.reading.text_of(view.reading.line_of(handed.offset))[:LONGEST])
        if not is_declared and not knows_roles(view.reading, handed.offset):
            yield report_id(view, handed.offset, handed.name, "handed")
    for kept in find_kept(view.values, "id"):
        if (kept.name not in PASSING or kept.is_lookup) and not knows_roles(view.reading, kept.offset):
            yield report_id(view, kept.offset, kept.name, "kept")


def find_given_ids(view: View) -> Iterator[Finding]:
    """Give the returns of functions that say who somebody is: `extract_uid`, `getIdentifier`, with a Clever id."""
    for function in view.values.places.functions if view.is_reached else ():
        if not TELLS_WHO.match(function.name):
            continue
        for node in view.values.places.inside.get(function.start, []):
            is_given = node.lead == "return" or (node.parent is None and isinstance(node, Chain))
            is_id = view.values.kinds(node) == {"id"} or _reads_answer(view, node)
            if is_given and is_id and not knows_roles(view.reading, node.start):
                yield report_id(view, node.start, f"{function.name}()", "strategy_uid")


def _reads_answer(view: View, node: Node) -> bool:
    """Say whether a login's class reads the id of the answer that its framework hands it."""
    return view.evidence.is_about and isinstance(node, Chain) and segments(node)[1:] == ("data", "id")


def find_known_ids(view: View) -> Iterator[Finding]:
    """Give every use of a column that another place of the project keeps a Clever id in."""
    facts = view.evidence.project.facts
    beside = frozenset(column for provider, column in facts.rows if _holds_both(view, provider, column))
    yield from find_asked_ids(view, facts.columns | beside)
    named = (facts.columns | beside) - {"clever"}  # which is a module's name and many others
    for node in view.nodes() if named else ():
        if isinstance(node, Chain):
            yield from find_reads(view, node, named)
    for use in find_uses(view, facts.columns | beside):
        yield report_id(view, use.offset, use.name, use.variant)
    for row in find_rows(view.syntax) if facts.rows else ():
        if not knows_roles(view.reading, row.offset):
            yield report_id(view, row.offset, f"{row.provider} clever, {row.column}", "provider_row")


def find_spelled_keys(view: View) -> Iterator[Finding]:
    """Give the keys that are made of an id behind the word Clever: `"clever:#{id}"`."""
    for node in view.nodes():
        first, *others = _parts(node)
        told = first.strip("\"'`") if isinstance(first, str) else ""
        is_key = SPELLED.match(told) or (
            PREFIX.search(told) and any(view.values.kinds(each) == {"id"} for each in others if isinstance(each, Node))
        )
        if is_key and others and not SHOWN.search(usage_of(node).callee):
            yield report_id(view, node.start, "a key that is made of the id", "spelled_key")


def _parts(node: Node) -> tuple[str | Node | None, ...]:
    """Return the parts of a text that is put together of several."""
    if isinstance(node, Text):
        return node.parts or ("",)
    if not isinstance(node, Join) or node.operator not in ("+", ".", "<>", "&", "..", "++"):
        return ("",)
    return tuple(each.value if isinstance(each, Text) else each for each in node.items)


def find_told_ids(view: View) -> Iterator[Finding]:
    """Give the known columns that a mapping, a fixture or another document names."""
    columns = view.evidence.project.facts.columns
    for token in view.reading.tokens if columns else ():
        name = token.value.rpartition(".")[2]
        if token.kind in ("name", "text") and snake(name) in columns and re.fullmatch(r"\w+", name):
            yield report_id(view, token.start, name, "column")


def _holds_both(view: View, provider: str, column: str) -> bool:
    """Say whether a file knows both columns of a row: the one alone may be anybody's."""
    return all(
        re.search(rf"(?i)(?<![a-z]){name.replace('_', '_?')}(?![a-z])", view.reading.content)
        for name in (provider, column)
    )
