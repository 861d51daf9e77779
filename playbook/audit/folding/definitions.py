"""Where names get their values: assignments, constants, loop variables, and what other files of the project define."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from playbook.audit.folding.several import Several
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Step, Text
from playbook.audit.reading.parser import Syntax
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.reading.token import Block, Reading
from playbook.audit.words import words

LOOPS = words(
    "each map for_each for_each_with_index each_with_index flat_map collect filter_map each_pair foreach every"
)
IMPORT = re.compile(
    r"^\s*from\s+(?P<module>[\w.]+)\s+import\s+(?:\((?P<many>[^)]*)\)|(?P<names>[\w ,]+))|"
    r"^\s*(?:import|const|let|var|export)\s*(?:\{(?P<taken>[^}]*)\})\s*(?:from|=\s*(?:await\s+import|require)\s*\()\s*"
    r"[\"'](?P<source>[^\"']+)",
    re.M,
)
MANY, NEAR = 64, 16
LAMBDAS = words("javascript typescript tsx coffeescript csharp dart")
"""Languages in which `=>` stands between the parameters of a function and what it gives."""

HEAD = 200  # characters
ASSIGNS = words("= := <- ||= ??= ?=")


@dataclass(frozen=True, slots=True)
class Definition:
    """One value that a name gets, and the function that it gets it in, if any."""

    name: str
    offset: int
    function: Block | None
    value: Node
    is_entry: bool = False  # an entry of a dictionary, a named argument


class Definitions:
    """The names of one file.

    Args:
        reading: The file.
        syntax: Its syntax.
        shared: What other files of the project define: name in snake case to the texts that it may be.
    """

    def __init__(self, reading: Reading, syntax: Syntax, shared: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.reading = reading
        self.shared = shared or {}
        if "definitions" not in syntax.told:
            syntax.told["definitions"] = self._find_all(syntax)
        self._by_name: dict[str, list[Definition]] = syntax.told["definitions"]

    def _find_all(self, syntax: Syntax) -> dict[str, list[Definition]]:
        self._several = Several(self.reading.content, syntax.nodes)
        found: dict[str, list[Definition]] = {}
        for node in syntax.nodes:
            for definition in self._defined(node):
                found.setdefault(definition.name, []).append(definition)
        for named in found.values():
            named.sort(key=lambda each: each.offset)
        return found

    def __iter__(self) -> Iterator[Definition]:
        for found in self._by_name.values():
            yield from found

    @cached_property
    def imports(self) -> dict[str, str]:
        """The names that the file imports, in snake case, to the last part of the module that each is from."""
        found: dict[str, str] = {}
        for match in IMPORT.finditer(self.reading.content) if self.shared else ():
            module = re.split(r"[./\\]", (match["module"] or match["source"] or "").removesuffix(".js"))[-1]
            for name in re.findall(r"\w+", match["names"] or match["many"] or match["taken"] or ""):
                found[snake(name)] = snake(module)
        return found

    def find(self, name: str, offset: int, *, in_entries: bool = False) -> list[Node]:
        """Return the values that a name may have at an offset: the nearest before it in its function, else any.

        Args:
            in_entries: Also look among the entries of dictionaries, which `urls.students` and `urls["students"]` read.
        """
        named = self._by_name.get(name, [])
        if len(named) > MANY:  # minified code gives thousands of things the same name; only what is near can be meant
            index = bisect_right(named, offset, key=lambda each: each.offset)
            named = named[max(0, index - NEAR) : index + NEAR]
        found = [
            each
            for each in named
            if not each.value.start <= offset < each.value.end and (in_entries or not each.is_entry)
        ]
        if not found:
            return []
        here = self.reading.function_at(offset)
        near = [each for each in found if each.function is here and not each.is_entry]
        before = [each for each in near if each.offset < offset]
        if here is not None and before:
            return [before[-1].value]
        if here is None and before and not self.reading.blocks:
            return [before[-1].value]
        outer = [each for each in found if each.function is None and not each.is_entry]
        return [each.value for each in (outer or near or found)][:8]

    def _defined(self, node: Node) -> Iterator[Definition]:
        if isinstance(node, Pair) and node.value is not None and node.key is not None:
            name = _target(node.key)
            is_argument = isinstance(node.parent, Chain) or _is_function(node.value)
            is_argument = is_argument and not (name.endswith("version") and self._is_default(node))
            if several := self._several.values_of(node):
                for key, value in several:
                    if told := _target(key):
                        yield self._definition(told, node.start, value, False)
            elif name and node.operator in ASSIGNS and not is_argument:
                yield self._definition(name, node.start, node.value, False)
            elif node.operator == "=>" and self.reading.language in LAMBDAS:
                return  # the name is a parameter
            elif (
                name
                and node.operator in (":", "=>")
                and not _is_type(node.value)
                and (not is_argument or (isinstance(node.value, Text) and "clever.com" in node.value.value))
            ):
                yield self._definition(name, node.start, node.value, isinstance(node.parent, Items))
            elif isinstance(node.key, Items) and node.operator in ASSIGNS:
                for name, value in _taken_apart(node.key, node.value):
                    yield self._definition(name, node.start, value, False)
        elif isinstance(node, Chain):
            yield from self._of_constant(node)
            yield from self._of_loop(node)
        elif isinstance(node, Join) and node.operator == "in" and len(node.items) == 2 and _is_loop(node):
            name = _target(node.items[0])
            if name and isinstance(node.items[1], Items | Chain):
                yield self._definition(name, node.start, node.items[1], False)
        elif isinstance(node, Items) and len(node.items) == 2 and node.items[1].lead == "as":  # foreach ($a as $b)
            last = node.items[1]
            name = _target(last.value if isinstance(last, Pair) else last)
            if name:
                yield self._definition(name, node.start, node.items[0], False)

    def _is_default(self, node: Pair) -> bool:
        """Say whether an argument is a parameter in a function's head, whose value most callers leave."""
        head, function = node.parent, self.reading.function_at(node.start)
        is_head = isinstance(head, Chain) and function is not None and head.callee == function.name
        return is_head and function is not None and node.start - function.start < HEAD

    def _of_constant(self, node: Chain) -> Iterator[Definition]:
        """A `define("NAME", "text")`, and C's `#define NAME "text"`."""
        if node.callee in ("define", "const") and len(node.arguments) == 2 and isinstance(node.arguments[0], Text):
            yield self._definition(snake(node.arguments[0].value), node.start, node.arguments[1], False)
        elif len(node.arguments) == 1 and "#define" in self.reading.content[max(0, node.start - 12) : node.start]:
            yield self._definition(snake(node.callee), node.start, node.arguments[0], False)

    def _of_loop(self, node: Chain) -> Iterator[Definition]:
        """The variable of `list.each do |name|`, of `list.map(name => …)` and of `Enum.map(list, fn name -> …)`."""
        last = node.steps[-1].name if node.steps else ""
        if snake(last or node.callee) not in LOOPS and not _asks_path(node):
            return
        following = self.reading.content[node.end : node.end + 40]
        if match := re.match(r"\s*(?:do|\{)\s*\|\s*\(?(\w+)", following):
            yield self._definition(snake(match[1]), node.start, _listed(node), False)
        for argument in node.arguments:
            if isinstance(argument, Pair) and argument.operator in ("=>", "->") and argument.key is not None:
                over = node.arguments[0] if node.arguments[0] is not argument else _listed(node)
                name = _target(argument.key)
                if not name and isinstance(argument.key, Items) and argument.key.items:
                    name = _target(argument.key.items[0])
                if name:
                    yield self._definition(name, node.start, over, False)

    def _definition(self, name: str, offset: int, value: Node, is_entry: bool) -> Definition:
        return Definition(name, offset, self.reading.function_at(offset), value, is_entry)


