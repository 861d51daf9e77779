"""The uses of columns that are known to hold what Clever sent, by whatever name the application calls them.

A place of the project writes an id into `district_key`; every other place that declares, indexes, asks or compares that
column is one to look at too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playbook.audit.reading.node import Chain, Items, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.rules.id_names import is_clever_id, is_field
from playbook.audit.rules.provider_rows import is_of_thing
from playbook.audit.view import View, usage_of

FIELD = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s*|\[[A-Z][^\]]*\]\s*|#\[[^\]]*\]\s*)*(?:(?:public|private|protected|internal|readonly|"
    r"static|final|val|var|let|lateinit|virtual|override|pub|field|attribute|property|required|const|declare)\s+)*"
    r"(?:[\w<>\[\]?.,|*]+\s+)?\$?(?P<name>\w+)\s*(?:[?!]?\s*:|;|\{\s*get|=\s*(?:mapped_column|Column|models\.|db\.|sa\.|"
    r"String|Field|varchar|text|column|null|None)|\s+(?:string|String|varchar|VARCHAR|text|TEXT|CHAR|char|uuid|\*string|"
    r"sql\.)|,?\s*$)"
)
SHOWN = re.compile(r"log|print|render|debug|info|json$", re.IGNORECASE)
BY_COLUMN = re.compile(r"(?:^|_)by_(\w+?)(?:_and_\w+)?$")
ASKED = re.compile(r"(?:eq|in|is|not|like|any|asc|desc|equals)")
STATEMENT = re.compile(
    r"(?i)\b(?:select|insert|update|delete|where|set|index|column|unique)\b|=\s*(?:\?|\$\d|:\w|@)|\bin\s*\(:"
)
TYPED = re.compile(r"(?i)char|string|text|column|uuid")
ASKING = re.compile(r"where|filter|find|first|insert|update|create|upsert|exists|delete", re.IGNORECASE)
TYPE_CALL = re.compile(r"(?i)^(?:string|text|varchar|citext|char|index|unique)$")
PRISMA = re.compile(r"(?m)^[ \t]+(?:(?P<one>[a-z]\w*)[ \t]+[A-Z]\w*|@@(?:unique|index|id)\(\[(?P<many>[^\]]*)\])")
MAPS = re.compile(r"^(?:Has(?:Index|Key|AlternateKey)|Property)$")
"""How Entity Framework's mappings name a column: `HasIndex(l => new { l.Vendor, l.Handle })`."""

DECLARES = ("class", "enum", "interface", "struct", "trait", "module", "object")
COMPARISONS = ("==", "===", "eq", "in", "!=", "!==")


@dataclass(frozen=True, slots=True)
class Use:
    """One place that uses a column; `variant` as findings tell it."""

    name: str
    offset: int
    variant: str


def find_uses(view: View, columns: frozenset[str]) -> Iterator[Use]:
    """Give every place of a file that declares or uses one of several columns.

    Args:
        columns: In snake case.
    """
    present = _present(view, columns)
    if not present:
        return
    for node in view.nodes():
        if node.lead in DECLARES:
            continue  # a class of that name
        if isinstance(node, Pair):
            yield from _of_pair(view, node, present)
        elif isinstance(node, Chain):
            yield from _of_chain(view, node, present)
        elif isinstance(node, Text):
            yield from _of_text(view, node, present)
    yield from _of_declarations(view, present)


def _present(view: View, columns: frozenset[str]) -> frozenset[str]:
    content = view.reading.content.lower().replace("_", "")
    return frozenset(name for name in columns if name.replace("_", "") in content)


def _of_pair(view: View, node: Pair, columns: frozenset[str]) -> Iterator[Use]:
    key = node.key
    name = snake(key.value) if isinstance(key, Text) else _last(key)
    if name == "clever" and not _is_entry(node):
        return
    if name not in columns or is_clever_id(name) or SHOWN.search(usage_of(node).callee):
        return
    if isinstance(node.parent, Chain) and (node.parent.lead in DECLARES or _is_head(view, node.parent)):
        return
    if is_of_thing(view, node.value) or (is_field(view, node) and _is_passed_round(view, node)):
        return
    is_attribute = isinstance(key, Chain) and bool(key.steps)
    if is_attribute or isinstance(node.parent, Chain | Items) or is_field(view, node):
        yield Use(name, node.start, "column")


def _is_passed_round(view: View, node: Pair) -> bool:
    """Say whether a field is one of a plain record, which no column stands behind: Python's `remote_id: str`."""
    return node.operator == ":" and view.reading.language == "python"


def _is_entry(node: Pair) -> bool:
    """Say whether a pair is an entry of a record or of a query, and neither a variable nor a parameter."""
    value = node.value
    if not isinstance(value, Chain) or node.operator not in (":", "=>"):
        return False
    is_type = isinstance(value.head, str) and value.head[:1].isupper() and not value.steps
    return not is_type and (isinstance(node.parent, Items) or ASKING.search(usage_of(node).callee) is not None)


def _is_head(view: View, chain: Chain) -> bool:
    """Say whether what reads like a call is the head of a function, whose body says what is done with the column."""
    places = view.values.places
    return any(places.is_head(called, chain) for called in places.calls(chain))


