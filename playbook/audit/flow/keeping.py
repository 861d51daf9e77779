"""Where values are kept: the attributes, columns and session keys that are given one, or are compared with one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playbook.audit.flow.calls import Called, find_calls
from playbook.audit.flow.functions import parameters_of
from playbook.audit.flow.places import SWITCHES
from playbook.audit.flow.values import Values
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.routes import RESOURCES

TYPED = re.compile(r"(?:^|_)(?:kind|type|role)$")
ASSIGNS = ("=", "||=", "??=", ":=")
EQUALS = ("==", "===", "eq", "=", "is", "!=", "!==")
BY_NAME = re.compile(
    r"(?:^|_)(?:find|get|load|lookup|fetch|first|exists|where|query|delete|update|one|read)\w*_by_(\w+)$|^by_(\w+)$"
)
SETTER = re.compile(r"^(?:set|with|Set|With)_?(?=[A-Z_])")
INSERT = re.compile(
    r"(?is)\binsert\s+(?:or\s+\w+\s+)?into\s+[\w.\"`]+\s*\(([^)]*)\)\s*values\s*\((.*?)\)\s*(?:on\b|returning\b|$|;|as\b)"
)
PLACED = re.compile(
    r"[\"`\[]?(\w+)[\"`\]]?\s*(?:=|<>|!=|\bin\b\s*\(?|=\s*any\s*\()\s*(\?|\$\d+|%s|:\w+|@\w+|%\(\w+\)s|#\{|\{)", re.I
)
MARK = re.compile(r"\?|\$\d+|%s|:\w+|@\w+|%\(\w+\)s|\{\w*\}")
KEEPS = re.compile(
    r"(?:^|_)(?:set|put|store|save|write|add|insert|cookie|session|assign|attr|meta|remember|state)(?:_|$)"
)
"""Calls that keep a value under a name: `put_session(:kind, kind)`, `set_cookie("kind", kind)`."""

CONSTANT = re.compile(r"[A-Z][A-Z0-9_]{2,}")
QUERIES = re.compile(
    r"where|and_where|or_where|filter|find|first|eq|equal_to|is_equal_to|exists|get|in|pluck|having|update_all|match",
    re.I,
)
OWNERS = ("user", "member", "account", "login", "profile")
LAMBDAS = ("javascript", "typescript", "tsx", "csharp", "scala")
"""Languages whose `=>` gives back a value rather than keeps it under a key."""

SHORTHANDS = ("javascript", "typescript", "tsx")
NEAR = 40  # characters in which a comma or brace stands
SHOWN = re.compile(
    r"log|print|puts\b|debug|info|warn|error|trace|render|format|echo|assert|expect|fmt|console|json$|emit|track", re.I
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A name that is given a value, and the place where it is."""

    name: str
    offset: int
    is_lookup: bool = False


def find_kept(values: Values, kind: str) -> Iterator[Kept]:
    """Give the names that hold values of a kind from here on."""
    for node in values.places.syntax.nodes:
        if isinstance(node, Pair):
            yield from _of_pair(values, node, kind)
        elif isinstance(node, Join):
            yield from _of_join(values, node, kind)
        elif isinstance(node, Items) and node.bracket == "{":
            yield from _of_shorthands(values, node, kind)
        elif isinstance(node, Chain):
            for called in find_calls(node):
                if not values.places.is_head(called, node):
                    yield from _of_call(values, node, called, kind)


def find_parts(values: Values, kind: str) -> Iterator[str]:
    """Give the parameters of constructors, and the components of records, that are handed values of a kind."""
    for block in values.places.reading.blocks:
        if block.kind != "class" or not block.name:
            continue
        handed = values.parameters.handed_to(snake(block.name))
        if any(kind in kinds for kinds in handed.values()):
            for index, parameter in enumerate(parameters_of(values.places.reading, block)):
                if any(kind in handed.get(place, ()) for place in (str(index), parameter.name)):
                    yield parameter.name
    for function in values.places.functions:
        if function.is_constructor:
            yield from (
                each.name for each in function.parameters if kind in values.parameters.kinds_of(function, each.name)
            )


