"""The parser of the shallow syntax: tokens of any language in, nodes out, in one pass and without ever giving up.

It is deliberately forgiving: what it does not know, it steps over, because a missed construct costs one finding and a
refusal would cost the file.
"""

from __future__ import annotations

from dataclasses import dataclass

from playbook.audit.languages import BY_LANGUAGE
from playbook.audit.reading.cursor import Cursor
from playbook.audit.reading.grammar import (
    CHOICES,
    COMPARISONS,
    GENERIC,
    JOINS,
    KEYWORDS,
    LEADING_JOINS,
    LOGIC,
    MAX_DEPTH,
    OPENERS,
    PAIRS,
    PREFIXES,
    REACHES,
    STARTERS,
)
from playbook.audit.reading.node import Chain, Choice, Items, Join, Node, Number, Pair, Step, Text
from playbook.audit.reading.token import Reading, Token


@dataclass(frozen=True, slots=True)
class Syntax:
    """A file's nodes, in the order in which they begin to be read; an inner node stands before the one around it."""

    nodes: tuple[Node, ...]


def parse(reading: Reading) -> Syntax:
    """Return the shallow syntax of a file."""
    tokens = [token for token in reading.tokens if token.kind != "comment"]
    parser = _Parser(tokens, reading.content, BY_LANGUAGE[reading.language])
    parser.sequence("")
    return Syntax(tuple(parser.nodes))


