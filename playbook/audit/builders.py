"""Functions of a file that put a path behind Clever's address: `versioned("/teachers")` is a request as much as a get.

Such a function takes the path as a parameter, so that the address folds to a text that ends in a hole of that name.
"""

from __future__ import annotations

import re

from playbook.audit.folding.fold import Folder
from playbook.audit.folding.pieces import render
from playbook.audit.reading.node import Chain, Join, Node, Pair, Text
from playbook.audit.reading.parser import Syntax
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.reading.token import Reading
from playbook.audit.routes import API_HOSTS, VERSION, read_route

BUILT = re.compile(r"\{(\w+)\}(?:\{\w+\}|\?.*)?$")
OPEN_BASE = re.compile(r"^\{\w+\}/+\{\w*ver\w*\}/*\{\w+\}$")


def find_builders(reading: Reading, syntax: Syntax, folder: Folder, *, is_in_path: bool) -> dict[str, str]:
    """Return the functions of a file that build Clever's addresses, by name in snake case, with their versions.

    Args:
        is_in_path: The file's own path names Clever, so that an address whose base is configured is Clever's too.
    """
    found: dict[str, str] = {}
    for node in syntax.nodes:
        if not isinstance(node, Text | Join) or (isinstance(node, Text) and len(node.parts) < 2):
            continue
        name = _builder_around(reading, node)
        if not name:
            continue
        for folded in folder.fold(node):
            told = render(folded)
            if (version := _version_of(told, is_in_path)) is not None:
                found[name] = version
    return found


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
