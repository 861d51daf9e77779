"""Where code chooses by v2's collections alone, once it has an event's type apart: arms, clauses, tuples, tables.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Adjust Event Handling")
"""

from __future__ import annotations

import re
from functools import lru_cache

from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.view import View, key_name, usage_of

COLLECTION = re.compile(r"^(?:students|teachers|contacts|school_?admins|district_?admins|student_?contacts)$")
OTHERS = ("sections", "schools", "districts", "courses", "terms")
ACTION = re.compile(r"^(?:created|updated|deleted|\*)$")
SUBJECT = r"(?:[tT]ype|[eE]vent|[nN]ame|[kK]ind)"
SPLIT = re.compile(
    rf"{SUBJECT}\w*[^\n]{{0,40}}(?:split|partition|explode|Split|strtok|rpartition|cut|Cut|substringBefore|takeWhile)\w*\W|"
    rf"(?:split|Split|explode|Cut|partition|strtok|before|Before)\w*\s*\([^\n]{{0,40}}{SUBJECT}\b|"
    rf"{SUBJECT}\w*\.(?:substring|Substring|substr|slice|prefix)\s*\([^\n]{{0,60}}[\"']\.[\"']|"
    rf"{SUBJECT}\w*\.(?:startsWith|StartsWith|hasPrefix|start_with\?|startswith)\s*\([^\n]{{0,30}}\+\s*[\"']\.[\"']"
)
"""How a type is taken apart."""

TOPIC = re.compile(r"(?:topic|event|resource|collection|kind|record|noun|subject|entity|handles)(?:_type|_name)?s?$")
EVENT_OBJECT = re.compile(r"\bdata\b[\"'\]),(.:/>\s?&!\[-]{1,12}object\b|previous_?[aA]ttributes|/events\b")
SAME = re.compile(r"^(?:equals|eql\?|equal|isEqualToString|isEqualTo|eq|same)$")
EQUALS = ("=", "==", "===", "eq")
CLAUSE = re.compile(r"^(?:def|defp|defmethod|fn)$")
ROWS = ("of", "map_of", "mapOf", "hash", "ofEntries")
ARM_LANGUAGES = ("fsharp", "ocaml", "haskell", "reason", "elm", "rust", "scala")


@lru_cache(maxsize=8)
@lru_cache(maxsize=8)  # asked for each table of a file
def splits_types(content: str) -> bool:
    """Say whether a file takes the types of events apart."""
    return SPLIT.search(content) is not None


def tells_events(content: str) -> bool:
    """Say whether a file handles Clever's events: it takes a type apart, or reads the object of an event."""
    return splits_types(content) or EVENT_OBJECT.search(content) is not None


def find_dispatch(view: View, node: Text) -> str:
    """Return the collection that a text chooses by, or a blank."""
    if not COLLECTION.match(node.value):
        return ""
    is_chosen = _stands_beside_action(node) or (
        splits_types(view.reading.content)
        and (_is_same(node) or _is_clause(node) or _is_row(node) or _is_arm(view, node))
    )
    return node.value if is_chosen else ""


def find_word_list(view: View, node: Text) -> str:
    """Return the collections of a list that is written as one text: `~w(students teachers sections)`."""
    words = node.value.split()
    if len(words) < 2 or not all(COLLECTION.match(word) or word in OTHERS for word in words):
        return ""
    return " ".join(words) if splits_types(view.reading.content) else ""


def _stands_beside_action(node: Text) -> bool:
    """`("students", "created")`, the same as a pattern, and `noun = 'students' and verb = 'created'`."""
    around = node.parent
    if isinstance(around, Join) and around.operator in EQUALS and isinstance(around.parent, Join):
        beside = [each for other in around.parent.items if isinstance(other, Join) for each in other.items]
        return any(isinstance(each, Text) and ACTION.match(each.value) for each in beside)
    if not isinstance(around, Items) or not 2 <= len(around.items) <= 3:
        return False
    return any(isinstance(each, Text) and ACTION.match(each.value) for each in around.items)


def _is_same(node: Text) -> bool:
    """`noun.equals("students")` and `"students".equals(noun)`."""
    if isinstance(node.parent, Chain) and node.parent.head is node:
        return bool(node.parent.steps) and SAME.match(node.parent.steps[0].name or "") is not None
    return SAME.match(usage_of(node).callee) is not None


def _is_clause(node: Text) -> bool:
    """`defp save("students", object)`."""
    around = node.parent
    return isinstance(around, Chain) and CLAUSE.match(around.lead) is not None


def _is_row(node: Text) -> bool:
    """`Map.of("students", "pupils", "teachers", "adults")`."""
    call = usage_of(node).call
    if call is None or call.name not in ROWS or call.owner is None:
        return False
    return call.owner.head == "Map" and call.place % 2 == 0 and len(call.arguments) % 2 == 0


def _is_arm(view: View, node: Text) -> bool:
    """An arm of a match, where the language begins one with a bar."""
    if view.reading.language not in ARM_LANGUAGES or (
        isinstance(node.parent, Join | Pair) and node.parent.lead == "let"
    ):
        return False
    content = view.reading.content
    before = content[content.rfind("\n", 0, node.start) + 1 : node.start]
    return re.match(r"^\s*\|[\s(\[|\"'\w;,]*$", before) is not None


def is_table_of_rows(node: Node) -> bool:
    """Say whether a table is written as a call whose arguments are its rows."""
    return isinstance(node, Chain) and node.head == "Map" and bool(node.steps) and node.callee in ROWS


def is_split_type(view: View, node: Text) -> bool:
    """Say whether a plural role word is compared with the first half of a split event type."""
    block = view.reading.function_at(node.start)
    is_keyed = isinstance(node.parent, Pair) and node.parent.key is node and block is None
    start, end = (block.start, block.end) if block else (max(0, node.start - 1500), node.end)
    body = view.reading.content if is_keyed else view.reading.content[start:end]
    if not SPLIT.search(body):
        return False
    if (
        node.lead in ("when", "case", "in")
        or _is_extracted(node)
        or (isinstance(node.parent, Join) and node.parent.operator in ("==", "===", "eq", "!="))
    ):
        return True
    if isinstance(node.parent, Pair):
        return node.parent.key is node
    return isinstance(node.parent, Items) and (
        node.parent.lead in ("when", "case", "in")
        or (isinstance(node.parent.parent, Pair) and node.parent.parent.key is node.parent)
        or getattr(node.parent.parent, "operator", "") == "in"
        or _stands_after_case(view, node)
    )


def _is_extracted(node: Text) -> bool:
    """Say whether a text stands in a pattern that is written as a call: `case Array("students", verb) =>`."""
    around = node.parent.parent if isinstance(node.parent, Join) else node.parent
    return isinstance(around, Chain) and around.lead == "case" and bool(around.callee)


def is_topic(view: View, node: Text) -> bool:
    """Say whether a plural role word says what a handler is for, in a file that takes event types apart."""
    pair = node.parent
    is_constant = (
        isinstance(pair, Chain) and isinstance(pair.head, str) and pair.head.isupper() and len(pair.arguments) == 1
    )
    is_named = isinstance(pair, Pair) and pair.value is node and TOPIC.match(key_name(pair)) is not None
    return (is_constant or is_named) and "/events" in view.reading.content and splits_types(view.reading.content)


def _stands_after_case(view: View, node: Text) -> bool:
    line = view.reading.content[view.reading.content.rfind("\n", 0, node.start) + 1 : node.start]
    return re.match(r"\s*(?:case|when)\b[\s\"'\w,:]*$", line) is not None