def _of_pair(values: Values, node: Pair, kind: str) -> Iterator[Kept]:
    if node.value is None or node.value.lead in SWITCHES or not _holds(values, node.value, kind):
        return
    key = node.key
    name = _last_name(key)
    is_lambda = node.operator == "=>" and values.places.reading.language in LAMBDAS
    if not name or is_lambda or _is_shown(node) or _is_declared(node) or _is_own_key(name, node.value):
        return
    content = values.places.reading.content
    is_assigned = node.operator in ASSIGNS and isinstance(key, Chain) and _is_attribute(key, content)
    is_local = node.operator in ASSIGNS and is_statement(node, content)
    if is_assigned or (isinstance(node.parent, Chain | Items) and not is_local) or _is_inner(node):
        yield Kept(name, node.start)


def _holds(values: Values, node: Node, kind: str) -> bool:
    """Say whether a node holds a kind; of an id and a type that came together, its own name says which it is."""
    kinds = values.kinds(node)
    if kind != "id" or not {"id", "type"} <= kinds:
        return kind in kinds
    return TYPED.search(snake(str(getattr(node, "head", "")))) is None


def _is_own_key(name: str, value: Node) -> bool:
    """Say whether a key is named after the record of the application's that it refers to: `user_id = login.user.id`."""
    path = clean(segments(value))
    return len(path) > 1 and path[-1] == "id" and path[-2] in OWNERS and name == f"{path[-2]}_id"


def _is_declared(node: Pair) -> bool:
    """Say whether what stands behind a colon is a type: `kind: Kind`."""
    value = node.value
    is_name = isinstance(value, Chain) and isinstance(value.head, str) and not value.steps
    return node.operator == ":" and is_name and str(getattr(value, "head", ""))[:1].isupper()


def _of_shorthands(values: Values, node: Items, kind: str) -> Iterator[Kept]:
    """Give the entries that JavaScript names after their values: `{ sub, role }`."""
    is_pattern = isinstance(node.parent, Pair) and node.parent.key is node
    is_written = values.places.reading.language in SHORTHANDS and not is_pattern and node.lead != "return"
    content = values.places.reading.content
    function = values.places.function_at(node.start)
    if function is not None and any(content[node.start : node.end] == each.pattern for each in function.parameters):
        return
    for each in node.items if is_written else ():
        if isinstance(each, Chain) and isinstance(each.head, str) and not each.steps and kind in values.kinds(each):
            behind, before = content[each.end : each.end + NEAR], content[max(0, each.start - NEAR) : each.start]
            if behind.lstrip()[:1] in (",", "}") and before.rstrip()[-1:] in (",", "{"):
                yield Kept(snake(each.head), each.start)


def is_statement(node: Pair, content: str) -> bool:
    """Say whether an assignment to a plain name stands alone, rather than as an entry or an argument."""
    is_plain = isinstance(node.key, Chain) and not _is_attribute(node.key, content)
    if (
        not is_plain
        or isinstance(node.parent, Chain)
        or (isinstance(node.parent, Items) and node.parent.bracket != "{")
    ):
        return False
    following = content[node.end : node.end + 40].lstrip(" \t")
    return node.parent is None or following[:1] in (";", "\n", "")


def _is_attribute(key: Chain, content: str) -> bool:
    return bool(key.steps) or content[key.start] == "@" or "." in str(key.head)


def _is_inner(node: Pair) -> bool:
    return isinstance(node.parent, Pair) and node.operator in (":", "=>")


def _last_name(key: Node | None) -> str:
    if isinstance(key, Text):
        return snake(re.split(r"[.:]", key.value)[-1]) if re.fullmatch(r"[\w.:\-]{1,50}", key.value) else ""
    if not isinstance(key, Chain):
        return ""
    last = key.steps[-1] if key.steps else None
    if last is not None and last.kind == "key":
        return snake(last.name)
    path = clean(segments(key))
    return path[-1] if path and not path[-1].endswith("()") else ""


def _is_shown(node: Node) -> bool:
    for parent in node.ancestors():
        if isinstance(parent, Chain):
            call = parent.call_with(node) or next(
                (c for c in (parent.call_with(each) for each in node.ancestors()) if c), None
            )
            return call is not None and SHOWN.search(call.name) is not None
    return False


def _of_join(values: Values, node: Join, kind: str) -> Iterator[Kept]:
    if node.operator not in EQUALS or len(node.items) != 2:
        return
    for one, other in (node.items, reversed(node.items)):
        path = clean(segments(one)) if isinstance(one, Chain) else ()
        if (
            _holds(values, other, kind)
            and kind not in values.kinds(one)
            and len(path) > 1
            and not path[-1].endswith("()")
        ):
            yield Kept(path[-1], node.start, True)


