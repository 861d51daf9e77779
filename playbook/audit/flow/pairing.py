"""Rows that say whose id they keep: a column that is given the word Clever, and beside it the one with the id.

What the two columns are called is the application's choice: provider and uid, vendor and handle, issuer and sub.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from playbook.audit.flow.calls import find_calls
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.parser import Syntax
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.words import words

CLEVER = re.compile(r"(?i)^clever(?:[_-]?(?:v2|sso|id|library))?$")
ID_LIKE = re.compile(
    r"(?:^|_)(?:id|uid|key|ref|sub|subject|handle|value|identifier|external|remote|guid|uuid|account|identity|code)s?$"
)
NOT_ID = re.compile(
    r"email|token|secret|name|label|url|path|title|host|user_id|member_id|person_id|staff_id|account_id|district|school|tenant|"
    r"^id$|sis_id|state_id|client|scope|section|class|course|state|status|created|updated|config|session_key|api_key|app_id|role"
)
NO_PROVIDER = words(
    "title name label text key id path url href host namespace log message tag class driver_name display"
)
SQL_PROVIDER = re.compile(r"(?i)\b(\w+)\s*=\s*'clever'")
SQL_COLUMN = re.compile(r"(?i)\b(\w+)\s*(?:=|<>|in\b|=\s*any)\s*(?:\(|\?|\$|:|@|%|\{|#)")
SQL_INSERT = re.compile(r"(?is)\binsert\s+into\s+[\w.\"`]+\s*\(([^)]*)\)\s*values\s*\(([^)]*)\)")
BY_BOTH = re.compile(r"_by_([a-z_]+?)_and_([a-z_]+)$")
SETS = re.compile(r"^(?:where|or_where|and_where|with)_|_(?:eq|equals|equal_to)$")
MOST = 6
OPEN_ID = re.compile(r"^(?:uid|id|sub|provider_account_id|provider_key|identifier|name_identifier)(?:\(\))?$")
RECORDS = words("user account member person current_user me_user owner")
PROVIDED = re.compile(r"^(?:login_)?(?:provider|provider_name|driver|strategy)(?:\(\))?$")
NAMED = re.compile(r"^(?:id|name)(?:\(\))?$")
ASKED = re.compile(r"(?:^|_)(?:client|provider|driver|strategy)(?:\(\))?$")


@dataclass(frozen=True, slots=True)
class Row:
    """A column that says Clever, the column with the id beside it, and where the latter stands."""

    provider: str
    column: str
    offset: int


def find_rows(syntax: Syntax) -> Iterator[Row]:
    """Give the rows of a file that say that they are Clever's."""
    for node in syntax.nodes:
        if isinstance(node, Items):
            yield from _of_named(node.items)
        elif isinstance(node, Chain):
            for called in find_calls(node):
                yield from _of_named(called.arguments)
            yield from _of_wheres(node)
        elif isinstance(node, Join):
            yield from _of_comparisons(node)
        elif isinstance(node, Text) and "lever'" in node.value:
            yield from _of_statement(node)


def find_open_rows(syntax: Syntax) -> Iterator[tuple[str, str]]:
    """Give the columns of rows that are looked up by whichever provider somebody signed in with."""
    for node in syntax.nodes:
        groups = [node.items] if isinstance(node, Items) else []
        for called in find_calls(node) if isinstance(node, Chain) else ():
            groups.append(called.arguments)
            if (by := BY_BOTH.search(called.name)) and len(called.arguments) > 1:
                paths = [clean(segments(each)) for each in called.arguments[:2]]
                yield from _open_row([(by[1], paths[0]), (by[2], paths[1])])
        for group in groups:
            yield from _open_row(
                [(_name(each.key), clean(segments(each.value))) for each in group if isinstance(each, Pair)]
            )


