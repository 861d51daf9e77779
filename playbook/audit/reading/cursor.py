"""The parser's place in the tokens: what stands ahead, whether a line ends there, and what has been read so far."""

from __future__ import annotations

from playbook.audit.languages import Language
from playbook.audit.reading.grammar import KEYWORDS, STARTERS
from playbook.audit.reading.node import Node
from playbook.audit.reading.token import Token
from playbook.audit.words import words

NO_SWITCH = words("ruby python elixir crystal rust clojure coffeescript")
"""Languages in which `default:` is a name as any other."""


class Cursor:
    """Where the parser stands in the tokens, and the nodes that it has kept."""

    def __init__(self, tokens: list[Token], content: str, language: Language, depth: int = 0) -> None:
        self.tokens = tokens
        self.content = content
        self.language = language
        self.nodes: list[Node] = []
        self.position = 0
        self.depth = depth
        self.is_piping = False

    def peek(self, ahead: int = 0) -> Token | None:
        """Return a token ahead, or None behind the last one."""
        index = self.position + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def mark(self, ahead: int = 0) -> str:
        """Return the mark that stands ahead, or a blank."""
        token = self.peek(ahead)
        return token.value if token and token.kind == "mark" else ""

    def word(self, ahead: int = 0) -> str:
        """Return the name or keyword that stands ahead, or a blank."""
        token = self.peek(ahead)
        return token.value if token and token.kind == "name" else ""

    def is_new_line(self, ahead: int = 0) -> bool:
        """Say whether a line ends in front of a token; a line that ends with a backslash goes on."""
        index = self.position + ahead
        if index == 0 or index >= len(self.tokens):
            return index > 0
        between = self.content[self.tokens[index - 1].end : self.tokens[index].start]
        return "\n" in between.replace("\\\n", "")

    def is_adjacent(self, ahead: int = 0) -> bool:
        """Say whether no space stands in front of a token."""
        index = self.position + ahead
        return 0 < index < len(self.tokens) and self.tokens[index - 1].end == self.tokens[index].start

    def skip_keywords(self) -> str:
        """Step over the keywords ahead, and return the last of them, or a blank."""
        lead = ""
        while ((word := self.word()) in KEYWORDS and not self.language.is_lisp) or (
            word == "range" and self.language.name == "go"
        ):
            is_label = word in ("else", "try") or (word == "default" and self.language.name not in NO_SWITCH)
            if self.mark(1) in (".", "=", ":", "=>", "?:") and not is_label:
                break  # a keyword of one language is a name in another
            lead = word
            self.position += 1
            if word in STARTERS:
                break
        return lead

    def keep(self, node: Node, *children: Node | None) -> Node:
        """Keep a node, and tell its parts what they are a part of."""
        for child in children:
            if child is not None and child.parent is None:
                child.parent = node
        self.nodes.append(node)
        return node

    def drop(self, node: Node | None) -> None:
        """Forget a node that became part of another one; it is among the last ones kept."""
        for index in range(len(self.nodes) - 1, -1, -1):
            if self.nodes[index] is node:
                del self.nodes[index]
                return
            if node is not None and self.nodes[index].start < node.start:
                return
