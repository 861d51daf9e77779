"""Values that are read as only the answer of `/me` is: its type, and beside it the id or district in its data.

Whoever asked, and in whichever file: an event has an object in its data, a record has its type in itself.

Source: the v2.1 data model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.accesses import path_of
from playbook.audit.flow.kinds import CONVERSIONS
from playbook.audit.flow.places import Places
from playbook.audit.reading.node import Chain, Items, Node, Pair, Text
from playbook.audit.reading.paths import snake

TYPE_NAMES = ("type", "user_type")
IN_DATA = ("id", "district")
OTHERS = re.compile(r"event|evt|webhook|notification|message|hook|delivery")
IS_EVENT = re.compile(r"\w\.(?:created|updated|deleted)\b")
PATTERN = re.compile(r"[\"']?\btype[\"']?\s*(?::|=>|,|\}).*\bdata\b|\bdata\b.*[\"']?\btype[\"']?\s*(?::|=>|,|\})", re.S)
IN_PATTERN = re.compile(r"\bdata[\"']?\s*(?::|=>)\s*%?\{[^{}]*[\"']?\b(?:id|district)\b")

IN_DATA_TAKEN = re.compile(r"\b(?:id|district)\b")
WRAPPED = ("root_element", "body", "json", "json()", "value")
LONGEST = 300  # characters of a pattern

Name = tuple[int, str]
"""Where the function begins in which a name is read, -1 outside of any, and the name."""


def find_identity_names(places: Places) -> frozenset[Name]:
    """Return the names of a file that are read as the answer of `/me` is."""
    if "type" not in places.reading.content or "data" not in places.reading.content:
        return frozenset()
    typed: set[Name] = set()
    filled: set[Name] = set()
    for node, path in _reads(places):
        where = _function(places, node, path[0])
        path = _plain(path)
        if len(path) == 2 and path[1] in TYPE_NAMES:
            typed.add((where, path[0]))
        elif len(path) >= 3 and path[1] == "data" and path[2] in IN_DATA:
            filled.add((where, path[0]))
    for node in places.syntax.nodes:
        if isinstance(node, Pair) and isinstance(node.key, Items) and IN_DATA_TAKEN.search(_written(places, node.key)):
            path = path_of(node.value)
            if len(path) == 2 and path[1] == "data":
                filled.add((_function(places, node, path[0]), path[0]))
    return frozenset(each for each in typed & filled if not OTHERS.search(each[1]) and not _is_event(places, each[0]))


def find_taken_apart(places: Places) -> Iterator[Node]:
    """Give the values that patterns take apart as the answer of `/me`: `{ type, data: { id } }`."""
    for node in places.syntax.nodes:
        if not isinstance(node, Pair) or node.value is None or not isinstance(node.key, Items):
            continue
        written = places.reading.content[node.key.start : node.key.end]
        if len(written) < LONGEST and is_pattern_of_me(places, node.key.start, written):
            yield node.value


def is_pattern_of_me(places: Places, offset: int, written: str) -> bool:
    """Say whether a pattern has a type and data, and the id or district is taken out of the data."""
    if not PATTERN.search(written) or IS_EVENT.search(written):
        return False
    if IN_PATTERN.search(written):
        return True
    function = places.function_at(offset)
    start, end = (function.start, function.end) if function else (0, len(places.reading.content))
    return re.search(r"\bdata\??(?:\.|\[[\"'])(?:id|district)\b", places.reading.content[start:end]) is not None


def _reads(places: Places) -> Iterator[tuple[Node, tuple[str, ...]]]:
    r"""Give the accesses of a file with what they reach through; `json \ "data" \ "id"` is one too."""
    for chain in places.chains:
        yield from ((chain, path) for path in _paths(places, chain))
    for node in places.syntax.nodes:
        if isinstance(node, Items) and places.is_slashed(node) and (path := path_of(node.items[0])):
            keys = [snake(each.value) for each in node.items[1:] if isinstance(each, Text)]
            yield node, (*path, *keys)


def _paths(places: Places, chain: Chain) -> Iterator[tuple[str, ...]]:
    """Give the path of an access, and that with its first name followed back by one step: `data = me["data"]`."""
    path = path_of(chain)
    if len(path) < 2 or not path[0]:
        return
    yield path
    if len(path) == 2 and path[1] in IN_DATA:
        for value in places.definitions.find(path[0], chain.start)[:1]:
            before = _plain(path_of(value)) if isinstance(value, Chain) else ()
            if before[1:] == ("data",):
                yield (*before, path[1])


def _plain(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path without the body that an answer is wrapped in, and without the calls at its end that convert."""
    kept = list(path)
    while len(kept) > 2 and kept[1] in WRAPPED:
        kept.pop(1)
    while len(kept) > 2 and (kept[-1].endswith("()") or kept[-1] in CONVERSIONS):
        kept.pop()
    return tuple(kept)


def _written(places: Places, node: Node) -> str:
    return places.reading.content[node.start : node.end]


def _function(places: Places, node: Node, name: str) -> int:
    function = places.function_at(node.start)
    return -1 if function is None or name in places.by_name else function.start


def _is_event(places: Places, start: int) -> bool:
    """Say whether the function that begins at a place, or the file, tells events apart."""
    content = places.reading.content
    around = places.reading.class_at(max(0, start))
    if around is not None and OTHERS.search(snake(around.name)):
        return True
    end = next((function.end for function in places.functions if function.start == start), len(content))
    return IS_EVENT.search(content, max(0, start), end) is not None
