"""Which parts of a document are about Clever: what stands under a key that names it, or beside its address.

An application's configuration holds its own routes and fields too, often in the same file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from playbook.audit.evidence import names_clever
from playbook.audit.reading.node import Chain, Node, Pair, Text
from playbook.audit.routes import API_HOSTS, HOST

Keys = tuple[str, ...]
NAMES_SYSTEM = re.compile(
    r"(?i)(?:provider|source|system|vendor|platform|sis|integration|connector|driver|kind|type|name|id)$"
)


def keys_of(node: Node) -> Keys:
    """Return the keys that a value of a document stands under, its own last, outermost first."""
    pairs = [node, *node.ancestors()]
    return tuple(part for pair in reversed(pairs) if isinstance(pair, Pair) for part in _spelled(pair))


def find_scopes(nodes: Iterable[Node]) -> frozenset[Keys]:
    """Return the keys under which Clever's address stands, or its name as that of a system."""
    found: set[Keys] = set()
    for node in nodes:
        if not isinstance(node, Text) or "lever" not in node.value:
            continue
        keys = keys_of(node)
        host = HOST.search(node.value)
        is_address = host is not None and host[1].lower() in API_HOSTS
        if keys and (is_address or (node.value.lower() == "clever" and NAMES_SYSTEM.search(keys[-1]))):
            found.add(keys[:-1])
    return frozenset(found)


def is_in_scope(keys: Keys, scopes: frozenset[Keys]) -> bool:
    """Say whether what stands under these keys is about Clever."""
    return any(names_clever(key) for key in keys) or any(keys[: len(scope)] == scope for scope in scopes)


def _spelled(pair: Pair) -> Keys:
    key = pair.key
    if isinstance(key, Text):
        return (key.value,)
    return tuple(key.head.split(".")) if isinstance(key, Chain) and isinstance(key.head, str) else ()
