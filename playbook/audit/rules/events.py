"""Event types, record types and dispatch by them: v3 sends `users.*` for every person and takes no role as a filter.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Adjust Event Handling") and
https://dev.clever.com/docs/events-api
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from playbook.audit.evidence import names_clever
from playbook.audit.findings import Finding
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.roles import role_of, roles_in
from playbook.audit.rules.event_dispatch import (
    find_dispatch,
    find_word_list,
    is_split_type,
    is_table_of_rows,
    is_topic,
    splits_types,
    tells_events,
)
from playbook.audit.rules.event_words import (
    find_document_list,
    find_event_word,
    find_handlers,
    find_listed_records,
    find_open_filter,
    find_prefix,
    is_asked_of_events,
)
from playbook.audit.view import View, key_name, usage_of

PERSONS = r"(?:students|teachers|contacts|schooladmins|districtadmins|school_admins|district_admins|studentcontacts)"
ACTIONS = r"(?:created|updated|deleted)"
TYPE = re.compile(rf"^(?:clever[.:/])?{PERSONS}\.(?:{ACTIONS}|\*|%|\{{\}})?$")
PATTERN = re.compile(rf"(?:\b|\(|\\[AbB])(?:\w+\|)*{PERSONS}(?:\|\w+)*\)?(?:\\+\.|\[\.\])")
ONLY_IN_EVENTS = re.compile(r"[\"':\s\[(](?:schooladmins|districtadmins)[\"'\s,\])]")
ONLY_OLD = re.compile(r"school_?admins?$|\w+s$")
QUOTED = re.compile(rf"[\"']({PERSONS}\.(?:{ACTIONS}|%|\*)?)[\"']")
LISTED = re.compile(r"[\s,]+")
UNIQUE = re.compile(rf"\b(?:schooladmins|districtadmins)\.{ACTIONS}")
CLASS = re.compile(
    r"^(?:Students|Teachers|Contacts|Schooladmins|Districtadmins|SchoolAdmins|DistrictAdmins)(?:Created|Updated|Deleted)(?:Event)?$"
)
MEMBER = re.compile(r"^(student|teacher|contact|school_?admin|district_?admin)s?_(created|updated|deleted)$")
RECORD_TYPE = re.compile(
    rf"record_?[tT]ypes?(?:\[\])?=(?:[\w,%]*,)?({PERSONS}|student|teacher|contact|school_?admin|district_?admin)"
)
RECORD_KEY = re.compile(r"^(?:\w+_)?record_types?(?:\[\])?$")
EVENT_LIST = re.compile(
    r"event|type_map|record_types?|handled_types|wanted|subscri|topic|collections|watched|tracked|listen"
)
BUS = re.compile(r"^(?:subscribe|publish|emit|broadcast|trigger|fire|notify|enqueue|produce)(?:_?[a-z]\w*)?!?$", re.I)
"""Calls of an application's own bus: Clever pushes nothing, its events are polled."""

EVENT_BODY = re.compile(r"[\"']?data[\"']?\s*(?::|=>)\s*(?:%?\{|\[|\w*\()\s*[\"']?(?:object|previous_attributes)\b")
"""What an event of Clever's has in its data."""

COUNTED = re.compile(r"(?i)^(?:record_?event|log_?event|track\w*|capture|analytics|push_?event|count|increment)$")
STARTS = re.compile(
    r"^(?:start_?s?_?with\??|startsWith|starts_with|StartsWith|hasPrefix|HasPrefix|has_prefix|str_starts_with|beginsWith|index_?[oO]f|include\??|includes|Contains|contains|match\??)$"
)


KINDS = re.compile(r"(?:^|_)(?:kinds|types|records|names)$")


def find_event_types(view: View) -> Iterator[Finding]:
    """Give every event type, filter and dispatch table that names a role."""
    if not _is_about_events(view):
        return
    if view.is_document:
        for token in view.reading.tokens:
            if token.kind == "name" and (match := re.search(rf"(?:^|\.)({PERSONS}\.{ACTIONS})$", token.value)):
                yield _typed(view, token.start, match[1], "event_type")
        yield from (_record(view, offset, told) for offset, told in find_listed_records(view))
    for offset, told in find_handlers(view):
        yield _typed(view, offset, told, "handler")
    for node in view.nodes():
        if isinstance(node, Text):
            if not _is_own_bus(view, node):
                yield from _of_text(view, node)
        elif isinstance(node, Pair):
            yield from _of_pair(view, node)
            if find_document_list(view, node) or find_open_filter(view, node):
                yield _record(view, node.start, "…")
        elif isinstance(node, Chain):
            yield from _of_class(view, node)