def _of_call(values: Values, node: Chain, called: Called, kind: str) -> Iterator[Kept]:
    held = [kind in values.kinds(argument) for argument in called.arguments]
    flat = _flat(called, values, kind)
    if not any(held) and not any(flat):
        return
    offset = node.steps[called.place - 1].start if called.place and called.owner else node.start
    offset = offset or node.start
    if any(held) and (match := BY_NAME.search(called.name)):
        yield Kept(next(group for group in match.groups() if group), offset, True)
    elif any(held) and SETTER.match(called.written) and len(called.arguments) == 1:
        yield Kept(snake(SETTER.sub("", called.written)), offset)
    is_kept = KEEPS.search(called.name) or SETTER.match(called.written)
    if kind == "type" and is_kept and (key := _key_of(called.arguments, held)) is not None:
        yield Kept(key_read(key), key.start)
        return
    text = called.arguments[0] if isinstance(called.arguments[0], Text) else None
    if text is None:
        text = next((each for each in called.arguments[:3] if isinstance(each, Text) and " " in each.value), None)
    text = text or _prepared(node, called)
    if text is None:
        return
    if text.value in RESOURCES or values.asks(called):
        return  # a path's parts, not a column
    if re.fullmatch(r"[\w.]{2,50}", text.value) and any(held) and QUERIES.search(called.name):
        yield Kept(snake(text.value.rpartition(".")[2]), text.start, True)
    elif " " in text.value:
        yield from _of_sql(values, text, flat)


def _key_of(arguments: tuple[Node, ...], held: list[bool]) -> Node | None:
    """Return the key under which a call keeps a value: what stands in front of it, or Swift's `forKey:` behind it."""
    for key, is_held in zip(arguments, held[1:], strict=False):
        if is_held and key_read(key):
            return key
    last = arguments[-1]
    is_labelled = held[0] and isinstance(last, Pair) and _last_name(last.key) in ("for_key", "key")
    return last.value if is_labelled and isinstance(last, Pair) and key_read(last.value) else None


def key_read(key: Node | None) -> str:
    """Return the name that a key says, as it is spelled where it is a constant: `KIND_KEY`, `ClaimTypes.Role`."""
    if isinstance(key, Text):
        return _last_name(key)
    name = (key.steps[-1].name if key.steps else key.head) if isinstance(key, Chain) else ""
    if isinstance(key, Chain) and key.head == "ClaimTypes" and isinstance(name, str):
        return f"{key.head}.{name}"
    return name if isinstance(name, str) and CONSTANT.fullmatch(name) else ""


def _prepared(node: Chain, called: Called) -> Text | None:
    """Return the statement that an earlier call of a chain prepares: `prepare("INSERT …").execute([…])`."""
    earlier = [step.arguments[0] for step in node.steps[: called.place] if step.kind == "call" and step.arguments]
    return next((each for each in reversed(earlier) if isinstance(each, Text) and " " in each.value), None)


def _flat(called: Called, values: Values, kind: str) -> list[bool]:
    """Return, for each value that is handed to a query behind its text, whether it is of the kind."""
    found: list[bool] = []
    behind = False
    for argument in called.arguments:
        if isinstance(argument, Text) and " " in argument.value and not behind:
            behind, found = True, []
            continue
        items = argument.items if isinstance(argument, Items) else (argument,)
        found += [kind in values.kinds(each) for each in items]
    return found


def _of_sql(values: Values, text: Text, held: list[bool]) -> Iterator[Kept]:
    """Match the placeholders of a statement with the values that it is given."""
    written = text.value
    numbered: dict[int, str] = {}
    if insert := INSERT.search(written):
        columns = [re.sub(r"\W", "", column) for column in insert[1].split(",")]
        given = [each.strip() for each in insert[2].split(",")]
        count = 0
        for column, each in zip(columns, given, strict=False):
            if MARK.fullmatch(each):
                numbered[_number(each, count)] = column
                count += 1
    else:
        for count, match in enumerate(PLACED.finditer(written)):
            numbered[_number(match[2], count)] = match[1]
    for number, column in numbered.items():
        if number < len(held) and held[number] and column:
            where = re.search(rf"\b{column}\b", values.places.reading.content[text.start : text.end])
            yield Kept(snake(column), text.start + (where.start() if where else 0), True)


def _number(mark: str, count: int) -> int:
    return int(mark[1:]) - 1 if re.fullmatch(r"\$\d+", mark) else count