def _asks_path(node: Chain) -> bool:
    """Say whether a call itself says what it goes over: `connection.each("/students") do |record|`."""
    first = next((each for each in node.arguments if isinstance(each, Text)), None)
    return first is not None and re.match(r"/|v[12]\.\d/", first.value) is not None and " " not in first.value


def _listed(node: Chain) -> Node:
    """Return what a loop's call goes over: the chain without its last call."""
    if _asks_path(node):
        return node
    taken = 1 if node.steps[-1].kind == "attribute" else 2
    if len(node.steps) <= taken and isinstance(node.head, Node):
        return node.head
    return Chain(node.start, node.start, head=node.head, steps=node.steps[:-taken])


def _taken_apart(pattern: Items, value: Node) -> Iterator[tuple[str, Node]]:
    """Give the names that `{ type, data: { id: uid } } = me` defines, each with what it reaches."""
    for item in pattern.items:
        if isinstance(item, Chain) and isinstance(item.head, str) and pattern.bracket == "{":
            yield snake(item.head), _reached(value, item.head)
        elif isinstance(item, Pair) and item.key is not None:
            key = item.key.value if isinstance(item.key, Text) else _target(item.key)
            if isinstance(item.value, Items):
                yield from _taken_apart(item.value, _reached(value, key))
            elif isinstance(item.value, Chain) and isinstance(item.value.head, str):
                yield snake(item.value.head), _reached(value, key)


def _reached(value: Node, key: str) -> Chain:
    return Chain(
        value.start,
        value.start,
        head=value,
        steps=(Step("key", key, (Text(value.start, value.start, value=key, parts=(key,)),), value.start),),
    )


def _is_loop(node: Join) -> bool:
    """Say whether an `in` gives a loop's variable its values, rather than asking whether a value is among others."""
    around = node.parent
    return "for" in (node.lead, node.items[0].lead, around.lead if isinstance(around, Items) else "")


def _is_function(node: Node) -> bool:
    """Say whether a name gets a function, whose text is what a call of it gives, not what the name stands for."""
    return isinstance(node, Pair) and node.operator == "=>"


def _is_type(node: Node) -> bool:
    """Say whether what stands behind a colon is a type rather than a value: a bare name, TypeScript's `string`."""
    if isinstance(node, Text):
        return node.value == "string" and node.end - node.start == len(node.value)
    return isinstance(node, Chain) and isinstance(node.head, str) and not node.steps


def _target(node: Node | None) -> str:
    """Return the name that an assignment gives a value to; the last one of `self.base` or `NSString *base`."""
    if isinstance(node, Join) and node.operator == "*":
        node = node.items[-1]
    if isinstance(node, Text) and not node.value.startswith(("/", "http")):
        return snake(node.value) if len(node.value) < 60 else ""
    if isinstance(node, Chain) and any(step.kind == "key" for step in node.steps):
        return ""
    path = clean(segments(node)) if isinstance(node, Chain) else ()
    return path[-1] if path and not path[-1].endswith("()") else ""
