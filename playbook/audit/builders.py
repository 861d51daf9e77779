"""Functions that put a path behind Clever's address: `versioned("/teachers")` is a request as much as a get.

Such a function takes the path as a parameter, so that the address folds to a text that ends in a hole of that name; one
that hands its own parameter on to such a function is one too, and so is what inherits or imports it in other files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from playbook.audit.flow.calls import Called, find_calls
from playbook.audit.folding.calls import PATH_JOINS, TEXT_JOINS
from playbook.audit.folding.fold import Folder
from playbook.audit.folding.pieces import render
from playbook.audit.reading.node import Chain, Join, Node, Pair, Text
from playbook.audit.reading.parser import Syntax
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.reading.token import Reading
from playbook.audit.routes import API_HOSTS, RESOURCES, VERSION, read_route
from playbook.audit.words import words

BUILT = re.compile(r"\{(\w+)\}(?:\{\w+\}|\?.*)?$")
OPEN_BASE = re.compile(r"^\{\w+\}/+\{\w*ver\w*\}/*\{\w+\}$")
JOINS = PATH_JOINS | TEXT_JOINS | {"join"}
CONFIGURED = re.compile(
    r"(?i)base_?ur[il]\b[^\n]{0,60}clever[\w.\-]{0,24}(?:url|uri|host|base|root|endpoint|api|server|address)\b"
)
VERBS = words("get fetch request get_json json send perform execute")
CLIENT = re.compile(r"(?i)^(?:self|this|@|class)$|client|http|conn|api|session|rest|request|axios|faraday")
HANDS = 2  # from function to function, before the path is asked


@dataclass(frozen=True, slots=True)
class Builder:
    """A function of a project that builds Clever's addresses.

    Attributes:
        version: The version of the address; blank or `?` where it is not known.
        owners: The file and the classes that it is a function of, in snake case.
    """

    version: str
    owners: frozenset[str]


def find_builders(reading: Reading, syntax: Syntax, folder: Folder, *, is_in_path: bool) -> dict[str, str]:
    """Return the functions of a file that build Clever's addresses, by name in snake case, with their versions.

    Args:
        is_in_path: The file's own path names Clever, so that an address whose base is configured is Clever's too.
    """
    found: dict[str, str] = {}
    for node in syntax.nodes:
        if not _may_build(node) or not (name := _builder_around(reading, node)):
            continue
        for folded in folder.fold(node):
            told = render(folded)
            if (version := _version_of(told, is_in_path)) is not None:
                found[name] = version
    if not found and CONFIGURED.search(reading.content):
        found |= dict.fromkeys(_wrapped(reading, syntax), "")
    for _ in range(HANDS if found else 0):
        found |= {name: version for name, version in _handed_on(reading, syntax, found) if name not in found}
    return found


def _wrapped(reading: Reading, syntax: Syntax) -> Iterator[str]:
    """Give the functions that hand a path of their own on to a client whose base is configured by Clever's name."""
    for node in syntax.nodes:
        for called in find_calls(node) if isinstance(node, Chain) else ():
            if called.name in VERBS and (not called.owner or CLIENT.search(called.owner[-1])):
                name = _builder_around(reading, node)
                if name and _hands_on(reading, node, replace(called, owner=())):
                    yield name


def _may_build(node: Node) -> bool:
    if isinstance(node, Text):
        return len(node.parts) > 1
    return isinstance(node, Join) or (isinstance(node, Chain) and node.callee in JOINS)


def _handed_on(reading: Reading, syntax: Syntax, found: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Give the functions that hand a parameter of their own on to one that builds an address."""
    for node in syntax.nodes:
        for called in find_calls(node) if isinstance(node, Chain) else ():
            if called.name in found and (name := _builder_around(reading, node)) and _hands_on(reading, node, called):
                yield name, found[called.name]


def _hands_on(reading: Reading, node: Node, called: Called) -> bool:
    function = reading.function_at(node.start)
    if function is None or (called.owner and called.owner[-1] not in ("self", "this", "@", "")):
        return False
    head = re.split(r"\)|\bdo\b|\{\s*\n", reading.content[function.start : function.start + 400])[0]
    if any(
        isinstance(each, Text) and each.value.strip("/").partition("/")[0] in RESOURCES for each in called.arguments
    ):
        return False
    names = [each.head for each in called.arguments[:3] if isinstance(each, Chain) and not each.steps]
    return any(isinstance(name, str) and re.search(rf"(?<![\w&]){re.escape(name)}(?!\w)", head) for name in names)


def _version_of(told: str, is_in_path: bool) -> str | None:
    """Return the version of an address that ends in an open path; None where a text is no such address."""
    if is_in_path and OPEN_BASE.match(told):
        return "?"
    route = read_route(told)
    if route is None or route.host not in API_HOSTS or not BUILT.search(told):
        return None
    version = route.version
    if not version and (match := re.search(r"/(v\d\.\d)(?=\{)", told)):
        version = match[1] if VERSION.fullmatch(match[1]) else ""
    return version


def _builder_around(reading: Reading, node: Node) -> str:
    """Return the name of the function that a text stands in, declared or assigned."""
    for parent in node.ancestors():
        if isinstance(parent, Pair) and parent.operator in ("=", ":=") and isinstance(parent.key, Chain):
            written = reading.content[parent.start : node.start]
            path = clean(segments(parent.key))
            if path and ("=>" in written or path[-1].endswith("()")):
                return path[-1].removesuffix("()")
    function = reading.function_at(node.start)
    return snake(function.name) if function is not None else ""
