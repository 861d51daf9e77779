"""Put texts together: `BASE + "/#{type}s/" + id` becomes the URLs that it can be, with a named hole where nobody knows.

A fold never guesses: what cannot be known statically stays a hole that carries its name.
"""

from __future__ import annotations

import re

from playbook.audit.folding.calls import (
    CONCATENATIONS,
    ENVIRONMENT,
    FORMATS,
    PASSED,
    PATH_JOINS,
    PLACEHOLDER,
    REPLACES,
    TEXT_JOINS,
)
from playbook.audit.folding.definitions import Definitions
from playbook.audit.folding.pieces import MAX_WAYS, Folded, Hole, merged, products, render
from playbook.audit.reading.node import Chain, Choice, Items, Join, Node, Number, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.words import words

MAX_DEPTH = 12
INFLECTED = words(
    "value name raw_value pluralize plural tableize underscore to_lower_case to_lower lower downcase camelize"
)
"""What is asked of a value that stays what it was, in another spelling."""

OF_PEOPLE = words("id type kind role")
"""What every record has: the entry of a table that is called so is not what another record's attribute says."""


class Folder:
    """Folds the nodes of one file."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self._seen: dict[Node, list[Folded]] = {}
        self._offset = 0

    def fold(self, node: Node | None, depth: int = 0) -> list[Folded]:
        """Return the texts that a node can be, at most eight; a hole alone where it is no text."""
        if node is None or depth > MAX_DEPTH:
            return [(Hole("value"),)]
        if node not in self._seen:
            self._seen[node] = [(Hole("value"),)]  # what a node that defines itself through itself gets
            self._seen[node] = merged(self._fold(node, depth + 1))
        return self._seen[node]

    def _fold(self, node: Node, depth: int) -> list[Folded]:
        if isinstance(node, Text):
            parts = _without_prefix(node.parts)
            return products([[(part,)] if isinstance(part, str) else self.fold(part, depth) for part in parts])
        if isinstance(node, Number):
            return [(node.value,)]
        if isinstance(node, Choice):
            return [way for item in node.items for way in self.fold(item, depth)][:MAX_WAYS]
        if isinstance(node, Join):
            return self._join(node, depth)
        if isinstance(node, Pair):
            return self.fold(node.value, depth)
        if isinstance(node, Items):
            return self._items(node, depth)
        return self._chain(node, depth) if isinstance(node, Chain) else [(Hole("value"),)]

    def _items(self, node: Items, depth: int) -> list[Folded]:
        """A list stands for any of its texts, which is what a loop over it makes of it."""
        listed = [way for item in node.items if isinstance(item, Text) for way in self.fold(item, depth)]
        return listed[:MAX_WAYS] or [(Hole("value"),)]

    def _join(self, node: Join, depth: int) -> list[Folded]:
        if node.operator == "%" and len(node.items) == 2:
            right = node.items[1]
            arguments = right.items if isinstance(right, Items) else (right,)
            return [filled for way in self.fold(node.items[0], depth) for filled in self._fill(way, arguments, depth)]
        if node.operator == "/":
            return products([self.fold(item, depth) for item in node.items], between="/")
        if node.operator in CONCATENATIONS:
            return products([self.fold(item, depth) for item in node.items])
        return [(Hole("value"),)]

    def _chain(self, node: Chain, depth: int) -> list[Folded]:
        callee = node.callee
        self._offset = node.start
        if callee:
            called = self._call(node, callee, depth)
            if called is not None:
                return called
        last = node.steps[-1] if node.steps else None
        if (
            last
            and last.kind == "attribute"
            and last.name in PASSED
            and isinstance(node.head, Text | Join | Items | Choice)
        ):
            return self.fold(node.head, depth)
        path = clean(segments(node))
        if not path:
            return [(Hole("value"),)]
        name = path[-1].removesuffix("()")
        if not path[-1].endswith("()") or not node.arguments:
            values = self.definitions.find(name, node.start, in_entries=len(path) > 1 and name not in OF_PEOPLE)
            ways = [way for value in values for way in self.fold(value, depth)]
            ways = [way for way in ways if any(isinstance(piece, str) for piece in way)]
            if ways:
                return ways[:MAX_WAYS]
            if values and len(path) == 1:
                return [(Hole(name, path),)]
        spelled = node.steps[-1].name if node.steps else node.head
        imported = f"{self.definitions.imports.get(name, '')}_{name}"
        for shared in (name, imported, "_".join(path[-2:]), "_".join(path[-3:])):
            is_telling = "_" in shared or (isinstance(spelled, str) and spelled.isupper())
            if is_telling and shared in self.definitions.shared:
                return [(text,) for text in self.definitions.shared[shared]]
        is_bare = name in INFLECTED and len(path) > 1
        return [(Hole(path[-2].removesuffix("()") if is_bare else name, path),)]

    def _call(self, node: Chain, callee: str, depth: int) -> list[Folded] | None:
        arguments = node.arguments
        receiver = _receiver(node)
        if callee in FORMATS and (arguments or isinstance(receiver, Text | Join)):
            template, rest = (
                (receiver, arguments) if isinstance(receiver, Text | Join) else (arguments[0], arguments[1:])
            )
            return [filled for way in self.fold(template, depth) for filled in self._fill(way, rest, depth)]
        if callee == "join" and len(arguments) <= 1 and isinstance(receiver, Items | Text):
            return self._list_join(receiver, arguments, depth)
        if callee in PATH_JOINS and arguments:
            return self._path_join(node, receiver, arguments, depth)
        if callee in TEXT_JOINS and arguments:
            parts = ([receiver] if receiver is not None and not _is_owner(receiver) else []) + list(arguments)
            return products([self.fold(part, depth) for part in parts])
        if callee in REPLACES and receiver is not None:
            return self.fold(receiver, depth)
        if callee in PASSED:
            if len(arguments) == 2 and callee in ("URL", "Uri", "new"):
                is_turned = callee == "URL" and any("://" in render(way) for way in self.fold(arguments[1], depth))
                first, second = (arguments[1], arguments[0]) if is_turned else (arguments[0], arguments[1])
                return products([self.fold(first, depth), self.fold(second, depth)], between="/")
            if len(arguments) == 1:
                return self.fold(arguments[0], depth)
            if receiver is not None and not arguments:
                return self.fold(receiver, depth)
        return self._with_default(node, arguments, depth)

    def _with_default(self, node: Chain, arguments: tuple[Node, ...], depth: int) -> list[Folded] | None:
        """An `ENV.fetch("NAME", "https://…")` may be the default, or what the project's configuration says."""
        names = {node.callee, node.head if isinstance(node.head, str) else "", *(step.name for step in node.steps)}
        if not arguments or not isinstance(arguments[0], Text) or not names & ENVIRONMENT:
            return None
        name = snake(re.split(r"[./:]", arguments[0].value)[-1])
        found = [(text,) for text in self.definitions.shared.get(name, ())]
        default = arguments[1].value if len(arguments) == 2 and isinstance(arguments[1], Pair) else arguments[-1]
        if len(arguments) == 2 and isinstance(default, Text | Join):
            found += self.fold(default, depth)  # type: ignore[arg-type]
        return found or [(Hole(name),)]  # type: ignore[return-value]

    def _list_join(self, receiver: Node, arguments: tuple[Node, ...], depth: int) -> list[Folded]:
        listed, separator = (
            (receiver, arguments[0] if arguments else None)
            if isinstance(receiver, Items)
            else (
                arguments[0] if arguments else None,
                receiver,
            )
        )
        between = separator.value if isinstance(separator, Text) else ""
        if not isinstance(listed, Items):
            return [(Hole("value"),)]
        return products([self.fold(item, depth) for item in listed.items], between=between, trims=False)

    def _path_join(self, node: Chain, receiver: Node | None, arguments: tuple[Node, ...], depth: int) -> list[Folded]:
        parts = list(arguments)
        if receiver is not None and not _is_owner(receiver):
            parts.insert(0, receiver)
        if node.callee == "path" and receiver is None:
            return self.fold(arguments[0], depth)
        return products([self.fold(part, depth) for part in parts if not isinstance(part, Pair)], between="/")

    def _fill(self, template: Folded, arguments: tuple[Node, ...], depth: int) -> list[Folded]:
        """Put arguments into the placeholders of a format, by name or by position."""
        named = {
            snake(key): argument.value
            for argument in _flat(arguments)
            if isinstance(argument, Pair) and (key := _key_of(argument))
        }
        placed = [argument for argument in arguments if not isinstance(argument, Pair)]
        ways: list[list[Folded]] = []
        count = 0
        for piece in template:
            if not isinstance(piece, str):
                ways.append([(piece,)])
                continue
            position = 0
            for match in PLACEHOLDER.finditer(piece):
                ways.append([(piece[position : match.start()],)])
                position = match.end()
                name = next((group for group in match.groups() if group), "")
                if name and not name.isdigit():
                    value: Node | None = named.get(snake(name))
                    known = [value] if value is not None else self.definitions.find(snake(name), self._offset)
                    ways.append([way for each in known for way in self.fold(each, depth)] or [(Hole(snake(name)),)])
                    continue
                index = int(name) if name else count
                count += 1
                ways.append(self.fold(placed[index], depth) if index < len(placed) else [(Hole("value"),)])
            ways.append([(piece[position:],)])
        return products(ways)


