"""The reader of languages without a grammar: a tokeniser that knows strings, holes, comments and names.

It serves Clojure, CoffeeScript, Objective-C, PowerShell, Ballerina, Perl, Groovy, SQL and their like, and any file that
is too large or too broken for a tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from playbook.audit.languages import Language
from playbook.audit.reading.blocks import find_blocks
from playbook.audit.reading.token import Reading, Token

HOLE = re.compile(
    r"#\{(?P<ruby>[^{}]*)\}|\$\{(?P<dollar>[^{}]*)\}|\$\((?P<power>[^()]*)\)|\\\((?P<swift>[^()]*)\)"
    r"|@\{\[(?P<perl>[^\]]*)\]\}|(?P<sigil>[$](?:[A-Za-z_]\w*)(?:(?:->|\.|::)?(?:\{\w+\}|\[\w+\])|->\w+|\.\w+(?=\())*)"
)
STRINGS = (
    r'"""(?:.|\n)*?"""|\'\'\'(?:.|\n)*?\'\'\'|@?"(?:[^"\\\n]|\\.|\n(?!\s*\n))*"|`(?:[^`\\]|\\.)*`'
    r"|q[qw]?\{[^{}\n]*\}|q[qw]?\([^()\n]*\)|qw\[[^\]\n]*\]"
)
SINGLE = r"'(?:[^'\\\n]|\\.)*'"
NAME = r"[@$%]?[^\W\d][\w]*[?!]?"
LISP_NAME = r"(?<=\()(?:==?|->>?)(?=\s)|[^\W\d][\w*+!?<>=/.\-]*"
MARKS = r"=>|->|\?\.|!!|::|&&|\|\||\?\?|\+\+|===|!==|==|!=|=~|<=|>=|:=|\+=|\.=|\|\|=|<>|<-|\.\.\.?|[^\s\w]"
NO_SINGLE_QUOTES = frozenset({"clojure", "vb"})


def read_text(name: str, content: str, language: Language) -> Reading:
    """Return the tokens of a file in a language that has no grammar."""
    tokens = tuple(lex(content, language))
    return Reading(name, language.name, content, tokens, find_blocks(content, tokens, language))


def lex(content: str, language: Language, offset: int = 0) -> Iterator[Token]:
    """Give the tokens of a stretch of code; `offset` is where the stretch begins in its file."""
    for match in _pattern(language).finditer(content):
        kind = match.lastgroup
        text = match[0]
        start, end = match.start() + offset, match.end() + offset
        if kind == "comment":
            yield Token("comment", text, start, end)
        elif kind == "string":
            yield from _texts(text, start, language)
        elif kind == "symbol":
            yield Token("text", text.lstrip(":"), start, end, (text.lstrip(":"),), is_symbol=True)
        elif kind == "name":
            yield Token("name", text.lstrip("@$%"), start, end)
        elif kind == "number":
            yield Token("number", text, start, end)
        else:
            yield Token("mark", text, start, end)


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    comments = [
        re.escape(start) + r"(?:.|\n)*?(?:" + re.escape(end) + r"|\Z)" for start, end in language.block_comments
    ]
    for mark in language.line_comments:  # `://` and `$#` start no comment
        before = r"(?<![:\w$\"'])" if mark in ("//", "#", "%", "'") else ""
        comments.append(before + re.escape(mark) + r"[^\n]*")
    strings = STRINGS if language.name in NO_SINGLE_QUOTES else f"{STRINGS}|{SINGLE}"
    symbol = r":[^\W\d][\w\-]*" if language.is_lisp else r"(?<![\w:\]\)?]):[^\W\d]\w*"
    names = LISP_NAME if language.is_lisp else NAME
    groups = (
        ("comment", "|".join(comments) or r"(?!)"),
        ("string", strings),
        ("symbol", symbol if language.juxtaposes or language.is_lisp else r"(?!)"),
        ("number", r"\d[\w.]*"),
        ("name", names),
        ("mark", MARKS),
    )
    return re.compile("|".join(f"(?P<{group}>{pattern})" for group, pattern in groups))


def _texts(text: str, start: int, language: Language) -> Iterator[Token]:
    if match := re.match(r"qw\W", text):
        for word in re.finditer(r"[^\s()\[\]{}]+", text[match.end() : -1]):
            first = start + match.end() + word.start()
            yield Token("text", word[0], first, first + len(word[0]), (word[0],), is_symbol=True)
        return
    front = re.match(r'"""|\'\'\'|@?["\'`]|q[qw]?.', text)
    size = front.end() if front else 1
    behind = size if text[:3] in ('"""', "'''") else 1
    inner = text[size:-behind]
    literal_only = (front is not None and front[0] == "'" and language.name not in ("groovy",)) or text[:2] == "q{"
    parts = (inner,) if literal_only else tuple(_parts(inner, start + size, language))
    value = "".join(part if isinstance(part, str) else "{}" for part in parts)
    yield Token("text", value, start, start + len(text), parts or ("",))


def _parts(inner: str, start: int, language: Language) -> Iterator[str | tuple[Token, ...]]:
    position = 0
    for match in HOLE.finditer(inner):
        code = next((group for group in match.groups() if group is not None), "")
        if match["swift"] is not None and language.name not in ("swift",):
            continue
        if match.start() > position:
            yield inner[position : match.start()]
        shift = match[0].find(code)
        yield tuple(lex(code, language, start + match.start() + max(shift, 0)))
        position = match.end()
    if position < len(inner):
        yield inner[position:]
