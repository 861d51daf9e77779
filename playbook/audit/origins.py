"""Where a value comes from: a name is followed back through its assignments, so that `t["sis_id"]` is known to be
`user["roles"]["teacher"]["sis_id"]` where `t` was taken from there.
"""

from __future__ import annotations

import re

from playbook.audit.evidence import names_clever
from playbook.audit.folding.pieces import render
from playbook.audit.reading.node import Chain, Choice, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.routes import API_HOSTS, read_route
from playbook.audit.view import View
from playbook.audit.words import words

MAX_STEPS = 6
OWN = words(
    "find find_by find_by! first_or_create first_or_initialize find_or_create_by find_or_initialize_by create "
    "create! new "
    "where objects query save update_or_create get_or_create filter find_one findone first_or_new build upsert session "
    "repository repo get_by insert"
)


IMPORTS = re.compile(r"^\s*(?:use|import|from|using)\b(?P<names>[^\n;]*)", re.M)
CLIENTS = re.compile(r"client|connection|conn$|api|http|service|gateway|fetcher|source|session$|adapter|agent")


def origin_of(view: View, node: Node | None, depth: int = 0) -> tuple[str, ...]:
    """Return the path of an access with its first name followed back: what was asked, then what is reached in it."""
    if isinstance(node, Choice):
        return origin_of(view, node.items[0], depth)
    if isinstance(node, Pair):
        return origin_of(view, node.value, depth)
    if not isinstance(node, Chain):
        return ()
    path = clean(segments(node))
    if not path or depth > MAX_STEPS:
        return path
    head = node
    while isinstance(head.head, Chain):
        head = head.head
    if not isinstance(head.head, str):
        inner = origin_of(view, head.head, depth + 1) if isinstance(head.head, Chain) else ()
        return (*inner, *path)
    own = clean(segments(head))
    name = path[0].removesuffix("()")
    found = view.definitions.find(name, node.start) if not path[0].endswith("()") else []
    values = [value for value in found if isinstance(value, Chain | Choice) and not _is_itself(value, name)]
    if not values or not own:
        return path
    back = origin_of(view, values[0], depth + 1)
    return (*back, *path[1:]) if back else path


def _is_itself(value: Node, name: str) -> bool:
    return isinstance(value, Chain) and clean(segments(value))[:1] == (name,)


def value_of(view: View, name: str, offset: int) -> Node | None:
    """Return what a name was last given, if that is known."""
    found = view.definitions.find(name, offset)
    return found[0] if found else None


def asked_of(view: View, node: Node | None, depth: int = 0) -> str:
    """Return the Clever path that a value was asked from, such as `/me`; blank where it was not, or nobody knows."""
    if node is None or depth > MAX_STEPS:
        return ""
    for text in _texts(node):
        for folded in view.folder.fold(text):
            route = read_route(render(folded))
            if route and (route.host in API_HOSTS or route.is_rooted) and route.path:
                return route.path
    if isinstance(node, Chain):
        head: Node | str = node
        while isinstance(head, Chain):
            head = head.head
        if isinstance(head, str):
            value = value_of(view, snake(head), node.start)
            if value is not None and value is not node:
                return asked_of(view, value, depth + 1)
    return ""


def _texts(node: Node, depth: int = 0) -> list[Node]:
    """Return the texts that stand in the calls of an expression."""
    if depth > 4:
        return []
    if isinstance(node, Text | Join):
        return [node]
    if isinstance(node, Chain):
        inner = [argument for step in node.steps if step.kind == "call" for argument in step.arguments[:2]]
        found = [text for each in inner for text in _texts(each, depth + 1)]
        is_constant = isinstance(node.head, str) and node.head[:1].isupper()
        if is_constant and not any(step.kind == "call" for step in node.steps):
            return [node]
        return found + (_texts(node.head, depth + 1) if isinstance(node.head, Chain) else [])
    if isinstance(node, Choice | Items):
        return [text for each in node.items[:4] for text in _texts(each, depth + 1)]
    return []


def is_own_record(path: tuple[str, ...]) -> bool:
    """Say whether a value is the application's own: looked up or made with its own models."""
    made = [part.removesuffix("()") for part in path[:4]]
    is_own = any(
        part in OWN and not (part == "new" and index and CLIENTS.search(made[index - 1]))
        for index, part in enumerate(made)
    )
    return is_own and not is_clever_value(path)


def is_clever_value(path: tuple[str, ...]) -> bool:
    """Say whether a path names Clever on its way."""
    return any(names_clever(part) for part in path)


def _imported_classes(view: View) -> str:
    """Return the classes that a file imports from a module of Clever's, as alternatives of a pattern."""
    names: set[str] = set()
    for match in IMPORTS.finditer(view.reading.content):
        if names_clever(match[0]):
            names |= set(re.findall(r"\b[A-Z]\w+", match["names"])) - {"Clever"}
    return "|".join(sorted(names))


def is_clever_object(view: View, receiver: tuple[str, ...]) -> bool:
    """Say whether a receiver is Clever's by its class or address: `CleverGateway $gateway`, `->baseUrl($clever)`."""
    if not receiver or receiver[-1].endswith("()"):
        return False
    name = re.escape(receiver[-1]).replace("_", "_?")
    declared = (
        rf"\w*Clever\w*[>?&*\s]+[$_]*{name}\b|\b{name}\s*:\s*&?[\w.]*Clever|"
        rf"\b{name}\s*:?=\s*&?(?:new\s+|await\s+)?[\w.:\\]*Clever|\b{name}\s+[*&]?clever\.[A-Z]|"
        rf"\b{name}\s*:?=(?!=)[^;]{{0,120}}?(?i:\b(?:base_?ur[il]|base_?address|url)\b)[^;\n]{{0,60}}Clever"
    )
    if imported := _imported_classes(view):
        declared += rf"|\b(?:{imported})\b[&*?\s]+[$_]*{name}\b|\b{name}\s*:\s*&?(?:mut\s+)?(?:{imported})\b"
        return re.search(declared, view.reading.content) is not None
    return any(names_clever(match[0]) for match in re.finditer(declared, view.reading.content, re.IGNORECASE))
