"""The parser's reading of operands: texts with their holes, numbers, names, calls without parentheses, brackets."""

from __future__ import annotations

from abc import abstractmethod

from playbook.audit.reading.chains import ChainReader, children_of
from playbook.audit.reading.grammar import KEYWORDS, MAX_DEPTH, OPENERS, PREFIXES
from playbook.audit.reading.node import Chain, Items, Join, Node, Number, Pair, Step, Text
from playbook.audit.reading.token import Token
from playbook.audit.words import words

CASTING = words("java csharp php groovy")
PLAIN_TYPES = words("string int long bool boolean object double float array dynamic")
CONTROLS = words("if while for foreach switch catch using lock when elseif")
OPERATOR_WORDS = words("is as instanceof in and or xor not switch with") | {""}
IN_TYPES = frozenset("<>,.[]?")
LONGEST_TYPE = 20


class OperandReader(ChainReader):
    """Reads what operators stand between."""

    @abstractmethod
    def item(self) -> Node | None:
        """Read one item of a sequence: an expression, or a pair of a key and a value."""

    @abstractmethod
    def expression(self) -> Node | None:
        """Read one expression, not deeper than the parser goes."""

    def operand(self) -> Node | None:
        """Read one operand."""
        token = self.peek()
        if token is None:
            return None
        if token.kind == "text":
            return self.postfix(self._texts())
        if token.kind == "number":
            self.position += 1
            return self.keep(Number(token.start, token.end, value=token.value))
        if token.kind == "name":
            return self._named(token)
        if token.value == "(" and self.language.name in CASTING and (ahead := self._cast()):
            self.position += ahead
            return self.operand()
        if token.value in OPENERS or token.value[:2] in ("%w", "%i", "%W", "%I"):
            return self._bracketed(token)
        if token.value in PREFIXES:
            return self._prefixed(token)
        if token.value in (")", "]", "}"):
            return None
        self.position += 1
        return None

    def _cast(self) -> int:
        """Return how many tokens a type in brackets in front of an operand has: `(Map<String, Object>) me`, or 0."""
        named = self.word(1)
        if not (named[:1].isupper() or named in PLAIN_TYPES) or self.word(-1 if self.position else 0) in CONTROLS:
            return 0
        ahead, is_named = 1, False
        while (name := self.word(ahead)) or (self.mark(ahead) and set(self.mark(ahead)) <= IN_TYPES):
            if (name and is_named) or ahead > LONGEST_TYPE:
                return 0
            is_named = bool(name)
            ahead += 1
        following = self.peek(ahead + 1)
        if self.mark(ahead) != ")" or following is None or self.is_new_line(ahead + 1):
            return 0
        is_value = following.kind == "text" or following.value == "(" or self.word(ahead + 1) not in OPERATOR_WORDS
        return ahead + 1 if is_value else 0

    def _prefixed(self, token: Token) -> Node | None:
        self.position += 1
        if token.value == "@" and self.language.name == "elixir" and self.word() and not self.is_new_line(1):
            name = self.peek()
            if name and self.peek(1) and (self.peek(1).kind == "text" or self.mark(1) in ("%", "[", "{")):  # type: ignore[union-attr]
                self.position += 1
                key = self.keep(Chain(name.start, name.end, head=name.value))
                value = self.expression()
                return self.keep(Pair(key.start, value.end if value else key.end, key=key, value=value), key, value)
        while self.mark() == token.value and self.is_adjacent():
            self.position += 1  # a rule of dashes is no depth
        if self.is_new_line() or self.mark() in (")", "]", "}", ",", ";"):
            return None
        node = self.operand()
        if node is not None and token.value == "!":
            node.lead = "!"
        return node

    def _texts(self) -> Node:
        first = self._text()
        items: list[Node] = [first]
        name = self.language.name
        while name in ("python", "ruby", "c", "cpp", "objective-c") and (token := self.peek()) and token.kind == "text":
            if token.is_symbol or first.is_symbol or (self.is_new_line() and name == "ruby"):
                break
            if self.is_new_line() and not self._is_inside_brackets:
                break
            items.append(self._text())
        if len(items) == 1:
            return first
        return self.keep(Join(first.start, items[-1].end, items=tuple(items)), *items)

    @property
    def _is_inside_brackets(self) -> bool:
        return self.depth > 1

    def _text(self) -> Text:
        token = self.tokens[self.position]
        self.position += 1
        parts: list[str | Node | None] = []
        for part in token.parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            inner = type(self)(list(part), self.content, self.language, self.depth + 1)
            found = inner.sequence("") if self.depth < MAX_DEPTH else ()
            self.nodes += inner.nodes
            parts.append(found[-1] if found else None)
        node = Text(token.start, token.end, value=token.value, parts=tuple(parts), is_symbol=token.is_symbol)
        self.keep(node, *(part for part in parts if isinstance(part, Node)))
        return node

    def _named(self, token: Token) -> Node | None:
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
            and self._looks_like_argument()
        ):
            arguments = self._arguments()
            steps = (*node.steps, Step("call", "", arguments, arguments[0].start if arguments else node.end))
            called = Chain(node.start, arguments[-1].end if arguments else node.end, head=node.head, steps=steps)
            self.drop(node)
            return self.postfix(self.keep(called, *arguments, node.head if isinstance(node.head, Node) else None))
        return node if node in self.nodes[-1:] else self.keep(node, *children_of(node))

    def _looks_like_argument(self) -> bool:
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

    def _arguments(self) -> tuple[Node, ...]:
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

    def _bracketed(self, token: Token) -> Node | None:
        opener = token.value if token.value in OPENERS else token.value[-1]
        closer = OPENERS.get(opener, ")")
        self.position += 1
        items = self.sequence(closer)
        end = self.tokens[self.position - 1].end
        if self.language.is_lisp and opener == "(":
            return self._lisp_call(token, items, end)
        if opener == "(" and len(items) == 1:
            return self.postfix(items[0])
        return self.postfix(self.keep(Items(token.start, end, bracket=opener[-1], items=items), *items))

    def _lisp_call(self, token: Token, items: tuple[Node, ...], end: int) -> Node:
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
