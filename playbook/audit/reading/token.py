"""What a reader gives: names, texts with their holes, marks and comments, the same for every language."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

TokenKind = Literal["name", "text", "number", "mark", "comment"]
BlockKind = Literal["function", "class", "dead"]
BLOCK_KINDS: tuple[BlockKind, ...] = ("function", "class", "dead")


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: A name (keywords too), a text (any string, symbol or shell word), a number, a mark, or a comment.
        value: The name, the mark, or the text's content with `{}` for each hole.
        start: Offset of its first character in the file.
        end: Offset behind its last character.
        parts: A text's content: literal pieces, and the tokens of each hole.
        is_symbol: True for a text that is a symbol or keyword of the language rather than a quoted string.
    """

    kind: TokenKind
    value: str
    start: int
    end: int
    parts: tuple[str | tuple[Token, ...], ...] = ()
    is_symbol: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a file that is one function, one class, or never runs."""

    kind: BlockKind
    start: int
    end: int
    name: str = ""


@dataclass(frozen=True)
class Reading:
    """A file as its reader saw it.

    Attributes:
        name: What the file is called in findings.
        language: The language's name.
        content: The file's text.
        tokens: In order; comments too.
        blocks: Functions, classes and dead stretches, outer ones first.
        faults: What the reader had to overlook, such as a syntax error.
    """

    name: str
    language: str
    content: str
    tokens: tuple[Token, ...]
    blocks: tuple[Block, ...] = ()
    faults: tuple[str, ...] = field(default=())

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        position = self.content.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.content.find("\n", position + 1)
        return starts

    def line_of(self, offset: int) -> int:
        """Return the line, from 1, of an offset."""
        return bisect_right(self._line_starts, offset)

    def start_of(self, line: int) -> int:
        """Return the offset at which a line begins."""
        return self._line_starts[line - 1]

    def column_of(self, offset: int) -> int:
        """Return the column, from 1, of an offset."""
        return offset - self._line_starts[self.line_of(offset) - 1] + 1

    def text_of(self, line: int) -> str:
        """Return one line, without its end."""
        start = self._line_starts[line - 1]
        end = self._line_starts[line] if line < len(self._line_starts) else len(self.content)
        return self.content[start:end].rstrip("\r\n")

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return len(self._line_starts)

    def function_at(self, offset: int) -> Block | None:
        """Return the innermost function around an offset."""
        return self._innermost("function", offset)

    def class_at(self, offset: int) -> Block | None:
        """Return the innermost class or module around an offset."""
        return self._innermost("class", offset)

    def is_dead(self, offset: int) -> bool:
        """Say whether the code at an offset never runs."""
        return self._innermost("dead", offset) is not None

    @cached_property
    def _stretches(self) -> dict[BlockKind, tuple[list[int], list[Block | None]]]:
        """For each kind, where its innermost block changes, and which block begins to be the innermost there."""
        return {kind: _sweep([block for block in self.blocks if block.kind == kind]) for kind in BLOCK_KINDS}

    def _innermost(self, kind: BlockKind, offset: int) -> Block | None:
        starts, blocks = self._stretches[kind]
        index = bisect_right(starts, offset) - 1
        return blocks[index] if index >= 0 else None


def _sweep(blocks: list[Block]) -> tuple[list[int], list[Block | None]]:
    """Walk nested blocks from left to right, noting at each edge which one is the innermost from there on."""
    starts: list[int] = []
    innermost: list[Block | None] = []
    open_blocks: list[Block] = []

    def close_until(offset: int) -> None:
        while open_blocks and open_blocks[-1].end <= offset:
            starts.append(open_blocks.pop().end)
            innermost.append(open_blocks[-1] if open_blocks else None)

    for block in sorted(blocks, key=lambda each: (each.start, -each.end)):
        close_until(block.start)
        open_blocks.append(block)
        starts.append(block.start)
        innermost.append(block)
    close_until(max((block.end for block in blocks), default=0))
    return starts, innermost
