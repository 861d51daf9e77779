"""Paths without a slash in front, down to the bare name of a collection: requests only where they are asked for.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Update your User Endpoints")
"""

from __future__ import annotations

import re

from playbook.audit.evidence import names_clever
from playbook.audit.reading.node import Chain, Items, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.roles import COLLECTIONS, role_of
from playbook.audit.routes import Route
from playbook.audit.rules.resource_names import NAMED_OTHERWISE, NAMES, defines, has_base
from playbook.audit.view import Usage, View, key_name
from playbook.audit.words import words

REQUEST = re.compile(
    r"get|fetch|request|call|api|pag(?:e|inat)|url|uri|path|endpoint|query|send|load|retrieve|read|pull|sync|http|curl|"
    r"stream|collect|walk|download|rest|exchange|resource|^all$|list|(?<![a-z])each|iterate|follow|pull|client|wget|open|axios|"
    r"execute|perform|crawl|jsonp?$|^(?:one|many|rows|records|items)$",
    re.IGNORECASE,
)
ASKS = re.compile(r"get|fetch|request|page|paginate|call|load|pull|^list|^all$|(?<![a-z])each|collect", re.IGNORECASE)
OTHER_CALL = re.compile(
    r"^(?:fields?|view|route|url_for|trans|queue|dispatch|channel|\w*(?:Property|Alias|Column|SerializedName|SerialName)|include\??|includes|permit|scope|has_many|has_one|belongs_to|validates?|attribute\??|t|i18n|expect|describe|it|"
    r"context|test|log\w*|puts|print\w*|debug|info|warn|error|raise|add_column|create_table|table|references|index|set|"
    r"has|contains|contain|equals?|eq|startswith|starts_with\?|start_with\?|endswith|append|push|add|label|title|"
    r"assert\w*|insert|into|from|to|delete|increment|count|metric|trackEvent|track|emit|on|in_array|any|member|render|redirect\w*|Topic)$|[A-Z_]{4,}$"
)
HANDED = re.compile(
    r"(?i)^_*(?:get|fetch|list|all|each|every|pages?|walk|stream|pull|load|read|records?|rows|items|collect\w*|resource|"
    r"over|people|persons?|members|find_all|iterate|scan|roster|users|everyone|request|sync)(?:_?[a-z]\w*)?[!?]?$"
)
"""Names of functions that go over a collection."""

PATH_OF = re.compile(r"^(?:path|endpoint|resource_path|collection_path|api_path)$")
"""What a class of a client for Ruby says of itself: `path "students"`."""

TABLE = re.compile(r"(?P<name>[A-Za-z_$]\w*)\s*(?::[^\n;{}]*)?(?<![=!<>])(?:=|:|:=|=>)\s*(?:[\w.<>\[\], ]+\(?)?$")
OAUTH = re.compile(r"clever|blueprint|oauth|provider|\bbp\b|(?:^|_)remote|sso")
JOINED = (
    r"(?i)(?:\+|<>|\.\.|\s\.|[{{/}}])\s*[#$]?\{{?\s*(?:[@$\w]+(?:\.|::|->))*[@$]?(?:{})\s*"
    r"\??(?:\[|\.(?:get|fetch|at|dig)\w*[(\s])"
)
"""How an entry of a table is looked up behind a text that it is put behind."""

BUILDS = re.compile(r"(?i)^_*\w*(?:url|uri|endpoint|href)(?:_for)?$")

EVENTFUL = re.compile(r"\w\.(?:created|updated|deleted)\b|[sS]plit\w*\(")
SELECTOR = re.compile(
    r"(?:GET|[pP]ath|URL\w*|[rR]equest\w*|[fF]etch\w*|[lL]oad\w*|[gG]et\w*|stringWithFormat|[rR]esource|[eE]ndpoint)"
    r"\s*[:=]\s*\[?$"
)
"""What stands in front of a path in Objective-C's `[self GET:@"me" …]`."""

WRITES = re.compile(
    r"(?i)^_*(?:save|store|write|persist|upsert|put|remove|destroy|parquet|truncate|select|db|knex|sql|group|related_query|preload|eager|simple_select)(?:_|$)|^Json\w+$"
)
"""Names of functions that keep what they are handed, or ask the application's own tables."""

MIGRATION = re.compile(r"\bMigrations?\b|\bSchema::|\bknex\.schema\b|\bop\.(?:add|create)_")
NOT_A_CLIENT = re.compile(r"\b(?:wp)?db\b|database|param|cache|session$|redis|config|settings|dict|query|scope")
LISTS = words("listOf setOf arrayOf mutableListOf asList List.of Set.of Arrays.asList")
PLACED = re.compile(r"url|uri|path|endpoint|route|resource|api|href|link|target|request|query$|base", re.IGNORECASE)


def accepts_bare(view: View, route: Route, usage: Usage, named: bool, node: Node) -> bool:
    """A path without a slash in front is one only where it is asked for."""
    if view.reading.language == "objective-c" and (
        route.first in COLLECTIONS or route.path == "/me" or "/" in route.path.strip("/")
    ):
        return SELECTOR.search(view.reading.content[max(0, node.start - 40) : node.start].rstrip("@")) is not None
    if NAMED_OTHERWISE.match(usage.key) or WRITES.search(snake(usage.callee)):
        return False
    if usage.key and PLACED.search(usage.key) and "/" in route.path.strip("/"):
        return True
    if is_piece(view, usage, node) or (route.path.count("/") > 1 and is_in_table(view, node)):
        return True
    if (
        named
        and usage.receiver
        and usage.index == 0
        and route.first in COLLECTIONS
        and not OTHER_CALL.search(usage.callee)
    ):
        return True
    if not usage.callee or not asks(usage) or usage.index > 1:
        return False
    if "/" in route.path.strip("/"):
        return True
    receiver = " ".join(usage.receiver)
    asks_clever = bool(
        re.search(r"client|api|http|conn|session|rest|service|faraday|guzzle|token|oauth|agent", receiver)
    )
    if not usage.receiver:
        asks_clever = ASKS.search(usage.callee) is not None and view.evidence.is_about
    return (named or asks_clever) and not re.search(
        r"param|cache|session$|redis|config|settings|dict|query", _without_oauth(usage.receiver)
    )


