"""Clever ids in documents inside of code: an id under the key of Clever, a schema in a text, a list of words.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migrate to the v3.x User ID")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.findings import Finding
from playbook.audit.reading.node import Chain, Items, Node, Pair, Text
from playbook.audit.reading.paths import segments
from playbook.audit.rules.id_names import LOOKUP, is_clever_id, report_id
from playbook.audit.view import View, key_name, usage_of

SETTING = re.compile(r"secret|client|redirect|callback|scope|url|uri|host|endpoint|token_url|app_|icon|label|logo")
TYPED = re.compile(r"^(?:String|DataTypes|Schema|Sequelize|mongoose|Types|z|Joi|t)\b|\btype\s*:\s*String\b")
GRAPHQL = re.compile(r"(?m)^\s*(?:extend\s+)?(?:type|input|interface)\s+\w+[^\n{]*\{")
FIELD = re.compile(r"(?m)^[ \t]*(?P<name>\w*[cC]lever\w*)[ \t]*(?=[:(])")
BY_CLEVER = re.compile(r"(?i)by_?clever_?(?:user_?)?id$")
SIGIL = re.compile(r"^~[wW]\W|\W[acs]?$")
WORD_LISTS = ("ruby", "elixir", "perl", "crystal")


def find_in_documents(view: View, node: Node) -> Iterator[Finding]:
    """Give the ids that a nested document, a schema in a text or a list of words keeps."""
    if isinstance(node, Pair) and key_name(node) == "id" and _is_under_clever(node) and _is_id(view, node.value):
        yield report_id(view, node.start, "clever.id", "nested")
    elif isinstance(node, Text) and "lever" in node.value:
        if "\n" in node.value and GRAPHQL.search(node.value):
            yield from _of_schema(view, node)
        elif view.reading.language in WORD_LISTS and " " in node.value:
            yield from _of_words(view, node)


def _is_under_clever(node: Pair) -> bool:
    """Say whether an entry stands under the key of Clever, and beside nothing that a client is set up with."""
    items = node.parent
    above = items.parent if isinstance(items, Items) else None
    if not isinstance(items, Items) or not isinstance(above, Pair) or key_name(above) != "clever":
        return False
    return not any(isinstance(each, Pair) and SETTING.search(key_name(each)) for each in items.items)


def _is_id(view: View, value: Node | None) -> bool:
    """Say whether an id is one that a login or a record gives, or the column of one."""
    if value is None or SETTING.search(view.reading.content[value.start : value.end].lower()):
        return False
    if isinstance(value, Chain) and segments(value)[-1:] in (("id",), ("uid",), ("sub",)):
        return True
    return TYPED.search(view.reading.content[value.start : value.end]) is not None


def _of_schema(view: View, node: Text) -> Iterator[Finding]:
    for match in FIELD.finditer(view.reading.content, node.start, node.end):
        if is_clever_id(match["name"]) or BY_CLEVER.search(match["name"]):
            yield report_id(view, match.start("name"), match["name"], "schema")


def _of_words(view: View, node: Text) -> Iterator[Finding]:
    """Give the column among the words of Elixir's `~w(name clever_id)a` and Ruby's `%i[name clever_id]`."""
    told = SIGIL.sub("", node.value).split()
    name = next((each for each in told if is_clever_id(each)), "")
    if name and all(re.fullmatch(r":?\w+", each) for each in told) and LOOKUP.search(usage_of(node).callee):
        yield report_id(view, node.start, name, "column")