def _without_prefix(parts: tuple[str | Node | None, ...]) -> tuple[str | Node | None, ...]:
    """Return a text's parts without an interpolator's name and quotes: Scala's `uri"…"`."""
    first, last = (parts[0], parts[-1]) if parts else ("", "")
    if not isinstance(first, str) or not isinstance(last, str) or not (found := re.match(r"[a-z]\w*\"+", first)):
        return parts
    if len(parts) == 1:
        return (first[found.end() :].rstrip('"'),)
    return (first[found.end() :], *parts[1:-1], last.rstrip('"'))


def _flat(arguments: tuple[Node, ...]) -> list[Node]:
    """Return arguments with those of a dictionary taken out of it."""
    return [each for argument in arguments for each in (argument.items if isinstance(argument, Items) else (argument,))]


def _key_of(pair: Pair) -> str:
    if isinstance(pair.key, Text):
        return pair.key.value
    return pair.key.head if isinstance(pair.key, Chain) and isinstance(pair.key.head, str) else ""


def _receiver(node: Chain) -> Node | None:
    """Return what a call is made on: the chain without its last call and the name of what is called."""
    named_in_call = bool(node.steps[-1].name)
    steps = node.steps[:-1] if named_in_call else node.steps[:-2]
    if steps:
        return Chain(node.start, node.steps[-1].start, head=node.head, steps=steps)
    if len(node.steps) == 1 and not named_in_call:
        return None
    return node.head if isinstance(node.head, Node) else Chain(node.start, node.start, head=node.head)


def _is_owner(node: Node) -> bool:
    """Say whether a call is made on a module or class rather than on a text: `URI.join`, `path.posix.join`."""
    if not isinstance(node, Chain) or not isinstance(node.head, str):
        return False
    return node.head in (
        "URI",
        "URL",
        "Path",
        "path",
        "File",
        "os",
        "url",
        "posixpath",
        "urllib",
        "urlparse",
        "parse",
        "string",
        "String",
        "Url",
        "strings",
        "Addressable",
        "Utils",
        "uri",
    ) and not any(step.kind == "call" for step in node.steps)


__all__ = ["Folder", "render"]