def _open_row(named: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[tuple[str, str]]:
    """Give the columns that are given a login's provider and the id that it tells."""
    whose = [name for name, path in named if name not in NO_PROVIDER and len(path) > 1 and _is_provider(path)]
    ids = [name for name, path in named if len(path) > 1 and OPEN_ID.search(path[-1]) and path[-2] not in RECORDS]
    ids = [name for name in ids if ID_LIKE.search(name) and not NOT_ID.search(name)]
    if whose and ids:
        yield whose[0], ids[0]


def _is_provider(path: Sequence[str]) -> bool:
    """Say whether a value is the provider of a login: `auth.provider`, `$this->client->getId()`."""
    return PROVIDED.search(path[-1]) is not None or (
        NAMED.match(path[-1]) is not None and ASKED.search(path[-2]) is not None
    )


def _of_named(items: Sequence[Node]) -> Iterator[Row]:
    named = [(_name(each.key), each.value, each.start) for each in items if isinstance(each, Pair)]
    short = [(snake(each.head), each, each.start) for each in items if _is_bare(each)]  # type: ignore[attr-defined]
    providers = [name for name, value, _ in named if name and _says_clever(value)]
    if providers and len(named) + len(short) <= MOST + 2:
        yield from _rows(providers[0], [(name, offset) for name, _, offset in (*named, *short)])


def _is_bare(node: Node) -> bool:
    return isinstance(node, Chain) and isinstance(node.head, str) and not node.steps


def _rows(provider: str, columns: Sequence[tuple[str, int]]) -> Iterator[Row]:
    if provider in NO_PROVIDER:
        return
    for name, offset in columns:
        if name and name != provider and ID_LIKE.search(name) and not NOT_ID.search(name):
            yield Row(provider, name, offset)


def _of_wheres(node: Chain) -> Iterator[Row]:
    """`->where('system', 'clever')->where('value', $id)`."""
    told: list[tuple[str, int, bool]] = []
    for called in find_calls(node):
        if by := BY_BOTH.search(called.name):
            if len(called.arguments) >= 2 and _says_clever(called.arguments[0]):
                yield Row(by[1], by[2], called.arguments[1].start)
            continue
        if len(called.arguments) == 1 and (named := SETS.sub("", snake(called.written))) != called.name:
            told.append((named, called.arguments[0].start, _says_clever(called.arguments[0])))
        first = called.arguments[0] if len(called.arguments) >= 2 else None
        if isinstance(first, Text) and re.fullmatch(r"[\w.]+", first.value):
            told.append((snake(first.value.rpartition(".")[2]), first.start, _says_clever(called.arguments[-1])))
    providers = [name for name, _, is_clever in told if is_clever]
    if providers:
        yield from _rows(providers[0], [(name, offset) for name, offset, _ in told])


def _of_comparisons(node: Join) -> Iterator[Row]:
    """`l.Issuer == "clever" && l.Key == person.Id`, in one condition or in several that are handed to a query."""
    found: list[tuple[str, int, bool]] = []
    pending: list[Node] = list(node.items)
    while pending and len(found) <= MOST:
        each = pending.pop(0)
        if isinstance(each, Join) and each.operator in ("==", "===", "eq", "=") and len(each.items) == 2:
            path = clean(segments(each.items[0]))
            if path:
                found.append((path[-1], each.start, _says_clever(each.items[1])))
        elif isinstance(each, Join | Items):
            pending += each.items
    providers = [name for name, _, is_clever in found if is_clever]
    if providers:
        yield from _rows(providers[0], [(name, offset) for name, offset, _ in found])


def _of_statement(node: Text) -> Iterator[Row]:
    written = node.value
    if insert := SQL_INSERT.search(written):
        columns = [re.sub(r"\W", "", each) for each in insert[1].split(",")]
        given = [each.strip().strip("'").lower() for each in insert[2].split(",")]
        providers = [column for column, each in zip(columns, given, strict=False) if each == "clever"]
        if providers:
            yield from _rows(snake(providers[0]), [(snake(column), _place(node, column)) for column in columns])
    elif provider := SQL_PROVIDER.search(written):
        found = [match[1] for match in SQL_COLUMN.finditer(written)]
        yield from _rows(snake(provider[1]), [(snake(column), _place(node, column)) for column in found])


def _place(node: Text, column: str) -> int:
    """Return where a statement names a column, to the line."""
    found = re.search(rf"\b{column}\b", node.value) if column else None
    quote = max(0, node.end - node.start - len(node.value)) // 2
    return min(node.end - 1, node.start + quote + found.start()) if found else node.start


def _says_clever(node: Node | None) -> bool:
    if isinstance(node, Text):
        return CLEVER.match(node.value) is not None
    path = clean(segments(node)) if isinstance(node, Chain) else ()
    return len(path) > 1 and CLEVER.match(path[-1]) is not None and not path[-1].endswith("id")


def _name(key: Node | None) -> str:
    if isinstance(key, Text):
        return snake(key.value)
    if not isinstance(key, Chain):
        return ""
    if key.steps:
        return snake(key.steps[-1].name) if key.steps[-1].kind != "call" else ""
    return snake(key.head.partition("__")[0]) if isinstance(key.head, str) else ""
