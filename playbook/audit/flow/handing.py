"""Where a value leaves what Clever sent: it is handed to a function of the application that stores or looks it up."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.evidence import names_clever
from playbook.audit.flow.calls import Called, find_calls, target_of
from playbook.audit.flow.keeping import SHOWN, Kept
from playbook.audit.flow.kinds import CONVERSIONS, SPLITS
from playbook.audit.flow.values import Values
from playbook.audit.reading.node import Chain, Items, Node, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.words import words

STORES = re.compile(
    r"(?:^|_)(?:save|store|upsert|find|get|lookup|look_up|by|link|merge|close|deactivate|activate|delete|remove|drop|disable|"
    r"resolve|insert|create|update|sync|register|attach|assign|bind|provision|import|enroll|retire|archive|exec|execute|query|"
    r"query_row|load|first|where|for|claim|claims|add_claim|ensure|touch|put|set|revoke|suspend|sign_in|login|exists|has|"
    r"subscribe_user|grant|match|associate|connect|open|of|do|run|context|run_sql|prepare|with|bind_param|one|single|any|"
    r"query_for_object|query_for_list|add|param|set_parameter)(?:$|_)"
)
SETS = re.compile(r"set(?:String|Object|Parameter|Value|Text)$|bind(?:Value|Param|_param)?$")
GIVEN_AS_LIST = re.compile(r"exec|query|bind|values|run|none|one|do$|raw")
STATEMENT = re.compile(r"(?i)^\s*(?:insert|select|update|delete|replace|merge|with|upsert)\s")
SPELLED = re.compile(
    r"(?i)[\"'`(]\s*(?:insert\s+into|select\s|update\s|delete\s+from|replace\s+into|merge\s+into|upsert\s)"
    r"[^;]{0,300}?clever"
)
BINDS = re.compile(r"^(?:execute|exec|bind\w*|param|add_parameter|add_with_value|set_\w+|string|object|int|query|run)$")
SPELLS = re.compile(r"escape|quote|encode")
BUILDS_PATH = re.compile(r"path_segment|url_segment|path_variable|path_param|build_and_expand|^expand$")
NEAR = 1_200
CALLBACKS = words("done callback cb next resolve completion complete success handler")
ROUTER = re.compile(r"^clever_?\w*(?:router|endpoint|route|url)s?$")
TOKEN = re.compile(r"(?:^|_)(?:token|bearer|sdk|access_token)$")
WRITES = re.compile(r"set|save|store|upsert|create|link|insert|put|add")
UNNAMED = re.compile(r"(?i)\binto\s+[\w.\"`]+\s+values\b|^\s*exec\w*\s|^\s*(?:select|call)\s+\w+\s*\(\s*[?$:%@]")
"""Statements that name no columns."""

COLLECTS = re.compile(
    r"^(?:push|append|add_all|includes?|contains|has|index_of|extend|concat|compact|uniq|len|sizeof|count)$"
)


def find_handed(values: Values, kind: str, verbs: re.Pattern[str] = STORES) -> Iterator[Kept]:
    """Give the calls that are handed a value of a kind as it is.

    Args:
        verbs: What such a call must be named like, unless it is a function of the project.
    """
    for node in values.places.syntax.nodes:
        if not isinstance(node, Chain):
            continue
        for called in find_calls(node):
            handed = next((each for each in _handed(called) if _is_of(values, each, kind)), None)
            if handed is None or not _takes(values, called, node, verbs):
                continue
            if kind != "id" or not _is_bound(values, called, node):
                yield Kept(called.name, handed.start, True)


def find_asked(values: Values) -> Iterator[Kept]:
    """Give the calls of what asks Clever that choose by the type of `/me` which record to ask for, and hand its id."""
    for node in values.places.syntax.nodes:
        if not isinstance(node, Chain):
            continue
        for called in find_calls(node):
            if not called.owner or values.places.is_head(called, node):
                continue
            chosen = next((each for each in called.arguments if _is_of(values, each, "type")), None)
            has_id = any(_is_of(values, each, "id") for each in called.arguments)
            is_client = "client" in values.before(node, called) or _is_clevers(values, called)
            if chosen is not None and has_id and is_client:
                yield Kept(called.name, chosen.start)


def _handed(called: Called) -> list[Node]:
    """Return the arguments of a call; of a statement's, also what is listed for its placeholders."""
    if any(isinstance(each, Text) and STATEMENT.search(each.value) for each in called.arguments) and not any(
        isinstance(each, Text) and UNNAMED.search(each.value) for each in called.arguments
    ):
        return []  # the statement's own columns are the places
    found = list(called.arguments)
    if GIVEN_AS_LIST.search(called.name):
        found += [each for argument in called.arguments if isinstance(argument, Items) for each in argument.items]
    return found


def _is_of(values: Values, argument: Node, kind: str) -> bool:
    told = argument.value if isinstance(argument, Pair) and argument.operator in ("=", ":") else argument
    return isinstance(told, Chain) and values.kinds(told) == {kind}


def _goes_to_clever(values: Values, called: Called) -> bool:
    """Say whether a call only asks Clever again: it is a client's, makes what a client gives, or is handed a token."""
    if called.name in CALLBACKS and not called.owner:
        return True
    owner = snake(called.owner[-1]) if called.owner else ""
    if _is_clevers(values, called):
        return True
    if (called.written[:1].isupper() and names_clever(called.written)) or ROUTER.search(owner):
        return True
    paths = [clean(segments(each)) for each in called.arguments if isinstance(each, Chain)]
    return not WRITES.match(called.name) and any(path and TOKEN.search(path[-1]) for path in paths)


def _is_clevers(values: Values, called: Called) -> bool:
    """Say whether a call is one of an object that asks Clever, by its name."""
    owner = snake(called.owner[-1]) if called.owner else ""
    return values.owners.is_named(owner) or owner in values.owners.clients


def _is_bound(values: Values, called: Called, node: Chain) -> bool:
    """Say whether a call only fills the placeholders of a statement that the function spells above it."""
    if not BINDS.match(called.name) and not SETS.match(called.written):
        return False
    function = values.places.function_at(node.start)
    start = max(function.start if function is not None else 0, node.start - NEAR)
    return SPELLED.search(values.places.reading.content, start, node.end) is not None


def _takes(values: Values, called: Called, node: Chain, verbs: re.Pattern[str]) -> bool:
    name = called.name
    if SETS.match(called.written) and len(called.arguments) == 2:
        return True  # JDBC's `setString(1, id)`
    if name in CONVERSIONS or name in SPLITS or COLLECTS.match(name) or SHOWN.search(called.written):
        return False
    if values.places.is_head(called, node) or (verbs is STORES and values.asks(called)):
        return False
    if _goes_to_clever(values, called):
        return False
    if BUILDS_PATH.search(name) or SPELLS.search(name):
        return False
    texts = [each.value for each in called.arguments if isinstance(each, Text)]
    if any("/" in text and " " not in text for text in texts) or "client" in values.before(node, called):
        return False
    if called.written[:1].isupper() and called.written in values.facts.records:
        return False
    if verbs is not STORES:
        return bool(verbs.search(name))
    return bool(verbs.search(name)) or target_of(called) in values.places.by_name or name in values.facts.takes
