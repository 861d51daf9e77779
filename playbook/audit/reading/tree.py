"""The reader of languages that ast-grep has a grammar for: its tree becomes tokens and blocks.

The tree says exactly where a string ends, what is interpolated into it and what is a comment; a file with syntax errors
still gives a tree, with the broken stretch as an error node whose tokens are read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ast_grep_py import SgNode, SgRoot

from playbook.audit.languages import Language
from playbook.audit.reading.token import Block, BlockKind, Reading, Token

TEXTS = frozenset(
    [
        "string",
        "string_literal",
        "interpreted_string_literal",
        "raw_string_literal",
        "template_string",
        "encapsed_string",
        "raw_string",
        "line_string_literal",
        "multi_line_string_literal",
        "verbatim_string_literal",
        "interpolated_string_expression",
        "heredoc_body",
        "interpolated_string",
        "heredoc",
        "nowdoc",
        "bare_string",
        "bare_symbol",
        "simple_symbol",
        "delimited_symbol",
        "sigil",
        "quoted_atom",
        "atom",
        "charlist",
        "regex",
        "regex_literal",
        "ansi_c_string",
        "character_literal",
        "char_literal",
        "subshell_string",
        "shell_command_expression",
        "concatenation",
        "word",
        "multiline_string_literal",
        "raw_str_literal",
        "nowdoc_body",
        "system_lib_string",
    ]
)
LITERAL = re.compile(
    r"content|fragment|text$|_part$|template_chars|escape|string_start|string_end|^[\"'`/]+$|heredoc_(?:start|end)"
    r"|nowdoc|quote|^(?:interpolation_start|string_literal_\w+_quotes|bare_string|bare_symbol|slash|regex_pattern|regex_flags)$"
    r"|^@?\$?\"|^\[=*\[$|^\]=*\]$|sigil_|^[~:]$|^word$|^raw_string$|string_header|simple_symbol"
)
NAMED = frozenset({"type_identifier", "simple_identifier", "identifier", "constant", "scope_resolution"})
SYMBOLS = frozenset({"simple_symbol", "atom", "quoted_atom", "delimited_symbol", "bare_string", "bare_symbol"})
FUNCTION = re.compile(
    r"^(?:function_(?:definition|declaration|expression|item)|method_(?:definition|declaration)|method|singleton_method|"
    r"arrow_function|func_literal|lambda|constructor_declaration|local_function_statement|anonymous_function|"
    r"function_signature_and_body|generator_function_declaration|function|closure_expression)$"
)
CLASS = re.compile(
    r"^(?:class|class_(?:definition|declaration)|module|object_(?:definition|declaration)|interface_declaration|"
    r"trait_definition|impl_item|struct_(?:item|declaration)|type_spec|protocol_declaration|record_declaration|"
    r"enum_declaration|type_alias_declaration|interface_type)$"
)
ELIXIR_BLOCKS: dict[str, BlockKind] = {"def": "function", "defp": "function", "defmodule": "class"}
NAME = re.compile(r"[^\W\d][\w]*[?!]?|[@$]{1,2}\w+", re.UNICODE)
ESCAPES = re.compile(r"^r#(?=\w)|`")
"""What makes a name of a keyword: Rust's `r#type`, and the backticks of Scala, Kotlin and Swift."""

OPENERS = frozenset({"#{", "${", "\\(", "$", "{", "}", ")", "$(", "(", "%{", "#{ ", "@{"})
FALSE = re.compile(r"(?:if|unless)?\s*\(?\s*(?:false|False|0|nil|NULL)\s*\)?\s*")
DELIMITER = re.compile(
    r"""(?:[rRbBuUfFsS]{0,3}|[@$]{1,3}|%[qQwWiIsr]?|~[a-zA-Z]|L|:|raw|c|br)\#*(?P<quote>\"{3,}|'{3}|\"|'|`|/|\[=*\[|[\(\[\{<|])"""
)


