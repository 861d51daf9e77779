"""Collections of Clever's that stand alone, in a table, a list or a constant, where the path is put together elsewhere.

The line that joins them says only `base + "/" + name`; the table is what has to change.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Update your User Endpoints")
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from playbook.audit.evidence import names_clever
from playbook.audit.flow.calls import find_calls
from playbook.audit.folding.pieces import render
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.roles import COLLECTIONS, role_of
from playbook.audit.routes import API_HOSTS, HOLE, Route, read_route
from playbook.audit.view import View, key_name, usage_of
from playbook.audit.words import words

NAMES = frozenset(COLLECTIONS) | words("schools sections courses terms districts events me")
ONLY_IN_V2 = words("school_admins district_admins")
CONFIGURED = re.compile(r"(?i)clever[\w.\-/]{0,24}(?:url|uri|host|base|root|endpoint|api|server|address|conn_id)\b")
NAMED_OTHERWISE = re.compile(
    r"^(?:name|\w*_name|table|label|title|model|relation|as|event|topic|destination|target|task_id|foreign_key|icon|view|"
    r"template|queue|index|scope|namespace|singular|plural|primary_key|collection_name|queue_as|dataset|prefix)$"
)
EVENTS = re.compile(r"event|record_?type|topic|subscri|dispatch|handler")
NAMED_EVENTS = re.compile(r"event|types?$|feed|record|watch|topic|subscri")
BEHIND_VARIABLE = re.compile(
    r"\$\{?(?:env\.)?\w*CLEVER\w*\}?/(?P<name>students|teachers|school_admins|district_admins|contacts|me)\b"
)
EVENTFUL = re.compile(r"\w\.(?:created|updated|deleted)\b")
OWN_TABLES = re.compile(r"\bMigrations?\b|\bSchema::|\bknex\.schema\b|\bop\.(?:add|create)_|\bcreate_table\b")
OTHER_CALL = re.compile(
    r"(?i)^(?:include|permit|only|except|validates?|expect|assert|add|push|insert|contain|has|in_array|any)"
)
HANDED_ON = re.compile(r"(?i)clever\w*(?:\(\))?\s*(?:->|\.|::|\?\.)\s*\w+[!?]?\s*(?:\(|\w)")
DOCUMENT_LIST = re.compile(
    r"^[ \t]*(?:-[ \t]+)?[\"']?(?P<key>[\w.\-]+)[\"']?[ \t]*[:=][ \t]*"
    r"(?:\[(?P<inline>[^\[\]{}:]*)\]|\n(?P<block>(?:[ \t]*-[ \t]+[\"']?\w+[\"']?[ \t]*(?:#[^\n]*)?(?:\n|$))+))",
    re.M,
)
OPEN_ADDRESS = re.compile(
    r"(?i)(?:clever\.com/v[12]\.\d/?|\{\s*[\w.]*clever[\w.]*\s*\}{1,2}/?|\$\w*clever\w*/)[\"']?\s*(?:[+~.]\s*)?(?:\$?\{|\$\w|\w+\b(?=\s*\}))"
)
"""Clever's address with something behind it that a list of the document says."""

SHELL_LOOP = re.compile(r"\bfor\s+(?P<name>\w+)\s+in\s+(?P<words>[\w \t]+?)\s*(?:;|\n)\s*do\b")
REACH = 1_500


def find_resource_names(view: View) -> list[Text]:
    """Return the texts of a file that name collections of Clever's, of which its paths are put together."""
    if view.is_document or view.is_test or view.reading.language == "sql" or not view.evidence.project.is_clever:
        return []
    content = view.reading.content
    if EVENTFUL.search(content) or OWN_TABLES.search(content):
        return []
    texts = (node for node in view.nodes() if isinstance(node, Text) and {*(node.value.split() or ("",))} <= NAMES)
    found = [node for node in texts if _is_listed(view, node)]
    roles = {name for node in found for name in node.value.split()} & frozenset(COLLECTIONS)
    if not roles or not (view.evidence.speaks or (len(roles) > 1 and roles & ONLY_IN_V2)):
        return []
    if (view.evidence.base_version or "").startswith("v3"):
        return found if _composes(view) else []  # what is on v3 keeps tables of its own
    if roles & ONLY_IN_V2 and asks_by_name(view):
        return found
    named = [node for node in found if isinstance(node.parent, Pair)]
    if roles & ONLY_IN_V2 and len(named) > 1 and view.evidence.is_in_path:
        return named
    turned = [node for node in found if _is_turned(node)]
    if len(turned) > 1 or (roles & ONLY_IN_V2 and not view.evidence.speaks):
        return turned if len(turned) > 1 else [node for node in found if _is_enumerated(node)]
    if (len(roles) > 1 and view.evidence.bases and "/events" not in content) or _composes(view):
        return found
    return [node for node in found if _is_handed_on(view, node)]


