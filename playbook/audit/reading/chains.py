"""The parser's reading of chains: what is reached from a name or another node, by attributes, keys and calls."""

from __future__ import annotations

from abc import ABC, abstractmethod

from playbook.audit.reading.cursor import Cursor
from playbook.audit.reading.grammar import GENERIC, OPENERS, REACHES
from playbook.audit.reading.node import Chain, Node, Number, Step, Text


class ChainReader(Cursor, ABC):
    """Reads steps behind a node; what stands between brackets is read by the layers above."""

    @abstractmethod
    def sequence(self, closer: str) -> tuple[Node, ...]:
        """Read items up to a closing bracket, or to the end where it is a blank."""

    @abstractmethod
    def operand(self) -> Node | None:
        """Read one operand: a text, a number, a chain or what stands between brackets."""

    def postfix(self, node: Node) -> Node:
        """Return the chain of a node and everything that is reached from it; the node itself where nothing is."""
        steps: list[Step] = []
        end = node.end
        while step := self._step():
            steps.append(step)
            end = self.tokens[self.position - 1].end
        if not steps:
            return node
        if isinstance(node, Chain) and node not in self.nodes[-1:]:
            chain = Chain(node.start, end, head=node.head, steps=(*node.steps, *steps))
        else:
            chain = Chain(node.start, end, head=node, steps=tuple(steps))
        return self.keep(chain, *children_of(chain))

    def _step(self) -> Step | None:
        mark = self.mark()
        if (
            mark in ("?", "!", "!!")
            and self.is_adjacent()
            and (self.mark(1) in (".", "?.", "[", "!") and self.is_adjacent(1))
        ):
            self.position += 1
            mark = self.mark()
        if mark == "!" and self.is_adjacent() and self.mark(1) in ("(", "[") and self.language.name == "rust":
            self.position += 1
            mark = self.mark()
        if mark == "::" and self.mark(1) == "<" and self.language.name == "rust":
            self.position += 1  # `get::<Me>(…)`
            self._skip_generic()
            mark = self.mark()
        if mark == "|>":
            return None if self.is_piping else self._piped()
        if mark in REACHES or (mark == "->" and self.language.arrow_reaches) or (mark == ":" and self._is_lua_call()):
            return self._reached(mark)
        if mark == "<" and self.is_adjacent():
            self._skip_generic()
            mark = self.mark()
        if mark == "(" and self.is_adjacent() and not self.language.is_lisp:
            return self._bracket_step("call", ")")
        if mark == "[" and self.is_adjacent() and not self.language.is_lisp:
            return self._bracket_step("key", "]")
        if mark == "{" and self.is_adjacent() and self.language.name == "perl":
            return self._bracket_step("key", "}")
        return None

    def _is_lua_call(self) -> bool:
        return self.language.name == "lua" and bool(self.word(1)) and self.is_adjacent() and self.mark(2) == "("

    def _piped(self) -> Step | None:
        self.position += 1
        self.is_piping = True  # so that `a |> f(x) |> g(y)` is two steps, and not one that is handed the other
        node = self.operand()
        self.is_piping = False
        self.drop(node)
        if isinstance(node, Chain) and node.callee:
            return Step("call", node.callee, node.arguments, node.start)
        return Step("call", "", (node,) if node else (), node.start if node else 0)

    def _reached(self, mark: str) -> Step | None:
        if mark == "." and self.language.dot_joins:
            return None
        following = self.peek(1)
        if following is None:
            return None
        if following.kind in ("name", "text") and (following.kind == "name" or following.is_symbol):
            self.position += 2
            return Step("attribute", following.value, (), following.start)
        if following.kind == "mark" and following.value in ("[", "{", "("):
            self.position += 1
            closer = OPENERS[following.value]
            return self._bracket_step("call" if following.value == "(" else "key", closer)
        return None

    def _skip_generic(self) -> None:
        """Step over `<String>` where a call follows it."""
        depth = 1
        for ahead in range(1, 40):
            mark = self.mark(ahead)
            depth += {"<": 1, ">": -1, ">>": -2}.get(mark, 0)
            if depth <= 0:
                self.position += ahead + 1 if self.mark(ahead + 1) == "(" else 0
                return
            token = self.peek(ahead)
            if token is None or (token.kind == "mark" and mark not in GENERIC):
                return
            if token.kind == "text" and token.end - token.start != len(token.value):
                return  # in quotes; a type called `string` is none

    def _bracket_step(self, kind: str, closer: str) -> Step:
        start = self.tokens[self.position].start
        self.position += 1
        arguments = self.sequence(closer)
        if kind == "call":
            return Step("call", "", arguments, start)
        name = ""
        if len(arguments) == 1:
            first = arguments[0]
            name = first.value if isinstance(first, Text | Number) else _bare_name(first) if closer == "}" else ""
        return Step("key", name, arguments, start)


def _bare_name(node: Node) -> str:
    return node.head if isinstance(node, Chain) and isinstance(node.head, str) and not node.steps else ""


def children_of(node: Node) -> tuple[Node, ...]:
    """Return the nodes that a chain is made of."""
    if not isinstance(node, Chain):
        return ()
    head = (node.head,) if isinstance(node.head, Node) else ()
    return (*head, *(argument for step in node.steps for argument in step.arguments))
