"""Where v2's event words stand without being an event type: filters that are handed on, handlers' names, prefixes.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Adjust Event Handling")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.roles import role_of
from playbook.audit.view import View, key_name, usage_of

PLURALS = r"students|teachers|contacts|school_?admins|district_?admins|student_?contacts"
HANDLER = re.compile(rf"^(?:\w+_)?(?P<collection>{PLURALS})_(?P<action>created|updated|deleted)(?:_event)?[!?]?$")
ONLY_IN_EVENTS = re.compile(r"^(?:schooladmins|districtadmins)$")
SUBJECT = re.compile(r"(?:^|_)(?:type|kind|event|event_type|name|topic|record_type)(?:\(\))?$")
STARTS = re.compile(r"^(?:start_?s?_?with\??|startsWith|StartsWith|hasPrefix|HasPrefix|has_prefix|str_starts_with)$")
PARAMETER = re.compile(r"^record_?types?(?:\[\])?$", re.I)
OPEN = re.compile(r"record_type(?:\[\])?=(?:\{\}|%s|$)")
LISTED = re.compile(
    rf"^\s*(?:{PLURALS}|sections|schools|courses|districts)(?:\s*,\s*(?:{PLURALS}|sections|schools|\w+))+\s*$"
)
EVENT_KEY = re.compile(r"(?i)event|types?$|feed|record|watch|topic|subscri")
V3 = re.compile(r"[\"'](?:users|users\.(?:created|updated|deleted))[\"']|record_type=users")
RECORDS_BELOW = re.compile(r"(?i)record_?types?[\"']?\s*:[ \t]*\n((?:[ \t]*-[ \t]*[\"']?\w+[\"']?[ \t]*(?:\n|$))+)")
RECORDS_OF_PARAMETER = re.compile(r"\brecord_type\b[\s\S]{0,120}?enum[\"']?\s*:\s*\[([^\]]*)\]")
EVENTS_CALL = re.compile(r"^(?:get|list|fetch|poll|all)?_?[eE]vents(?:Async|_with_http_info|WithHttpInfo)?$")
MAKES_LIST = re.compile(r"(?i)^(?:as_?list|list_?of|of|set|list|array|vec|Seq)$")

Told = tuple[int, str]


def find_handlers(view: View) -> Iterator[Told]:
    """Give the functions that are named after v2's event types, each with its type."""
    named = [(block, HANDLER.match(snake(block.name))) for block in view.reading.blocks if block.kind == "function"]
    found = [(block, match) for block, match in named if match is not None]
    evidence = view.evidence
    if evidence.speaks or evidence.is_neighbour or len({match["collection"] for _, match in found}) > 1:
        yield from ((block.start, f"{match['collection']}.{match['action']}") for block, match in found)


def find_prefix(view: View, node: Text) -> str:
    """Return the collection that an event's type is tested to begin with, or a blank."""
    value = node.value.removesuffix(".")
    if not value.endswith("s") or not role_of(value):
        return ""
    usage = usage_of(node)
    is_test = STARTS.match(usage.callee) is not None and bool(usage.receiver) and SUBJECT.search(usage.receiver[-1])
    return f"{value}.*" if is_test else ""


def find_open_filter(view: View, node: Node) -> bool:
    """Say whether a request filters by record types of which it does not say which."""
    return _is_open_filter(node) and not V3.search(view.reading.content)  # asked last: it reads the whole file


def _is_open_filter(node: Node) -> bool:
    if isinstance(node, Text):
        if OPEN.search(node.value):
            return True
        call = usage_of(node).call
        given = call.arguments if call is not None else ()
        return bool(PARAMETER.match(node.value)) and len(given) == 2 and given[0] is node and _is_open(given[1])
    return (
        isinstance(node, Pair)
        and PARAMETER.match(key_name(node)) is not None
        and node.operator in (":", "=>", "=")
        and isinstance(node.parent, Items | Chain)
        and _is_open(node.value)
    )


def _is_open(value: Node | None) -> bool:
    """Say whether a value is a name or call, rather than a word or a list of words."""
    return isinstance(value, Chain | Join) and not isinstance(getattr(value, "head", ""), Text | Items)


def find_event_word(view: View, node: Text) -> bool:
    """Say whether a word that only events spell so is handed to a call, alone or in a list."""
    if not ONLY_IN_EVENTS.match(node.value):
        return False
    for parent in node.ancestors():
        if isinstance(parent, Pair | Join):
            return False
        if isinstance(parent, Chain):
            return bool(usage_of(node).callee)
    return False


def find_document_list(view: View, node: Pair) -> bool:
    """Say whether a setting lists v2's collections for its events: `WATCH: students,schooladmins`."""
    value = node.value
    if not view.is_document or not isinstance(value, Text) or not LISTED.match(value.value):
        return False
    words = [word.strip() for word in value.value.split(",")]
    key = key_name(node)
    return any(ONLY_IN_EVENTS.match(word) for word in words) or EVENT_KEY.search(key) is not None


def find_listed_records(view: View) -> Iterator[Told]:
    """Role words that a document lists below `record_types`, line by line or as the values of a parameter."""
    for listed in RECORDS_BELOW.finditer(view.reading.content):
        for item in re.finditer(r"(?m)^\s*-\s*[\"']?(\w+)", listed[1]):
            if role_of(item[1]):
                yield listed.start(1) + item.start(1), item[1]
    for listed in RECORDS_OF_PARAMETER.finditer(view.reading.content):
        if roles := [word for word in re.findall(r"\w+", listed[1]) if role_of(word)]:
            yield listed.start(1), ",".join(roles)


def is_asked_of_events(node: Text) -> bool:
    """Say whether a word is in a list that events are asked for with: `getEvents(100, List.of("students"))`."""
    child: Node = node
    is_listed = False
    for parent in node.ancestors():
        if isinstance(parent, Chain):
            call = parent.call_with(child)
            if call is None or (is_listed and EVENTS_CALL.match(call.name)):
                return call is not None
            is_listed = is_listed or MAKES_LIST.match(call.name) is not None
        elif isinstance(parent, Items):
            is_listed = True
        else:
            return False
        child = parent
    return False