def _is_turned(node: Text) -> bool:
    """Say whether a table turns a role into its collection: `"teacher" => "teachers"`."""
    pair = node.parent
    if not isinstance(pair, Pair) or pair.value is not node:
        return False
    key = pair.key.value if isinstance(pair.key, Text) else ""
    return (role_of(key) != "" and not key.endswith("s")) or (key == "" and pair.operator == "=>")


def _is_enumerated(node: Text) -> bool:
    """Say whether a collection is what a constant of an enumeration stands for."""
    return isinstance(node.parent, Chain) and isinstance(node.parent.head, str) and node.parent.head.isupper()


def find_shell_lists(view: View) -> Iterator[tuple[int, str]]:
    """Give the collections that a shell script's loop goes over, each with its place."""
    if view.reading.language != "shell" or not view.evidence.bases:
        return
    for match in SHELL_LOOP.finditer(view.reading.content):
        named = [each for each in re.finditer(r"\w+", match["words"]) if each[0] in NAMES]
        if any(each[0] in COLLECTIONS for each in named):
            yield from ((match.start("words") + each.start(), each[0]) for each in named)


def find_document_names(view: View) -> Iterator[tuple[int, str]]:
    """Give the collections that a document lists in one value, or asks for behind a variable that names Clever."""
    if not view.is_document or not view.evidence.speaks:
        return
    for match in BEHIND_VARIABLE.finditer(view.reading.content):
        yield match.start(), match["name"]
    for node in view.nodes():
        if not isinstance(node, Pair) or not isinstance(node.value, Text) or "," not in node.value.value:
            continue
        names = [name.strip() for name in node.value.value.split(",")]
        if {*names} <= NAMES and {*names} & ONLY_IN_V2 and not NAMED_EVENTS.search(key_name(node)):
            yield node.value.start, names[0]
    yield from _of_document_lists(view)


def _of_document_lists(view: View) -> Iterator[tuple[int, str]]:
    """Give the collections of a document's lists, the first of each line, where Clever's address is open in it."""
    content = view.reading.content
    is_open = OPEN_ADDRESS.search(content) is not None
    for match in DOCUMENT_LIST.finditer(content) if is_open or names_clever(content) else ():
        group = "inline" if match["inline"] is not None else "block"
        listed = list(
            re.finditer(r"(?<![\w#])[a-z_]+(?!\w)", re.sub(r"#[^\n]*", lambda told: " " * len(told[0]), match[group]))
        )
        names = {each[0] for each in listed}
        key = match["key"].lower()
        if len(names) < 2 or not names <= NAMES or not names & frozenset(COLLECTIONS):
            continue
        if not (is_open or names_clever(match["key"])) or NAMED_EVENTS.search(key) or NAMED_OTHERWISE.match(key):
            continue
        lines = {view.reading.line_of(match.start(group) + each.start()): each for each in reversed(listed)}
        yield from ((match.start(group) + each.start(), each[0]) for each in lines.values())


def _is_listed(view: View, node: Text) -> bool:
    """Say whether a text is the value of a constant or of a table's entry, or one of a list of such names."""
    parent = node.parent
    if " " in node.value:
        return view.reading.content.startswith("~w", node.start) and not _is_otherwise(node)
    if isinstance(parent, Pair):
        return _is_entry(parent, node)
    if isinstance(parent, Items) and (parent.bracket != "{" or view.reading.language in ("java", "csharp", "c", "cpp")):
        around = parent.parent
        if isinstance(around, Join) and around.operator in ("in", "==", "is"):
            return around.lead == "for" or around.items[0].lead in ("for", "foreach", "each")
        texts = [each for each in parent.items if isinstance(each, Text)]
        is_own = len(texts) == len(parent.items) and all(each.value in NAMES for each in texts)
        is_own = is_own or (parent.items[0] is node and _is_first_of_many(around))
        return is_own and not _is_otherwise(parent) and not _is_call_of_others(node)
    if isinstance(parent, Chain) and isinstance(parent.head, str) and len(parent.steps) == 1:
        return (
            parent.head.isupper()
            and len(parent.head) > 1
            and parent.steps[0].kind == "call"
            and parent.steps[0].arguments == (node,)
        )
    return False


def _is_first_of_many(around: Node | None) -> bool:
    """Say whether each item of a list is a list that begins with a collection's name: `("teachers", Level.Room)`."""
    items = around.items if isinstance(around, Items) else ()
    firsts = [
        each.items[0].value
        for each in items
        if isinstance(each, Items) and each.items and isinstance(each.items[0], Text)
    ]
    return len(items) > 1 and len(firsts) == len(items) and {*firsts} <= NAMES