def _is_own_bus(view: View, node: Text) -> bool:
    """Say whether an event is one of the application's own bus, or of its analytics."""
    usage = usage_of(node)
    if COUNTED.search(usage.callee):
        return True
    return not view.evidence.speaks and (BUS.match(usage.callee) is not None or usage.key == "sender")


def _is_about_events(view: View) -> bool:
    """Say whether event types in this file are Clever's: other applications have `students.created` of their own."""
    evidence = view.evidence
    if evidence.speaks or evidence.is_neighbour:
        return True
    content = view.reading.content
    if UNIQUE.search(content):
        return True
    found = set(re.findall(rf"\b{PERSONS}\.{ACTIONS}", content))
    sections = re.search(rf"\bsections\.{ACTIONS}", content) is not None
    if not evidence.project.is_clever:
        return False
    is_recorded = bool(found) and EVENT_BODY.search(content) is not None
    return is_recorded or (len({each.partition(".")[0] for each in found}) + sections) >= 2 or _splits_types(content)


def _splits_types(content: str) -> bool:
    """Say whether a file takes event types apart and knows more than one of v2's collections."""
    known = set(re.findall(rf"[\"':]({PERSONS}|sections)\b", content))
    return len(known) >= 2 and splits_types(content)


def _report(view: View, offset: int, what: str, variant: str, remedy: str, v3: str) -> Finding:
    return view.find(
        "events_record_type", offset, legacy=what, v3=v3, change=("event",), remedy=remedy, severity="high",
        variant=variant, roles=roles_in(what),
    )  # fmt: skip


def _typed(view: View, offset: int, told: str, variant: str) -> Finding:
    action = told.partition(".")[2].strip("*{}%\\.") or "*"
    roles = ", ".join(roles_in(told.partition(".")[0])) or "its role"
    remedy = f"Handle users.{action} and read {roles} from data.object.roles: v3 sends no {told}."
    return _report(view, offset, told, variant, remedy, f"users.{action}")


def _of_text(view: View, node: Text) -> Iterator[Finding]:
    value = node.value
    if TYPE.match(value):
        if ("." in value and not value.endswith(".")) or _is_prefix(node):
            yield _typed(view, node.start, value, "event_type")
    elif PATTERN.search(value) and (
        "created" in value or "updated" in value or "event" in _around(view, node) or tells_events(view.reading.content)
    ):
        yield _typed(view, node.start, value, "pattern")
    elif len(value) > 12 and (found := QUOTED.search(value)):
        yield _typed(view, node.start, found[1], "event_type")
    elif match := RECORD_TYPE.search(value):
        yield _record(view, node.start, match[1])
    elif listed := find_word_list(view, node):
        yield _record(view, node.start, listed)
    elif chosen := find_dispatch(view, node):
        yield _typed(view, node.start, f"{chosen}.*", "prefix")
    elif prefix := find_prefix(view, node):
        yield _typed(view, node.start, prefix, "prefix")
    elif find_open_filter(view, node) or find_event_word(view, node):
        yield _record(view, node.start, "…")
    elif value.strip().rstrip("s") and role_of(value) and _is_record_type(node):
        yield _record(view, node.start, value)
    elif "," in value and view.is_document and (types := [word for word in LISTED.split(value) if TYPE.match(word)]):
        yield _typed(view, node.start, types[0], "event_type")
    elif "," in value and RECORD_KEY.match(usage_of(node).key) and (roles := _listed_roles(value)):
        yield _record(view, node.start, ",".join(roles))
    elif role_of(value) and value.endswith("s") and (is_split_type(view, node) or is_topic(view, node)):
        yield _typed(view, node.start, f"{value}.*", "prefix")


def _listed_roles(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if role_of(word)]


def _record(view: View, offset: int, word: str) -> Finding:
    word = word if word != "…" else "role"
    remedy = f"Drop record_type={word} or ask for record_type=users, and filter by data.object.roles yourself."
    return _report(view, offset, f"record_type={word}", "record_type", remedy, "record_type=users")


def _around(view: View, node: Node) -> str:
    return view.reading.content[max(0, node.start - 120) : node.end + 40].lower()


def _is_prefix(node: Text) -> bool:
    """Say whether `students.` is a prefix that something is tested against or joined to."""
    if STARTS.match(usage_of(node).callee):
        return True
    return isinstance(node.parent, Join | Text | Pair | Chain | Items)