class _Parser(Cursor):
    # -- sequences, pairs and expressions -------------------------------------------------------------------------

    def sequence(self, closer: str) -> tuple[Node, ...]:
        items: list[Node] = []
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
        return tuple(items)

    def item(self) -> Node | None:
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
        return self.pair(key, operator)

    def pair(self, key: Node, operator: str) -> Node:
        self.position += 1
        inner_lead = self.skip_keywords()
        value = self.expression() if self.mark() not in (")", "]", "}", ",", ";") else None
        if value is not None:
            value.lead = value.lead or inner_lead
        type_name = ""
        if operator == ":" and self.mark() == "=" and not self.is_new_line():
            self.position += 1
            self.skip_keywords()
            type_name = value.head if isinstance(value, Chain) and isinstance(value.head, str) else ""
            value = self.expression()
            operator = "="
        elif operator == "=" and value is not None and self.mark() == "=" and not self.is_new_line():
            value = self.pair(value, "=")  # a = b = "text"
        pair = Pair(key.start, value.end if value else key.end, lead=key.lead, key=key, value=value, operator=operator)
        pair.type_name = type_name
        return self.keep(pair, key, value)

    def skip_keywords(self) -> str:
        lead = ""
        while ((word := self.word()) in KEYWORDS and not self.language.is_lisp) or (
            word == "range" and self.language.name == "go"
        ):
            if self.mark(1) in (".", "=", ":", "=>", "?:") and word not in ("else", "default", "try"):
                break  # a keyword of one language is a name in another
            lead = word
            self.position += 1
            if word in STARTERS:
                break
        return lead

    def expression(self) -> Node | None:
        self.depth += 1
        try:
            if self.depth < MAX_DEPTH:
                return self.choice()
            self.position += 1
            return None
        finally:
            self.depth -= 1

    def choice(self) -> Node | None:
        left = self.conjunction()
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
            if right := self.conjunction():
                items.append(right)
        node = left if len(items) == 1 else self.keep(Choice(left.start, items[-1].end, items=tuple(items)), *items)
        return self.ternary(node) if self.mark() == "?" else node

    def ternary(self, condition: Node) -> Node:
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

    def conjunction(self) -> Node | None:
        return self.joined(self.comparison, LOGIC)

    def comparison(self) -> Node | None:
        return self.joined(self.concatenation, COMPARISONS)

    def concatenation(self) -> Node | None:
        return self.joined(self.operand, JOINS | {"."} if self.language.dot_joins else JOINS)

    def joined(self, inner: object, operators: frozenset[str]) -> Node | None:
        left: Node | None = inner()  # type: ignore[operator]
        if left is None:
            return None
        items, operator = [left], ""
        while (found := self.mark() or self.word()) in operators:
            if self.is_new_line() and found not in LEADING_JOINS and not (found == "." and self.language.dot_joins):
                break
            if found == "<" and self.is_adjacent() and self.is_adjacent(1):
                break  # a generic's bracket, or a tag
            before = self.position
            self.position += 1
            self.skip_keywords()
            right: Node | None = inner()  # type: ignore[operator]
            if right is None:
                self.position = max(before + 1, self.position)
                break
            items.append(right)
            operator = operator or found
        if len(items) == 1:
            return left
        return self.keep(Join(left.start, items[-1].end, operator=operator, items=tuple(items)), *items)

    # -- operands -------------------------------------------------------------------------------------------------

    def operand(self) -> Node | None:
        token = self.peek()
        if token is None:
            return None
        if token.kind == "text":
            return self.postfix(self.texts())
        if token.kind == "number":
            self.position += 1
            return self.keep(Number(token.start, token.end, value=token.value))
        if token.kind == "name":
            return self.named(token)
        if token.value in OPENERS or token.value[:2] in ("%w", "%i", "%W", "%I"):
            return self.bracketed(token)
        if token.value in PREFIXES:
            return self.prefixed(token)
        if token.value in (")", "]", "}"):
            return None
        self.position += 1
        return None

    def prefixed(self, token: Token) -> Node | None:
        self.position += 1
        if token.value == "@" and self.language.name == "elixir" and self.word() and not self.is_new_line(1):
            name = self.peek()
            if name and self.peek(1) and (self.peek(1).kind == "text" or self.mark(1) in ("%", "[", "{")):  # type: ignore[union-attr]
                self.position += 1
                key = self.keep(Chain(name.start, name.end, head=name.value))
                value = self.expression()
                return self.keep(Pair(key.start, value.end if value else key.end, key=key, value=value), key, value)
        if self.is_new_line() or self.mark() in (")", "]", "}", ",", ";"):
            return None
        node = self.operand()
        if node is not None and token.value == "!":
            node.lead = "!"
        return node

    def texts(self) -> Node:
        first = self.text()
        items: list[Node] = [first]
        name = self.language.name
        while name in ("python", "ruby", "c", "cpp", "objective-c") and (token := self.peek()) and token.kind == "text":
            if token.is_symbol or first.is_symbol or (self.is_new_line() and name == "ruby"):
                break
            if self.is_new_line() and not self.is_inside_brackets:
                break
            items.append(self.text())
        if len(items) == 1:
            return first
        return self.keep(Join(first.start, items[-1].end, items=tuple(items)), *items)

    @property
    def is_inside_brackets(self) -> bool:
        return self.depth > 1

    def text(self) -> Text:
        token = self.tokens[self.position]
        self.position += 1
        parts: list[str | Node | None] = []
        for part in token.parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            inner = _Parser(list(part), self.content, self.language, self.depth + 1)
            found = inner.sequence("") if self.depth < MAX_DEPTH else ()
            self.nodes += inner.nodes
            parts.append(found[-1] if found else None)
        node = Text(token.start, token.end, value=token.value, parts=tuple(parts), is_symbol=token.is_symbol)
        self.keep(node, *(part for part in parts if isinstance(part, Node)))
        return node

    def named(self, token: Token) -> Node | None:
        is_keyword = token.value in KEYWORDS and not self.language.is_lisp
        if is_keyword and self.mark(1) not in (".", "=", ":", "[", "=>", "?."):
            lead = self.skip_keywords()
            node = self.operand()
            if node is not None:
                node.lead = node.lead or lead
            return node
        self.position += 1
        node = self.postfix(Chain(token.start, token.end, head=token.value))
        is_defined = self.word(-2) == "define" if self.position >= 2 else False
        if (
            (self.language.juxtaposes or is_defined)
            and isinstance(node, Chain)
            and not node.callee
            and self.looks_like_argument()
        ):
            arguments = self.arguments()
            steps = (*node.steps, Step("call", "", arguments, arguments[0].start if arguments else node.end))
            called = Chain(node.start, arguments[-1].end if arguments else node.end, head=node.head, steps=steps)
            self.drop(node)
            return self.postfix(self.keep(called, *arguments, node.head if isinstance(node.head, Node) else None))
        return node if node in self.nodes[-1:] else self.keep(node, *_children(node))

    def looks_like_argument(self) -> bool:
        token = self.peek()
        if token is None or self.is_new_line() or self.is_adjacent():
            return False
        if token.kind == "text":
            return True
        if token.kind == "name" and token.value not in KEYWORDS:
            return (
                (self.mark(1) == ":" and self.is_adjacent(1))
                or self.language.name == "shell"
                or self.mark(1) in (".", "::")
            )
        return token.kind == "mark" and token.value in ("[", "%w(") and self.language.name in ("ruby", "groovy")

    def arguments(self) -> tuple[Node, ...]:
        """Return the arguments of a call without parentheses: to the line's end, further after a comma."""
        found: list[Node] = []
        while self.peek() is not None:
            before = self.position
            if item := self.item():
                found.append(item)
            if self.mark() == ",":
                self.position += 1
                continue
            if self.language.name == "shell" and self.position > before and not self.is_new_line():
                token = self.peek()
                if token is not None and token.kind in ("text", "number"):
                    continue
            break
        return tuple(found)

    def bracketed(self, token: Token) -> Node | None:
        opener = token.value if token.value in OPENERS else token.value[-1]
        closer = OPENERS.get(opener, ")")
        self.position += 1
        items = self.sequence(closer)
        end = self.tokens[self.position - 1].end
        if self.language.is_lisp and opener == "(":
            return self.lisp_call(token, items, end)
        if opener == "(" and len(items) == 1:
            return self.postfix(items[0])
        return self.postfix(self.keep(Items(token.start, end, bracket=opener[-1], items=items), *items))

    def lisp_call(self, token: Token, items: tuple[Node, ...], end: int) -> Node:
        if not items:
            return self.keep(Items(token.start, end, bracket="("))
        first, rest = items[0], items[1:]
        self.drop(first)
        if isinstance(first, Text) and first.is_symbol and len(rest) >= 1:  # (:type me)
            steps: tuple[Step, ...] = (Step("key", first.value, (first,), first.start),)
            return self.keep(Chain(token.start, end, head=rest[0], steps=steps), first, rest[0])
        if isinstance(first, Chain) and first.head in ("def", "defonce", "let") and len(rest) >= 2 and not first.steps:
            pair = Pair(token.start, end, key=rest[0], value=rest[-1])
            return self.keep(pair, rest[0], rest[-1])
        if isinstance(first, Chain):
            steps = (*first.steps, Step("call", "", rest, first.end))
            return self.keep(Chain(token.start, end, head=first.head, steps=steps), *rest)
        return self.keep(Items(token.start, end, bracket="(", items=items), *items)

    # -- chains ---------------------------------------------------------------------------------------------------

    def postfix(self, node: Node) -> Node:
        steps: list[Step] = []
        end = node.end
        while step := self.step():
            steps.append(step)
            end = self.tokens[self.position - 1].end
        if not steps:
            return node
        if isinstance(node, Chain) and node not in self.nodes[-1:]:
            chain = Chain(node.start, end, head=node.head, steps=(*node.steps, *steps))
        else:
            chain = Chain(node.start, end, head=node, steps=tuple(steps))
        return self.keep(chain, *_children(chain))

    def step(self) -> Step | None:
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
        if mark == "|>":
            return self.piped()
        if mark in REACHES or (mark == "->" and self.language.arrow_reaches) or (mark == ":" and self._is_lua_call()):
            return self.reached(mark)
        if mark == "<" and self.is_adjacent():
            self.skip_generic()
            mark = self.mark()
        if mark == "(" and self.is_adjacent() and not self.language.is_lisp:
            return self.bracket_step("call", ")")
        if mark == "[" and self.is_adjacent() and not self.language.is_lisp:
            return self.bracket_step("key", "]")
        if mark == "{" and self.is_adjacent() and self.language.name == "perl":
            return self.bracket_step("key", "}")
        return None

    def _is_lua_call(self) -> bool:
        return self.language.name == "lua" and bool(self.word(1)) and self.is_adjacent() and self.mark(2) == "("

    def piped(self) -> Step | None:
        self.position += 1
        node = self.operand()
        self.drop(node)
        if isinstance(node, Chain) and node.callee:
            return Step("call", node.callee, node.arguments, node.start)
        return Step("call", "", (node,) if node else (), node.start if node else 0)

    def reached(self, mark: str) -> Step | None:
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
            return self.bracket_step("call" if following.value == "(" else "key", closer)
        return None

    def skip_generic(self) -> None:
        """Step over `<String>` where a call follows it."""
        depth = 1
        for ahead in range(1, 40):
            mark = self.mark(ahead)
            depth += {"<": 1, ">": -1, ">>": -2}.get(mark, 0)
            if depth <= 0:
                self.position += ahead + 1 if self.mark(ahead + 1) == "(" else 0
                return
            token = self.peek(ahead)
            if token is None or token.kind == "text" or (token.kind == "mark" and mark not in GENERIC):
                return

    def bracket_step(self, kind: str, closer: str) -> Step:
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


def _children(node: Node) -> tuple[Node, ...]:
    if not isinstance(node, Chain):
        return ()
    head = (node.head,) if isinstance(node.head, Node) else ()
    return (*head, *(argument for step in node.steps for argument in step.arguments))