def read_tree(name: str, content: str, language: Language) -> Reading:
    """Return the tokens and blocks of a file in a language that has a grammar."""
    root = SgRoot(content, language.grammar).root()
    reader = _TreeReader(content, language)
    tokens = tuple(reader.tokens(root))
    faults = ("syntax_error",) if reader.has_errors else ()
    return Reading(name, language.name, content, tokens, tuple(reader.blocks), faults)


class _TreeReader:
    def __init__(self, content: str, language: Language) -> None:
        self.content = content
        self.language = language
        self.blocks: list[Block] = []
        self.has_errors = False

    def tokens(self, root: SgNode) -> Iterator[Token]:
        pending = [root]
        while pending:
            node = pending.pop()
            kind = node.kind()
            if "comment" in kind or (kind == "expression_statement" and self._is_docstring(node)):
                yield self._plain("comment", node)
                continue
            if kind in TEXTS and not self._is_command(node, kind):
                yield from self._text(node, kind)
                continue
            if kind == "ERROR":
                self.has_errors = True
            children = node.children()
            if children:
                self._note_block(kind, node, children)
                merged = self._php_variable(kind, node)
                if merged:
                    yield merged
                else:
                    pending.extend(reversed(children))
                continue
            yield from self._leaf(node, kind)

    def _is_docstring(self, node: SgNode) -> bool:
        if self.language.name != "python":
            return False
        children = node.children()
        return len(children) == 1 and children[0].kind() == "string"

    def _is_command(self, node: SgNode, kind: str) -> bool:
        if kind != "word":
            return False
        parent = node.parent()
        return parent is not None and parent.kind() == "command_name"

    def _php_variable(self, kind: str, node: SgNode) -> Token | None:
        if kind != "variable_name" or self.language.name != "php":
            return None
        span = node.range()
        return Token("name", node.text().lstrip("$"), span.start.index, span.end.index)

    def _note_block(self, kind: str, node: SgNode, children: list[SgNode]) -> None:
        found: BlockKind | None = "function" if FUNCTION.match(kind) else "class" if CLASS.match(kind) else None
        if kind == "module" and self.language.name != "ruby":
            found = None
        name = ""
        if self.language.name == "elixir" and kind == "call":
            found = ELIXIR_BLOCKS.get(children[0].text())
            named = NAME.match(children[1].text().lstrip("( ")) if found and len(children) > 1 else None
            name = named[0] if named else ""
        elif kind.startswith("if") and len(children) > 1 and FALSE.fullmatch(children[1].text()):
            found = "dead"
        if found:
            span = node.range()
            field = node.field("name") or next((each for each in children if each.kind() in NAMED), None)
            self.blocks.append(Block(found, span.start.index, span.end.index, name or (field.text() if field else "")))

    def _plain(self, kind: str, node: SgNode) -> Token:
        span = node.range()
        return Token("comment", node.text(), span.start.index, span.end.index)

    def _leaf(self, node: SgNode, kind: str) -> Iterator[Token]:
        text = node.text()
        if not text:
            return
        span = node.range()
        start, end = span.start.index, span.end.index
        if kind == "keyword" and text.rstrip().endswith(":"):  # Elixir's `name: `
            bare = text.rstrip().rstrip(":")
            yield Token("name", bare.strip('"'), start, start + len(bare))
            yield Token("mark", ":", start + len(bare), start + len(bare) + 1)
        elif NAME.fullmatch(bare := ESCAPES.sub("", text)):
            yield Token("name", bare.lstrip("@$") or bare, start, end)
        elif kind == "preproc_arg" and (quoted := re.search(r'@?"([^"\n]*)"', text)):
            yield Token("text", quoted[1], start + quoted.start(), start + quoted.end(), (quoted[1],))
        elif text[0].isdigit():
            yield Token("number", text, start, end)
        elif text.strip():
            yield Token("mark", text.strip(), start, end)

    def _text(self, node: SgNode, kind: str) -> Iterator[Token]:
        span = node.range()
        parts = list(self._parts(node))
        bounds = _bounds(self.content[span.start.index : span.end.index], kind)
        stripped = _strip(parts, *bounds)
        value = "".join(part if isinstance(part, str) else "{}" for part in stripped)
        yield Token("text", value, span.start.index, span.end.index, tuple(stripped), kind in SYMBOLS)

    def _parts(self, node: SgNode) -> Iterator[str | tuple[Token, ...]]:
        """Give what stands in a string node, its delimiters still on; gaps between children are literal too."""
        span = node.range()
        position = span.start.index
        literal: list[str] = []
        for child in self._flat(node):
            inner = child.range()
            if child.kind().endswith("heredoc_end"):
                literal.append(self.content[position : inner.start.index])
                position = inner.end.index
                continue
            if node.kind() == "sigil" and child.kind() in "()[]{}<>|/":
                continue
            if LITERAL.search(child.kind()) or (child.kind() in OPENERS and child.kind() not in "{}()"):
                if child.kind() in OPENERS:
                    literal.append(self.content[position : inner.start.index])
                    position = inner.end.index
                continue
            if child.is_leaf() and child.text() in OPENERS:
                literal.append(self.content[position : inner.start.index])
                position = inner.end.index
                continue
            literal.append(self.content[position : inner.start.index])
            yield "".join(literal)
            literal = []
            yield tuple(self._hole(child))
            position = inner.end.index
        literal.append(self.content[position : span.end.index])
        yield "".join(literal)

    def _flat(self, node: SgNode) -> Iterator[SgNode]:
        for child in node.children():
            if node.kind() == "interpolated_string_expression" and child.kind() == "identifier":
                continue  # Scala's `s` before the quote
            if (
                child.kind() in ("interpolated_string", "heredoc_body")
                or child.kind().startswith("string_literal_")
                or (node.kind() == "concatenation" and child.kind() in ("string", "raw_string"))
            ):
                yield from self._flat(child)
            else:
                yield child

    def _hole(self, node: SgNode) -> Iterable[Token]:
        tokens = [token for token in self.tokens(node) if token.kind != "comment"]
        while tokens and tokens[0].kind == "mark" and tokens[0].value in OPENERS:
            tokens.pop(0)
            if tokens and tokens[-1].kind == "mark" and tokens[-1].value in ("}", ")"):
                tokens.pop()
        if self.language.name == "shell" and len(tokens) == 1 and tokens[0].kind == "number":
            return [replace(tokens[0], kind="name", value=f"arg{tokens[0].value}")]  # `$1`
        return tokens