def _is_record_type(node: Text) -> bool:
    """Say whether a role word is the value of a `record_type` parameter, alone or in a list."""
    usage = usage_of(node)
    if RECORD_KEY.match(usage.key):
        return True
    if node.value.endswith("s") and is_asked_of_events(node):
        return True
    first = usage.call.arguments[0] if usage.call and usage.index >= 1 else None
    if isinstance(first, Text) and re.search(r"record_?types?=(?:\{\w*\}|%s)", first.value, re.IGNORECASE):
        return True
    if isinstance(first, Text) and RECORD_KEY.match(first.value.lower().replace("recordtype", "record_type")):
        return True
    child: Node = node
    for parent in node.ancestors():
        if isinstance(parent, Pair) and RECORD_KEY.match(key_name(parent)):
            return True
        if isinstance(parent, Items) and len(parent.items) >= 2:
            keys = [parent.items[0], *(one for one, other in pairwise(parent.items) if other is child)]
            if any(isinstance(each, Text) and RECORD_KEY.match(snake(each.value)) for each in keys if each is not node):
                return True  # Clojure's `{:record_type ["students"]}` too
        if isinstance(parent, Chain) and not isinstance(node.parent, Items | Pair):
            break
        child = parent
    return False


def _of_pair(view: View, node: Pair) -> Iterator[Finding]:
    """A constant such as `EVENT_TYPES = %w(students teachers sections)` or a `TYPE_MAP` keyed by collections."""
    if isinstance(node.value, Text) and " " in node.value.value and _lists_event_words(view, node.value):
        listed_words = f"{key_name(node)}: {node.value.value}"
        remedy = "Replace them by users and tell the roles apart by data.object.roles."
        yield _report(view, node.start, listed_words, "dispatch_table", remedy, f"{key_name(node)}: users")
        return
    if node.operator == "->" or not isinstance(node.value, Items | Chain):
        return
    inner: Node | str = node.value
    while isinstance(inner, Chain):
        inner = inner.head
    if is_table_of_rows(node.value):
        return
    is_table = isinstance(inner, Items) and splits_types(view.reading.content)
    is_kinds = KINDS.search(key_name(node)) is not None and bool(
        re.search(rf"{PERSONS}\.{ACTIONS}|record_type", view.reading.content) or tells_events(view.reading.content)
    )
    if not (EVENT_LIST.search(key_name(node)) or is_table or is_kinds or _lists_event_words(view, node.value)):
        return
    listed: Node = node.value
    while isinstance(listed, Chain) and isinstance(listed.head, Node):
        listed = listed.head
    if isinstance(listed, Chain):
        listed = next((each for step in listed.steps for each in step.arguments if isinstance(each, Items)), listed)
    items = listed.items if isinstance(listed, Items) else getattr(listed, "arguments", ())
    words_in = [text.value for item in items for text in _keys(item)]
    roles = [
        word
        for word in words_in
        if role_of(word) and "." not in word and (word.endswith("s") or is_kinds or not is_table)
    ]
    if "staff" in roles and not any(ONLY_OLD.match(word) for word in roles):
        return  # v3's own roles
    if len(roles) >= 2 or (len(roles) == 1 and any(word in ("sections", "schools", "districts") for word in words_in)):
        told = f"{key_name(node)}: {', '.join(roles)}"
        rows = [item for item in items if isinstance(item, Pair) and {text.value for text in _keys(item)} & {*roles}]
        if is_table and len(rows) == len(roles):
            yield from (_typed(view, row.start, f"{_keys(row)[0].value}.*", "prefix") for row in rows)
            return
        remedy = f"Replace {', '.join(roles)} by users and tell the roles apart by data.object.roles."
        yield _report(view, node.start, told, "dispatch_table", remedy, f"{key_name(node)}: users")


def _lists_event_words(view: View, listed: Node) -> bool:
    """Say whether a list holds words that only event types spell so, in a file that handles events."""
    content = view.reading.content
    if not ONLY_IN_EVENTS.search(content, listed.start, listed.end):
        return False  # asked first: the whole file is searched only where it may matter
    return bool(re.search(rf"\.{ACTIONS}\b|[eE]vents?\b|record_type", content) or splits_types(content))


def _keys(item: Node) -> list[Text]:
    if isinstance(item, Text):
        return [item]
    if isinstance(item, Pair):
        if isinstance(item.key, Text):
            return [item.key]
        path = clean(segments(item.key))
        return [Text(item.start, item.end, value=path[-1])] if path else []
    return [each for each in item.items if isinstance(each, Text)][:1] if isinstance(item, Items) else []


def _of_class(view: View, node: Chain) -> Iterator[Finding]:
    names = [node.head] if isinstance(node.head, str) else []
    names += [step.name for step in node.steps if step.kind == "attribute"]
    for name in names:
        if CLASS.match(name) and view.evidence.speaks:
            told = re.sub(r"(?<=s)(?=Created|Updated|Deleted)", ".", name.removesuffix("Event")).lower()
            yield _typed(view, node.start, told, "event_class")
            return
    is_of_clever = len(node.steps) == 1 and len(names) == 2 and names_clever(names[0])
    if is_of_clever and (match := MEMBER.match(snake(names[1]))):  # an enumeration of Clever's types
        yield _typed(view, node.start, f"{match[1]}s.{match[2]}", "event_class")
