"""The reader of templates and notebooks: the code inside them is read in its own language, at its own place.

Everything that is not code is blanked out, not cut out, so that lines and columns stay true.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator

from playbook.audit.languages import BY_LANGUAGE, BY_SUFFIX, Language
from playbook.audit.reading.documents import move
from playbook.audit.reading.lexer import lex
from playbook.audit.reading.token import Reading, Token
from playbook.audit.reading.tree import read_tree

SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.S | re.I)
FRONT_MATTER = re.compile(r"\A---\n(?P<code>.*?)\n---", re.S)
ERB_CODE = re.compile(r"<%(?:#.*?|[=\-]?(?P<code>.*?))-?%>", re.S)
PHP_CODE = re.compile(r"<\?(?:php|=)(?P<code>.*?)(?:\?>|\Z)", re.S)
MUSTACHE = re.compile(
    r"\{\{[{!#>]?(?P<code>.*?)\}\}|\{%(?P<tag>.*?)%\}|@(?:if|foreach|case|switch)\s*\((?P<blade>[^\n]*)\)", re.S
)
ATTRIBUTE = re.compile(r"""[\w:.\-@]+\s*=\s*(?P<quote>["'])(?P<text>[^"'<>\n]*)(?P=quote)""")
BOUND = re.compile(
    r"""(?<![\w-])(?:v-|x-|ng-|[:@*]\w|\[\w|\(\w)[\w.:\-]*[\])]?\s*=\s*"(?P<code>[^"\n]+)"|"""
    r"""\{[#:](?:else )?(?:if|key)\s(?P<block>[^}\n]+)\}"""
)
"""What Vue, Angular, Alpine and Svelte read as code: `v-if="me.type === 'teacher'"`, `*ngIf`, `{#if …}`."""

COMMENT = re.compile(r"<!--.*?-->", re.S)
INNER = {"erb": "ruby", "eex": "elixir", "heex": "elixir", "leex": "elixir", "cshtml": "csharp", "jsp": "java"}


def read_template(name: str, content: str, language: Language) -> Reading:
    """Return the tokens of a template: its scripts, its code tags, and the texts of its attributes."""
    tokens = sorted(_pieces(name, content), key=lambda token: (token.start, -token.end))
    return Reading(name, language.name, content, tuple(_once(tokens)))


def _pieces(name: str, content: str) -> Iterator[Token]:
    suffix = name.rpartition(".")[2].lower()
    code = BY_LANGUAGE[INNER.get(suffix, "ruby" if suffix in ("erb", "ecr", "rhtml") else "javascript")]
    for match in COMMENT.finditer(content):
        yield Token("comment", match[0], match.start(), match.end())
    for match in SCRIPT.finditer(content):
        inner = BY_LANGUAGE[
            "typescript" if re.search(r"lang=.(?:ts|typescript)", match["attributes"]) else "javascript"
        ]
        yield from _code(match["code"], match.start("code"), inner)
    if front := FRONT_MATTER.match(content):
        yield from _code(front["code"], front.start("code"), BY_LANGUAGE["typescript"])
    script = BY_LANGUAGE["javascript"]
    for pattern, inner in ((ERB_CODE, code), (PHP_CODE, BY_LANGUAGE["php"]), (MUSTACHE, script), (BOUND, script)):
        for match in pattern.finditer(content):
            group = match.lastgroup
            if group and match[group]:
                yield from (move(token, match.start(group)) for token in lex(match[group], inner))
                yield Token("mark", ";", match.end(), match.end())
    for match in ATTRIBUTE.finditer(content):
        if "<%" not in match["text"]:
            text = match["text"]
            yield Token("text", text, match.start("text") - 1, match.end("text") + 1, (text,))
            yield Token("mark", ";", match.end("text") + 1, match.end("text") + 1)


def _code(code: str, start: int, language: Language) -> Iterator[Token]:
    yield from (move(token, start) for token in read_tree("", code, language).tokens)


def _once(tokens: list[Token]) -> Iterator[Token]:
    """Drop what a wider token before it covers already."""
    end = -1
    for token in tokens:
        if token.start >= end:
            yield token
            end = max(end, token.end)


def read_notebook(name: str, content: str, language: Language) -> Reading:
    """Return the tokens of a notebook's code cells, each source line at its line of the file."""
    try:
        notebook = json.loads(content)
        cells = [_lines(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
        kernel = str(notebook.get("metadata", {}).get("kernelspec", {}).get("language", "python"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Reading(name, language.name, content, tuple(lex(content, language)), faults=("syntax_error",))
    inner = BY_LANGUAGE.get(kernel) or BY_SUFFIX.get(kernel) or BY_LANGUAGE["python"]
    tokens: list[Token] = []
    position = 0
    for source in cells:
        places = []
        for line in source:
            found = content.find(json.dumps(line, ensure_ascii=False), position)
            found = found if found >= 0 else content.find(json.dumps(line), position)
            position = found + 1 if found >= 0 else position
            places.append(position)
        tokens += _placed("".join(source), source, places, inner)
    return Reading(name, language.name, content, tuple(tokens))


def _lines(source: list[str] | str) -> list[str]:
    """Return a cell's lines, which a notebook keeps as a list or as one text."""
    return source.splitlines(keepends=True) if isinstance(source, str) else [str(line) for line in source]


def _placed(code: str, source: list[str], places: list[int], language: Language) -> Iterator[Token]:
    """Give a cell's tokens at the offsets that their lines have in the notebook's file."""
    starts = [0]
    for line in source:
        starts.append(starts[-1] + len(line))
    tokens = read_tree("", code, language).tokens if language.grammar else tuple(lex(code, language))
    for token in tokens:
        row = bisect_right(starts, token.start, hi=len(places)) - 1
        yield move(token, places[row] - starts[row])
