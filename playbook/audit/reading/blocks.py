"""Where functions and classes begin and end in languages without a grammar: by braces, parentheses or indentation."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from playbook.audit.languages import Language
from playbook.audit.reading.token import Block, BlockKind, Token
from playbook.audit.words import words

BRACED = words("perl powershell groovy objective-c apex coldfusion ballerina r")
INDENTED = words("coffeescript fsharp nim crystal julia")
FUNCTIONS = {
    "perl": r"^[ \t]*sub\s+(?P<name>\w+)",
    "powershell": r"(?i)^[ \t]*(?:function|filter)\s+(?:\w+:)?(?P<name>[\w\-]+)",
    "groovy": (
        r"^[ \t]*(?:@\w+\s+)*(?:(?:private|public|protected|static|final|def)\s+)*(?:[\w<>\[\].]+\s+)?"
        r"(?!(?:if|for|while|switch|catch)\b)(?P<name>\w+)\s*\([^;{}=]*\)\s*(?=\{)"
    ),
    "objective-c": r"^[-+]\s*\([^)]*\)\s*(?P<name>\w+)[^;{]*(?=\{)",
    "apex": (
        r"(?i)^[ \t]*(?:@\w+(?:\([^)]*\))?\s+)*"
        r"(?:(?:private|public|global|protected|static|virtual|override|testmethod)\s+)+"
        r"[\w<>\[\],. ]+?\s(?P<name>\w+)\s*\([^;{}]*\)\s*(?=\{)"
    ),
    "coldfusion": r"(?i)^[ \t]*(?:(?:private|public|remote|package|static)\s+)*(?:\w+\s+)?function\s+(?P<name>\w+)",
    "ballerina": r"^[ \t]*(?:(?:public|private|isolated|remote|resource)\s+)*function\s+(?P<name>\w+)",
    "r": r"^[ \t]*(?P<name>[\w.]+)\s*(?:<-|=)\s*function\s*\(",
    "coffeescript": r"^[ \t]*@?(?P<name>[\w.]+)\s*[:=]\s*(?:\([^()]*\)\s*)?[-=]>",
    "fsharp": r"^[ \t]*(?:let|member)\s+(?:rec\s+|private\s+|inline\s+|\w+\.)*(?P<name>\w+)\s+[\w(][^=\n]*=",
    "nim": r"^[ \t]*(?:proc|func|method|iterator)\s+(?P<name>\w+)",
    "crystal": r"^[ \t]*(?:private\s+|protected\s+)?def\s+(?:self\.)?(?P<name>\w+[?!]?)",
    "julia": r"^[ \t]*function\s+(?P<name>\w+)",
}
CLASSES = {
    "groovy": r"^[ \t]*(?:(?:abstract|final|public|static)\s+)*(?:class|interface|trait|enum)\s+(?P<name>\w+)",
    "apex": r"(?i)^[ \t]*(?:(?:public|private|global|virtual|abstract|with|without|sharing)\s+)*class\s+(?P<name>\w+)",
    "ballerina": r"^[ \t]*(?:(?:public|isolated|client)\s+)*(?:class|type)\s+(?P<name>\w+)",
    "powershell": r"(?i)^[ \t]*class\s+(?P<name>\w+)",
    "coffeescript": r"^[ \t]*(?:module\.exports\s*=\s*|exports\.\w+\s*=\s*)?class\s+@?(?P<name>[\w.]+)",
    "crystal": r"^[ \t]*(?:abstract\s+)?(?:class|module|struct)\s+(?P<name>\w+)",
    "fsharp": r"^[ \t]*(?:type|module)\s+(?P<name>[\w.]+)",
}
LISP = re.compile(
    r"\((?P<word>defn-?|defmethod|defmacro|deftask|defrecord|defprotocol)\s+(?:\^\S+\s+)?(?P<name>[^\s()\[\]]+)"
)
OPENERS = {"{": "}", "(": ")"}


def find_blocks(content: str, tokens: tuple[Token, ...], language: Language) -> tuple[Block, ...]:
    """Return the functions and classes of a file, by the headers that its language writes."""
    if language.is_lisp:
        return tuple(_of_lisp(content, tokens))
    found: list[Block] = []
    for kind, headers in (("function", FUNCTIONS), ("class", CLASSES)):
        if header := headers.get(language.name):
            found += _of_headers(content, tokens, language.name, kind, re.compile(header, re.M))  # type: ignore[arg-type]
    return tuple(found)


def _of_headers(
    content: str, tokens: tuple[Token, ...], language: str, kind: BlockKind, header: re.Pattern[str]
) -> Iterator[Block]:
    is_hidden = _hidden(tokens)
    ends = _matches(tokens, "{") if language in BRACED else {}
    starts = sorted(ends)
    for match in header.finditer(content):
        start, name = match.start() + len(match[0]) - len(match[0].lstrip()), match["name"].rpartition(".")[2]
        if start in is_hidden:
            continue
        if language in INDENTED:
            yield Block(kind, start, _dedent(content, match.start(), match.end()), name)
        elif (opened := bisect_left(starts, match.end())) < len(starts):
            yield Block(kind, start, ends[starts[opened]], name)


def _of_lisp(content: str, tokens: tuple[Token, ...]) -> Iterator[Block]:
    ends = _matches(tokens, "(")
    for match in LISP.finditer(content):
        if match.start() in ends:
            kind: BlockKind = "class" if match["word"] in ("defrecord", "defprotocol") else "function"
            yield Block(kind, match.start(), ends[match.start()], match["name"])


def _hidden(tokens: tuple[Token, ...]) -> set[int]:
    """Return the places inside comments at which a line could begin."""
    return {
        token.start + token.value.find(line)
        for token in tokens
        if token.kind == "comment"
        for line in token.value.split("\n")
    }


def _matches(tokens: tuple[Token, ...], opener: str) -> dict[int, int]:
    """Return where each opening bracket stands, and behind which place it is closed."""
    closer, found, open_at = OPENERS[opener], {}, list[int]()
    for token in tokens:
        if token.kind != "mark":
            continue
        if token.value == closer and open_at:
            found[open_at.pop()] = token.end
        elif token.value.endswith(opener):
            open_at.append(token.end - 1)
    return found


def _dedent(content: str, start: int, header_end: int) -> int:
    """Return where the lines end that are indented more than the one that begins at `start`."""
    first = content[start:header_end].lstrip("\n")
    depth = len(first) - len(first.lstrip())
    position = content.find("\n", header_end)
    while 0 <= position < len(content) - 1:
        end = content.find("\n", position + 1)
        line = content[position + 1 : end if end >= 0 else len(content)]
        if line.strip() and len(line) - len(line.lstrip()) <= depth:
            is_end = line.strip() == "end"
            return (end if end >= 0 else len(content)) if is_end else position
        position = end
    return len(content)
