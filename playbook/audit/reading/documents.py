"""The reader of documents: YAML, JSON, TOML, properties, XML and Markdown become keys, values and texts.

A key and its value become `key = "value"`, so that a base URL in a configuration is found like a constant in code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.languages import BY_LANGUAGE, BY_SUFFIX, Language
from playbook.audit.reading.lexer import lex
from playbook.audit.reading.token import Reading, Token
from playbook.audit.reading.tree import read_tree

KEYED_LINE = re.compile(
    r"""^(?P<indent>[ \t]*(?:-[ \t]+)?)(?:(?:export|set)[ \t]+)?(?P<quote>["']?)(?P<key>[\w.\-/$ ]*?[\w\-])(?P=quote)"""
    r"""[ \t]*(?P<mark>:(?=\s|$)|=(?!=))[ \t]*(?P<value>.*)$"""
)
ITEM_LINE = re.compile(r"^[ \t]*-[ \t]+(?P<value>[^\s].*)$")
SECTION = re.compile(r"\[+(?P<name>[\w.\-\"' ]+)\]+\s*$")
QUOTED = re.compile(r"""(?P<quote>["'])(?P<text>(?:[^"'\\]|\\.)*?)(?P=quote)""")
FENCE = re.compile(r"^(?P<fence>```+|~~~+)[ \t]*(?P<language>[\w+#-]*)[^\n]*\n(?P<code>.*?)^(?P=fence)", re.M | re.S)
WORD = re.compile(r"(?:https?://|/|\b)[^\s\"'`<>()\[\]|,;*]+")
TAG_TEXT = re.compile(r"<(?P<tag>[\w:.\-]+)(?P<attributes>[^<>]*)>(?P<text>[^<>]*)")
ATTRIBUTE = re.compile(r"""(?P<name>[\w:.\-@]+)\s*=\s*(?P<quote>["'])(?P<text>.*?)(?P=quote)""", re.S)
HOLE = re.compile(
    r"\$\{(?P<a>[\w.:\-]+)\}|\$?\{\{\s*(?P<b>[\w.:\- ]+?)\s*\}\}|%\{(?P<c>\w+)\}|<%=\s*(?P<d>[^%]+?)\s*%>"
)
FENCED = {"sh": "shell", "console": "shell", "py": "python", "rb": "ruby", "cs": "csharp", "c#": "csharp"}


def read_document(name: str, content: str, language: Language) -> Reading:
    """Return the tokens of a document."""
    readers = {"json": _json, "markdown": _markdown, "http": _words, "xml": _markup, "haml": _words}
    return Reading(name, language.name, content, tuple(readers.get(language.name, _keyed)(content, language)))


def _json(content: str, language: Language) -> Iterator[Token]:
    for token in lex(content, language):
        if token.kind == "text":
            yield _text(token.value, token.start, token.end, shift=1)
        else:
            yield token


def _keyed(content: str, language: Language) -> Iterator[Token]:
    """Give `key = value` line by line; comments are cut off only where a space stands before their mark."""
    position = 0
    above: list[tuple[int, str]] = []
    mark = language.line_comments[0] if language.line_comments else "\0"
    for line in content.splitlines(keepends=True):
        body = line.rstrip("\r\n")
        stripped = body.lstrip()
        if stripped.startswith(language.line_comments):
            yield Token("comment", stripped, position + len(body) - len(stripped), position + len(body))
        else:
            cut = re.search(rf"\s{re.escape(mark)}(?![{{\w]*\}})", body)
            if table := SECTION.match(stripped):
                above = [(-1, table["name"])]
            if cut and mark == "#":
                yield from _line(body[: cut.start()], position, above)
                yield Token("comment", body[cut.start() :].strip(), position + cut.start() + 1, position + len(body))
            else:
                yield from _line(body, position, above)
        position += len(line)


def _line(body: str, position: int, above: list[tuple[int, str]]) -> Iterator[Token]:
    """Give one line; `above` holds the keys that it stands under, by their indentation."""
    if keyed := KEYED_LINE.match(body):
        key_start, depth = position + keyed.start("key"), len(keyed["indent"])
        while above and above[-1][0] >= depth:
            above.pop()
        dotted = ".".join([*(key for _, key in above), keyed["key"].strip()])
        if not keyed["value"].strip():
            above.append((depth, keyed["key"].strip()))
        yield Token("name", dotted, key_start, key_start + len(keyed["key"]))
        yield Token("mark", "=" if keyed["value"].strip() else ":", key_start, key_start + 1)
        yield from _values(keyed["value"], position + keyed.start("value"))
        yield Token("mark", ";", position + len(body), position + len(body))
    elif item := ITEM_LINE.match(body):
        yield from _values(item["value"], position + item.start("value"))
        yield Token("mark", ";", position + len(body), position + len(body))
    elif body.strip():
        yield from _values(body.strip(), position + len(body) - len(body.lstrip()))
        yield Token("mark", ";", position + len(body), position + len(body))


def _values(value: str, position: int) -> Iterator[Token]:
    """Give a value: quoted texts each, items of a flow list each, or the bare text as it stands."""
    bare = value.strip()
    if not bare:
        return
    if (bare[0] in "\"'[{" and QUOTED.search(bare)) or (bare[0] == "[" and bare[-1] == "]"):
        for match in re.finditer(r"""(["'])((?:(?!\1)[^\\]|\\.)*)\1|[\[\]{},:=]|[^\s\[\]{},:="']+""", value):
            start, end = position + match.start(), position + match.end()
            if match[1]:
                yield _text(match[2], start, end, shift=1)
            elif match[0] in "[]{},:=":
                yield Token("mark", match[0], start, end)
            else:
                yield _text(match[0], start, end)
        return
    start = position + value.find(bare)
    yield _text(bare, start, start + len(bare))


def _markdown(content: str, language: Language) -> Iterator[Token]:
    """Give fenced code in its own language, and the words of the prose that look like paths or code."""
    position = 0
    for match in FENCE.finditer(content):
        yield from _prose(content[position : match.start()], position)
        wanted = match["language"].lower()
        inner = BY_LANGUAGE.get(FENCED.get(wanted, wanted)) or BY_SUFFIX.get(wanted)
        yield from _fenced(match["code"], match.start("code"), inner)
        position = match.end()
    yield from _prose(content[position:], position)


def _fenced(code: str, start: int, inner: Language | None) -> Iterator[Token]:
    if inner is None or inner.form != "code":
        yield from _prose(code, start)
        return
    tokens = read_tree("", code, inner).tokens if inner.grammar else tuple(lex(code, inner))
    yield from (move(token, start) for token in tokens)


def _words(content: str, language: Language) -> Iterator[Token]:
    return _prose(content, 0)


def _prose(text: str, position: int) -> Iterator[Token]:
    for match in WORD.finditer(text):
        word = match[0].rstrip(".,:")
        if "/" in word or "_" in word or "." in word:
            start = position + match.start()
            yield _text(word, start, start + len(word))
            yield Token("mark", ";", start + len(word), start + len(word))


def _markup(content: str, language: Language) -> Iterator[Token]:
    for match in re.finditer(r"<!--.*?-->|" + TAG_TEXT.pattern, content, re.S):
        if match["tag"] is None:
            yield Token("comment", match[0], match.start(), match.end())
            continue
        attributes = dict[str, str]()
        for attribute in ATTRIBUTE.finditer(match["attributes"]):
            start = match.start("attributes") + attribute.start("text")
            name_start = match.start("attributes") + attribute.start("name")
            attributes[attribute["name"]] = attribute["text"]
            yield from _pair(attribute["name"], name_start, attribute["text"], start)
        if text := match["text"].strip():
            start = match.start("text") + match["text"].find(text)
            yield from _pair(match["tag"], match.start("tag"), text, start)


def _pair(key: str, key_start: int, text: str, start: int) -> Iterator[Token]:
    yield Token("name", key, key_start, key_start + len(key))
    yield Token("mark", "=", key_start + len(key), key_start + len(key))
    yield _text(text, start, start + len(text))
    yield Token("mark", ";", start + len(text), start + len(text))


def _text(value: str, start: int, end: int, *, shift: int = 0) -> Token:
    """Return a text token whose `${NAME}` and `{{ name }}` are holes."""
    parts: list[str | tuple[Token, ...]] = []
    position = 0
    for match in HOLE.finditer(value):
        if match.start() > position:
            parts.append(value[position : match.start()])
        group = match.lastgroup or "a"
        code = match[group].partition(":-")[0].strip()
        at = start + shift + match.start(group)
        parts.append((Token("name", code, at, at + len(code)),))
        position = match.end()
    if position < len(value) or not parts:
        parts.append(value[position:])
    told = "".join(part if isinstance(part, str) else "{}" for part in parts)
    return Token("text", told, start, end, tuple(parts))


def move(token: Token, by: int) -> Token:
    """Return a token of an inner piece of code as a token of the file around it."""
    parts = tuple(part if isinstance(part, str) else tuple(move(each, by) for each in part) for part in token.parts)
    return Token(token.kind, token.value, token.start + by, token.end + by, parts, token.is_symbol)