def _is_entry(pair: Pair, node: Text) -> bool:
    if pair.key is node:
        listed = pair.value.items if isinstance(pair.value, Items) else ()
        if isinstance(pair.value, Text) and isinstance(pair.parent, Items) and _is_keyed(pair.parent):
            return not _is_otherwise(pair)
        return len(listed) > 1 and all(isinstance(each, Text) for each in listed) and not _is_otherwise(pair)
    if pair.operator not in ("=", ":", "=>", ":="):
        return False
    return not NAMED_OTHERWISE.match(key_name(pair)) and not EVENTS.search(key_name(pair)) and not _is_otherwise(pair)


def _is_keyed(table: Items) -> bool:
    """Say whether a table goes from collections to something of the application's, each named once."""
    pairs = [each for each in table.items if isinstance(each, Pair)]
    keys = [each.key.value for each in pairs if isinstance(each.key, Text)]
    values = [each.value.value for each in pairs if isinstance(each.value, Text)]
    return len(keys) > 1 and len(keys) == len(values) == len(table.items) and {*keys} <= NAMES and not {*values} & NAMES


def _is_otherwise(node: Node) -> bool:
    """Say whether the table or list around is one of events or of the application's own things."""
    keys = [key_name(each) for each in node.ancestors() if isinstance(each, Pair)]
    return any(EVENTS.search(key) or NAMED_OTHERWISE.match(key) for key in keys)


def _is_call_of_others(node: Text) -> bool:
    usage = usage_of(node)
    return bool(
        re.search(r"(?i)^(?:include|permit|only|except|validates?|expect|assert|add|push|insert)", usage.callee)
    )


def _is_handed_on(view: View, node: Text) -> bool:
    """Say whether a list's names are handed to what is called Clever's, in the lines that follow."""
    if not isinstance(node.parent, Items) and " " not in node.value:
        return False
    if has_base(view) and view.evidence.is_in_path:
        return True
    return HANDED_ON.search(view.reading.content, node.end, node.end + REACH) is not None


def _composes(view: View) -> bool:
    """Say whether a file puts paths of Clever's together of which it does not say the collection in the same place."""
    based = has_base(view)
    return any(
        _is_open(view, node, based)
        for node in view.nodes()
        if isinstance(node, Join | Chain) or (isinstance(node, Text) and len(node.parts) > 1)
    )


def asks_by_name(view: View) -> bool:
    """Say whether a file hands a name on to a function of another file that builds Clever's addresses."""
    builders = view.evidence.project.builders
    for node in view.nodes() if builders else ():
        for called in find_calls(node) if isinstance(node, Chain) else ():
            told = builders.get(called.name)
            if told is not None and called.owner and snake(called.owner[-1]) in told.owners:
                return True
    return False


def has_base(view: View) -> bool:
    """Say whether a file holds Clever's address, or asks the configuration for it by Clever's name."""
    return bool(view.evidence.bases) or _is_configured(view.reading.content)


@lru_cache(maxsize=8)  # asked for each name of a file
def _is_configured(content: str) -> bool:
    return CONFIGURED.search(content) is not None


def defines(view: View, name: str) -> bool:
    """Say whether a file has a function of this name."""
    written = rf"(?:def\w*-?|func|fun|function|fn|sub)\s+(?:self\.|\([^)]*\)\s*)?{re.escape(name)}\b"
    assigned = rf"\b{re.escape(name)}\s*=\s*(?:async\s*)?\(|\b{re.escape(name)}\(\)\s*\{{"
    return bool(re.search(f"{written}|{assigned}", view.reading.content))


def _is_open(view: View, node: Node, based: bool) -> bool:
    if isinstance(node, Chain):
        if not node.callee:
            return False
        first = node.arguments[0] if node.arguments else None
        if based and isinstance(first, Text) and first.value in NAMES and defines(view, node.callee):
            return True
    return any(_is_open_route(view, read_route(render(folded)), based) for folded in view.folder.fold(node))


def _is_open_route(view: View, route: Route | None, based: bool) -> bool:
    if route is None or not route.path or not route.is_rooted or len(route.path.split("/")) > 4:
        return False
    is_stated = route.host in API_HOSTS or route.version.startswith(("v1", "v2"))
    is_named = based and (bool(route.version) or names_clever(route.base) or view.evidence.is_in_path)
    return (is_stated or is_named) and (HOLE.fullmatch(route.first) is not None or route.first in NAMES)