def _without_oauth(receiver: tuple[str, ...]) -> str:
    """Return what a call is made on, without the session that an OAuth library keeps for a provider."""
    is_oauth = receiver[-1:] == ("session",) and OAUTH.search(" ".join(receiver[:-1])) is not None
    return " ".join(receiver[:-1] if is_oauth else receiver)


def is_in_table(view: View, node: Node) -> bool:
    """Say whether a path stands in a table of paths: under a key of a dictionary that is called so."""
    return any(re.search(r"(?i)path|url|endpoint|resource", name) for name in _tables(view, node))


def _tables(view: View, node: Node) -> list[str]:
    """Return the names that the dictionaries around a node are given, also behind a type of their own."""
    around = [each for each in node.ancestors() if isinstance(each, Items) and each.bracket == "{"]
    written = (view.reading.content[max(0, each.start - 200) : each.start] for each in around)
    return [found["name"] for each in written if (found := TABLE.search(each))]


def _is_joined(view: View, tables: list[str]) -> bool:
    """Say whether an entry of one of these tables is put behind a text: `ROOT + LIST[kind]`, `"#{root}#{LIST[kind]}"`.

    Args:
        tables: What the tables around the entry are called.
    """
    told = "|".join(re.escape(name).replace("_", "_?") for name in tables if name)
    return bool(told) and re.search(JOINED.format(told), view.reading.content) is not None


def is_by_role(view: View, node: Node) -> bool:
    """Say whether a path stands in a table by role, or behind an address, and it is none of the application's pages."""
    keys = [key_name(each) for each in node.ancestors() if isinstance(each, Pair)] + _tables(view, node)
    is_role = any(role_of(key) and not key.endswith("s") for key in keys[:2]) or _is_joined(view, keys[1:])
    is_page = any(
        re.search(r"home|land|redirect|dash|route|nav|menu|page|link|screen|start|after|href", key)
        for key in map(str.lower, keys)
    )
    return is_role and not is_page and view.evidence.is_in_path and bool(view.evidence.bases)


def is_piece(view: View, usage: Usage, node: Node) -> bool:
    """Say whether a collection's name is handed to a function of a client for Clever, which can only ask for it."""
    if not usage.callee:
        return False
    around = view.reading.class_at(node.start)
    is_client = view.evidence.is_in_path or (around is not None and names_clever(around.name))
    is_own = has_base(view) and defines(view, usage.callee)
    given = usage.call.arguments if usage.call is not None else ()
    if any(isinstance(each, Text) and each.value.startswith("record_type") for each in given):
        return False
    if usage.callee == "fetch" and isinstance(node, Text) and node.is_symbol:
        return False  # Ruby's `record.fetch(:schools, [])`
    if NAMED_OTHERWISE.match(usage.key) or "write" in usage.receiver:
        return False
    if WRITES.search(usage.callee) or WRITES.search(snake(usage.callee)):
        return False
    if not (is_client or is_own) or usage.callee in LISTS or OTHER_CALL.search(usage.callee) or usage.index > 3:
        return False
    if MIGRATION.search(view.reading.content):
        return False  # the word names a table of the application, whatever the migration is called
    if view.is_document or view.reading.language == "sql" or EVENTFUL.search(view.reading.content):
        return False
    return NOT_A_CLIENT.search(" ".join(usage.receiver)) is None


def is_handed(view: View, usage: Usage, node: Text) -> bool:
    """Say whether a collection's bare name is handed to a function that a file speaking of Clever defines."""
    is_builder = BUILDS.match(usage.callee) is not None and usage.index == 0
    if node.value not in (NAMES if is_builder else COLLECTIONS) or not usage.callee or usage.index > 1:
        return False
    if OTHER_CALL.search(usage.callee) or MIGRATION.search(view.reading.content) or view.is_document:
        return False
    if view.reading.language in ("ruby", "crystal") and PATH_OF.match(usage.callee) and not usage.receiver:
        return "routes" not in view.below and not EVENTFUL.search(view.reading.content)
    is_own = snake(usage.callee) in view.evidence.project.functions
    return (
        is_own
        and (is_builder or HANDED.search(usage.callee) is not None)
        and not usage.key.startswith("record_type")
        and not EVENTFUL.search(view.reading.content)
    )


def is_key(view: View, node: Node) -> bool:
    """Say whether a text is a key that something is read by: `record["schools"]`, `json \\ "schools"`."""
    parent = node.parent
    if view.reading.content[max(0, node.start - 3) : node.start].rstrip().endswith("\\"):
        return True
    return isinstance(parent, Chain) and any(step.kind == "key" and node in step.arguments for step in parent.steps)


def asks(usage: Usage) -> bool:
    """Say whether a call is one that asks for something, by its name."""
    return usage.callee not in LISTS and bool(REQUEST.search(usage.callee.lstrip("_")))
