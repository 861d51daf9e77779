"""Where the names of a file get values that no assignment shows: loops, blocks, closures, patterns."""

from __future__ import annotations

import re
from functools import cached_property

from playbook.audit.flow.calls import Called, find_calls
from playbook.audit.flow.functions import Function, find_functions
from playbook.audit.flow.loops import find_loops
from playbook.audit.folding.definitions import Definitions
from playbook.audit.reading.node import Chain, Items, Node, Text
from playbook.audit.reading.parser import Syntax
from playbook.audit.reading.paths import snake
from playbook.audit.reading.token import Reading

BLOCK = re.compile(r"\s*(?:do|\{)\s*\|\s*\(?(\w+)")
BRACED = re.compile(r"\s*\{\s*(?:case\s+)?\(?(\w+)(?:\s*:\s*[\w<>?.\[\]]+)?\)?\s*(?:->|=>|in\b)")
PIPED = re.compile(r"\(\s*(?:async\s+)?(?:move\s+)?\|\s*[&(]*(?:mut\s+)?(\w+)")
CLOSURES = dict.fromkeys(("ruby", "crystal", "erb", "html"), BLOCK) | dict.fromkeys(
    ("kotlin", "swift", "scala", "groovy", "rust"), BRACED
)
MATCHED = re.compile(r"\s*(?:match|switch)\b")
SWITCHES = ("case", "switch", "match", "when")
FARTHEST = 200  # characters from where a function starts to its name


class Places:
    """The functions, loops and closures of one file, as far as its syntax shows them."""

    def __init__(self, reading: Reading, syntax: Syntax, definitions: Definitions) -> None:
        self.reading = reading
        self.syntax = syntax
        self.definitions = definitions
        self.functions = find_functions(reading)
        self.by_name: dict[str, list[Function]] = {}
        for function in self.functions:
            for name in names_of(function):
                self.by_name.setdefault(name, []).append(function)

    def calls(self, chain: Chain) -> tuple[Called, ...]:
        """Return the calls of a chain."""
        return find_calls(chain)

    @cached_property
    def chains(self) -> list[Chain]:
        """The chains of the file."""
        return [node for node in self.syntax.nodes if isinstance(node, Chain)]

    def function_at(self, offset: int) -> Function | None:
        """Return the innermost function around an offset."""
        block = self.reading.function_at(offset)
        return self._by_start.get(block.start) if block is not None else None

    @cached_property
    def _by_start(self) -> dict[int, Function]:
        return {function.start: function for function in self.functions}

    @cached_property
    def inside(self) -> dict[int, list[Node]]:
        """The nodes of each function, by where it starts; those of inner functions are the inner ones'."""
        found: dict[int, list[Node]] = {}
        for node in self.syntax.nodes:
            if (function := self.function_at(node.start)) is not None:
                found.setdefault(function.start, []).append(node)
        for nodes in found.values():
            nodes.sort(key=lambda node: node.start)
        return found

    def is_head(self, called: Called, node: Chain) -> bool:
        """Say whether what reads like a call is the head of a function."""
        function = self.function_at(node.start)
        if function is None or function.name != called.name or node.start - function.start > FARTHEST:
            return False
        return "\n" not in self.reading.content[function.start : node.start].strip()

    def values_of(self, name: str, node: Node) -> list[Node]:
        """Return the values that a name is assigned, but for what a switch goes over: its arms give something else."""
        found = self.definitions.find(name, node.start)
        content = self.reading.content
        return [
            each
            for each in found
            if each is not node and each.lead not in SWITCHES and not MATCHED.match(content, each.end, each.end + 12)
        ]

    def looped(self, name: str, offset: int) -> tuple[Node, str] | None:
        """Return what a loop's variable goes over, or the value that several names get at once, and the key of it."""
        function = self.function_at(offset)
        found = [each for each in self._loops.get(name, []) if each[0] < offset]
        here = [each for each in found if self.function_at(each[0]) is function]
        return here[-1][1:] if here else None

    def keys_taken(self, value: Node) -> list[str]:
        """Return the keys, or the places, that the names of a pattern take from a value."""
        return [key for found in self._loops.values() for _, taken, key in found if taken is value]

    @cached_property
    def _loops(self) -> dict[str, list[tuple[int, Node, str]]]:
        found: dict[str, list[tuple[int, Node, str]]] = {}
        for name, offset, value in find_loops(self.reading, self.syntax):
            bare, _, key = name.partition(":")
            found.setdefault(bare, []).append((offset, value, key))
        return found

    @cached_property
    def closures(self) -> dict[str, list[tuple[int, Chain, int]]]:
        """The parameters of blocks and closures, each with the chain that hands them over, and at which step."""
        found: dict[str, list[tuple[int, Chain, int]]] = {}
        pattern = CLOSURES.get(self.reading.language)
        for node in self.chains if pattern else ():
            if not node.steps:
                continue
            if pattern and (match := pattern.match(self.reading.content, node.end, node.end + 60)):
                found.setdefault(snake(match[1]), []).append((node.end, node, -1))
            for place, step in enumerate(node.steps):
                if step.kind == "call" and (match := PIPED.match(self.reading.content, step.start, step.start + 60)):
                    found.setdefault(snake(match[1]), []).append((step.start, node, max(0, place - 1)))
        return found

    def filled(self, name: str, offset: int) -> tuple[Chain, Called] | None:
        """Return the call in front of a place that fills a variable by its address: Go's `c.get(path, &page)`."""
        function = self.function_at(offset)
        found = [each for each in self._filled.get(name, []) if each[0].start < offset]
        here = [each for each in found if self.function_at(each[0].start) is function]
        return here[-1] if here else None

    @cached_property
    def _filled(self) -> dict[str, list[tuple[Chain, Called]]]:
        found: dict[str, list[tuple[Chain, Called]]] = {}
        for chain in self.chains if self.reading.language == "go" else ():
            for called in self.calls(chain):
                for each in called.arguments:
                    if isinstance(each, Chain) and isinstance(each.head, str) and self._is_address(each):
                        found.setdefault(snake(each.head), []).append((chain, called))
        return found

    def _is_address(self, node: Chain) -> bool:
        return "&" in self.reading.content[max(0, node.start - 1) : node.start + 1]

    def gone_over(self, node: Node) -> Node | None:
        """Return what Kotlin's `it` and Swift's `$0` go over: the chain in front of the brace around."""
        for parent in node.ancestors():
            if isinstance(parent, Items) and parent.bracket == "{":
                return self._ends.get(len(self.reading.content[: parent.start].rstrip()))
        return None

    @cached_property
    def _ends(self) -> dict[int, Chain]:
        return {node.end: node for node in self.chains}

    def is_slashed(self, node: Items) -> bool:
        r"""Say whether an item is Play's and json4s' way into an object: `(js \ "data" \ "id")`."""
        if self.reading.language != "scala" or len(node.items) < 2 or not isinstance(node.items[1], Text):
            return False
        return "\\" in self.reading.content[node.items[0].end : node.items[1].start]


def names_of(function: Function) -> list[str]:
    """Return the names that a function is called by: a constructor's is that of its class too."""
    return [function.name, snake(function.owner)] if function.is_constructor else [function.name]