def _bounds(text: str, kind: str) -> tuple[int, int]:
    """Return how many characters of a string's source are its delimiters, in front and behind."""
    if kind in ("heredoc_body", "bare_string", "bare_symbol", "nowdoc_body"):
        return 0, 0
    if kind == "word" or (kind == "concatenation" and text[:1] not in "\"'"):
        return 0, 0
    if kind in ("simple_symbol", "atom"):
        return len(text) - len(text.lstrip(":")), 0
    if kind in ("heredoc", "nowdoc"):
        first = text.find("\n") + 1
        return first, max(0, len(text) - max(text.rfind("\n"), first))
    match = DELIMITER.match(text)
    if not match:
        return 0, 0
    front = match.end()
    hashes = text[:front].count("#") if text[0] == "r" or text[:2] == "br" else 0
    behind = len(match["quote"]) + hashes
    return front, behind if len(text) >= front + behind else 0


def _strip(parts: list[str | tuple[Token, ...]], front: int, behind: int) -> list[str | tuple[Token, ...]]:
    """Take the delimiters off the first and the last literal piece, and drop pieces that are empty."""
    if parts and isinstance(parts[0], str):
        parts[0] = parts[0][front:]
    if behind and parts and isinstance(parts[-1], str):
        parts[-1] = parts[-1][:-behind]
    return [part for part in parts if part != ""]
