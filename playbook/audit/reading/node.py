"""The shallow syntax that every language shares: texts, chains of accesses and calls, joins, choices, lists and pairs.

It knows nothing of statements; it is just enough to see how a URL is put together and where a field is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(slots=True, eq=False)
class Node:
    """One piece of syntax.

    Attributes:
        start: Offset of its first character.
        end: Offset behind its last character.
        parent: What it is a part of.
        lead: The keyword in front of it, such as `case`, `if` or `return`.
    """

    start: int
    end: int
    parent: Node | None = field(default=None, repr=False)
    lead: str = ""

    def ancestors(self) -> Iterator[Node]:
        """Give what the node is a part of, from the inside out."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent


@dataclass(slots=True, eq=False)
class Text(Node):
    """A string, symbol or word; its parts are literal pieces and the nodes of its holes."""

    value: str = ""
    parts: tuple[str | Node | None, ...] = ()
    is_symbol: bool = False


@dataclass(slots=True, eq=False)
class Number(Node):
    """A number."""

    value: str = ""


@dataclass(slots=True, eq=False)
class Step:
    """One reach of a chain: an attribute, a key in brackets, or a call with its arguments."""

    kind: Literal["attribute", "key", "call"]
    name: str
    arguments: tuple[Node, ...]
    start: int


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what is called, on what, with which arguments, and the place of the argument that asked."""

    name: str
    owner: Chain | None
    arguments: tuple[Node, ...]
    place: int
    chain: Chain


@dataclass(slots=True, eq=False)
class Chain(Node):
    """A name or another node, and what is reached from it: `user.roles["teacher"].get(x)`.

    Attributes:
        reached: The names that it reaches through, once somebody has asked for them.
        calls: The calls that it makes, likewise.
    """

    head: str | Node = ""
    steps: tuple[Step, ...] = ()
    reached: tuple[str, ...] | None = field(default=None, init=False, repr=False)
    calls: tuple[Any, ...] | None = field(default=None, init=False, repr=False)

    @property
    def callee(self) -> str:
        """The name of what the chain's last call calls; blank where its last step is no call."""
        if not self.steps or self.steps[-1].kind != "call":
            return ""
        if len(self.steps) > 1 and self.steps[-2].kind != "call":
            return self.steps[-2].name
        return self.head if isinstance(self.head, str) and len(self.steps) == 1 else ""

    def call_with(self, child: Node) -> Call | None:
        """Return the call of this chain that a node is an argument of."""
        for index, step in enumerate(self.steps):
            if step.kind == "call" and any(argument is child for argument in step.arguments):
                before = self.steps[index - 1].name if index else ""
                named_before = bool(index) and self.steps[index - 1].kind != "call"
                if index == 1 and self.steps[0].kind == "key" and not before and isinstance(self.head, str):
                    before = self.head  # Go's `list[Teacher](…)`
                name = step.name or (
                    before if named_before else self.head if not index and isinstance(self.head, str) else ""
                )
                on = self.steps[:index] if step.name else self.steps[: max(index - 1, 0)]
                has_owner = bool(on) or step.name != "" or index > 0
                owner = Chain(self.start, step.start, self.parent, head=self.head, steps=on) if has_owner else None
                place = next(place for place, each in enumerate(step.arguments) if each is child)
                return Call(name, owner, step.arguments, place, self)
        return None

    @property
    def arguments(self) -> tuple[Node, ...]:
        """The arguments of the chain's last call."""
        return self.steps[-1].arguments if self.callee else ()


@dataclass(slots=True, eq=False)
class Join(Node):
    """Two or more nodes with an operator between them: a concatenation, a comparison, a conjunction."""

    operator: str = "+"
    items: tuple[Node, ...] = ()


@dataclass(slots=True, eq=False)
class Choice(Node):
    """One of several nodes: `a || b`, `c ? a : b`."""

    items: tuple[Node, ...] = ()


@dataclass(slots=True, eq=False)
class Items(Node):
    """What stands between brackets: a list, a dictionary, a block."""

    bracket: str = "["
    items: tuple[Node, ...] = ()


@dataclass(slots=True, eq=False)
class Pair(Node):
    """A key and its value: an assignment, a dictionary's entry, a named argument, an arm of a switch."""

    key: Node | None = None
    value: Node | None = None
    operator: str = "="
    type_name: str = ""