def _last(node: Node | None) -> str:
    if not isinstance(node, Chain):
        return ""
    if node.steps:
        return snake(node.steps[-1].name.partition("__")[0]) if node.steps[-1].kind != "call" else ""
    return snake(node.head.partition("__")[0]) if isinstance(node.head, str) else ""


def _of_chain(view: View, node: Chain, columns: frozenset[str]) -> Iterator[Use]:
    for index, step in enumerate(node.steps):
        following = node.steps[index + 1] if index + 1 < len(node.steps) else None
        if step.kind != "attribute":
            continue
        name = snake(step.name)
        if name == "clever":
            continue
        is_called = following is not None and following.kind == "call"
        by = BY_COLUMN.search(name)
        if by is not None and by[1] in columns and (is_called or view.reading.language == "ruby"):
            yield Use(by[1], step.start, "method")
        elif name in columns and step.name[:3] in ("set", "Set") and is_called:
            yield Use(name, step.start, "written")
        elif name in columns and (_is_compared(node, index) or MAPS.match(usage_of(node).callee)):
            yield Use(name, node.start, "condition")
        else:
            continue
        return
    if _is_shorthand(node) and node.head != "clever" and snake(str(node.head)) in columns:
        yield Use(snake(str(node.head)), node.start, "keyed")


def _is_shorthand(node: Chain) -> bool:
    """Say whether a name stands for a key of its own name: `findUnique({ where: { upstreamKey } })`."""
    is_listed = isinstance(node.parent, Items) and node.parent.bracket == "{"
    return is_listed and not node.steps and isinstance(node.head, str) and bool(usage_of(node).callee)


def _is_compared(node: Chain, index: int) -> bool:
    """Say whether a column is compared, in code or by a call of a query builder."""
    if index == len(node.steps) - 1:
        return getattr(node.parent, "operator", "") in COMPARISONS or node.lead == "index"
    following = node.steps[index + 1]
    return following.kind == "attribute" and ASKED.match(snake(following.name)) is not None


def _of_text(view: View, node: Text, columns: frozenset[str]) -> Iterator[Use]:
    if node.value.lower().strip(":") == "clever":
        if node.is_symbol and TYPE_CALL.match(usage_of(node).callee) and usage_of(node).index == 0:
            yield Use("clever", node.start, "column")
        return
    if len(node.value) < 50 and snake(node.value.rpartition(".")[2]) in columns:
        if isinstance(node.parent, Pair) and node.parent.key is node:
            return
        steps = node.parent.steps if isinstance(node.parent, Chain) else ()
        is_key = any(step.kind == "key" and node in step.arguments for step in steps)
        if not is_key and (usage_of(node).callee or isinstance(node.parent, Items | Pair)):
            yield Use(snake(node.value), node.start, "column")
    elif " " in node.value and STATEMENT.search(node.value):
        yield from _of_statement(view, node, columns)


def _of_statement(view: View, node: Text, columns: frozenset[str]) -> Iterator[Use]:
    lines: set[int] = set()
    for column in sorted(columns):
        spelled = (
            column.replace("_", "_?") if column != "clever" else r"clever(?=\s*(?:,|\)|=|\bin\b|\bis\b))(?!\s*=\s*')"
        )
        for match in re.finditer(rf"(?i)\b{spelled}\b", view.reading.content[node.start : node.end]):
            line = view.reading.line_of(node.start + match.start())
            if line not in lines:
                lines.add(line)
                yield Use(column, node.start + match.start(), "sql")


def _of_declarations(view: View, columns: frozenset[str]) -> Iterator[Use]:
    """Give the declarations of a column, which no expression shows."""
    if view.reading.language == "sql":
        for token in view.reading.tokens:
            if token.kind == "name" and snake(token.value) in columns:
                yield Use(token.value, token.start, "sql")
        return
    if view.reading.language == "prisma":
        yield from _of_prisma(view, columns)
        return
    offset = 0
    for line in view.reading.content.splitlines(keepends=True):
        match = FIELD.match(line)
        if match and match["name"] == "clever" and not TYPED.search(line):
            match = None
        if view.reading.language == "python" and "=" not in line:
            match = None  # a field of a record that the application passes round
        if match and snake(match["name"]) in columns and _is_declaration(view, offset + match.start("name")):
            yield Use(match["name"], offset + match.start("name"), "declared")
        offset += len(line)


def _of_prisma(view: View, columns: frozenset[str]) -> Iterator[Use]:
    """Give the fields of a model of Prisma's, and its keys and indexes of several."""
    for match in PRISMA.finditer(view.reading.content):
        for name in re.findall(r"\w+", match["one"] or match["many"]):
            if snake(name) in columns:
                yield Use(name, match.start() + match[0].index(name), "declared")
                break


def _is_declaration(view: View, offset: int) -> bool:
    if view.reading.language in ("prisma", "graphql"):
        return True
    function, around = view.reading.function_at(offset), view.reading.class_at(offset)
    return around is not None and (function is None or function.start < around.start)
