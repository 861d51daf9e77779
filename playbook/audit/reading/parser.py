"""The parser of the shallow syntax: tokens of any language in, nodes out, in one pass and without ever giving up.

It is deliberately forgiving: what it does not know, it steps over, because a missed construct costs one finding and a
refusal would cost the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playbook.audit.languages import BY_LANGUAGE
from playbook.audit.reading.grammar import CHOICES, COMPARISONS, JOINS, LEADING_JOINS, LOGIC, MAX_DEPTH, PAIRS
from playbook.audit.reading.node import Chain, Choice, Join, Node, Pair
from playbook.audit.reading.operands import OperandReader
from playbook.audit.reading.token import Reading

ARROWED = ("=", ":=", ":")
"""Operators behind which an arrow begins a function."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """A file's nodes, in the order in which they begin to be read; an inner node stands before the one around it.

    Attributes:
        told: What was found out of the nodes alone, kept as long as they are: a file is looked at several times.
    """

    nodes: tuple[Node, ...]
    told: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


def parse(reading: Reading) -> Syntax:
    """Return the shallow syntax of a file."""
    tokens = [token for token in reading.tokens if token.kind != "comment"]
    parser = _Parser(tokens, reading.content, BY_LANGUAGE[reading.language])
    parser.sequence("")
    return Syntax(tuple(parser.nodes))


class _Parser(OperandReader):
    """Reads sequences, pairs and expressions; the layers below read what these are made of."""

    def sequence(self, closer: str) -> tuple[Node, ...]:
        """Read items up to a closing bracket, stepping over what is none."""
        items: list[Node] = []
        is_piping, self.is_piping = self.is_piping, False
        while (token := self.peek()) is not None:
            if token.kind == "mark" and token.value in (")", "]", "}"):
                if token.value == closer or closer == "":
                    self.position += 1
                    if closer:
                        break
                    continue
                break
            before = self.position
            if item := self.item():
                items.append(item)
            if self.position == before:
                self.position += 1
        self.is_piping = is_piping
        return tuple(items)

    def item(self) -> Node | None:
        """Read an expression and, where a pair's operator follows, its value."""
        lead = self.skip_keywords()
        key = self.expression()
        if key is not None and lead and not key.lead:
            key.lead = lead
        operator = self.mark()
        if key is None or operator not in PAIRS or (operator == "->" and self.language.arrow_reaches):
            return key
        if operator == ":" and self.is_new_line(1) and self.mark(1) not in ("{", "["):
            self.position += 1
            return key
        return self._pair(key, operator)

    def _pair(self, key: Node, operator: str) -> Node:
        if operator == "=" and isinstance(key, Join) and key.operator == ">":
            key = key.items[-1]  # `List<String> KINDS = …`
        self.position += 1
        inner_lead = self.skip_keywords()
        value = self.expression() if self.mark() not in (")", "]", "}", ",", ";") else None
        if value is not None:
            value.lead = value.lead or inner_lead
        while operator == ":" and self.mark() == "|" and not self.is_new_line():  # `url: str | None = …`
            self.position += 1
            self.expression()
        type_name = ""
        if operator == ":" and self.mark() == "=" and not self.is_new_line():
            self.position += 1
            self.skip_keywords()
            type_name = value.head if isinstance(value, Chain) and isinstance(value.head, str) else ""
            value = self.expression()
            operator = "="
        elif value is not None and operator in ARROWED and self.mark() == "=>" and not self.is_new_line():
            value = self._pair(value, "=>")  # const url = (path) => …
        elif operator == "=" and value is not None and self.mark() == "=" and not self.is_new_line():
            value = self._pair(value, "=")  # a = b = "text"
        pair = Pair(key.start, value.end if value else key.end, lead=key.lead, key=key, value=value, operator=operator)
        pair.type_name = type_name
        return self.keep(pair, key, value)

    def expression(self) -> Node | None:
        """Read an expression; below the greatest depth, step over a token."""
        self.depth += 1
        try:
            if self.depth < MAX_DEPTH:
                return self._choice()
            self.position += 1
            return None
        finally:
            self.depth -= 1

    def _choice(self) -> Node | None:
        left = self._conjunction()
        if left is None:
            return None
        items = [left]
        while (self.mark() in CHOICES or self.word() in CHOICES) and (
            not self.is_new_line() or self.mark() in LEADING_JOINS
        ):
            if self.mark() == "//" and self.language.name != "perl":
                break
            self.position += 1
            self.skip_keywords()
            if right := self._conjunction():
                items.append(right)
        node = left if len(items) == 1 else self.keep(Choice(left.start, items[-1].end, items=tuple(items)), *items)
        return self._ternary(node) if self.mark() == "?" else node

    def _ternary(self, condition: Node) -> Node:
        if self.mark(1) in (":", ")", ",", ".", "=", ";", "?", ">") or (
            self.is_adjacent() and self.mark(1) in ("[", "(")
        ):
            self.position += 1  # an optional type or an optional chain
            return condition
        before, kept = self.position, len(self.nodes)
        self.position += 1
        first = self.expression()
        if first is None or self.mark() != ":":
            self.position = before + 1
            del self.nodes[kept:]
            return condition
        self.position += 1
        second = self.expression()
        items = tuple(node for node in (first, second) if node is not None)
        return self.keep(Choice(condition.start, items[-1].end, items=items), *items)

    def _conjunction(self) -> Node | None:
        return self._joined(self._comparison, LOGIC)

    def _comparison(self) -> Node | None:
        return self._joined(self._concatenation, COMPARISONS)

    def _concatenation(self) -> Node | None:
        return self._joined(self.operand, JOINS | {"."} if self.language.dot_joins else JOINS)

    def _joined(self, inner: Callable[[], Node | None], operators: frozenset[str]) -> Node | None:
        left = inner()
        if left is None:
            return None
        items, operator = [left], ""
        while (found := self.mark() or self.word()) in operators or (
            found == "not" and self.word(1) == "in" and "in" in operators
        ):
            if self.is_new_line() and found not in LEADING_JOINS and not (found == "." and self.language.dot_joins):
                break
            if found == "<" and self.is_adjacent() and self.is_adjacent(1):
                break  # a generic's bracket, or a tag
            before = self.position
            self.position += 2 if found == "not" else 1
            self.skip_keywords()
            right = inner()
            if right is None:
                self.position = max(before + 1, self.position)
                break
            items.append(right)
            operator = operator or found.replace("not", "in")
        if len(items) == 1:
            return left
        return self.keep(Join(left.start, items[-1].end, operator=operator, items=tuple(items)), *items)
