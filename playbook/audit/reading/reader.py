"""Which reader a file gets, and how its bytes become text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from playbook.audit.languages import BY_LANGUAGE, Language, find_language
from playbook.audit.reading.documents import read_document
from playbook.audit.reading.lexer import lex, read_text
from playbook.audit.reading.templates import read_notebook, read_template
from playbook.audit.reading.token import Reading, Token
from playbook.audit.reading.tree import read_tree

MAX_TREE = 4 * 2**20
MAX_LINE = 10_000
WINDOW = 2_000
INTERESTING = re.compile(r"clever|/v[12]\.\d/|schooladmins|districtadmins|record_type", re.IGNORECASE)
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(content: bytes) -> str | None:
    """Return the text of a file: UTF-8, UTF-16 with its mark, else Windows-1252; None for what is no text."""
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if b"\0" in content[:4096]:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read_source(name: str, text: str) -> Reading | None:
    """Return a file's tokens by the reader of its language; None for a language that the audit does not know."""
    language = find_language(name, text[:200])
    if language is None:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if language.form == "document":
        return read_document(name, text, language)
    if language.form == "notebook":
        return read_notebook(name, text, language)
    if language.form == "template":
        return read_template(name, text, language)
    if len(text) > MAX_TREE or _longest_line(text) > MAX_LINE:
        return Reading(name, language.name, text, tuple(_windows(text, language)))
    if language.grammar:
        return read_tree(name, text, _dialect(name, text, language))
    return read_text(name, text, language)


def _windows(text: str, language: Language) -> Iterator[Token]:
    """Give the tokens around what could be Clever's: nobody reads ten megabytes of minified code for one call."""
    end = 0
    for match in INTERESTING.finditer(text):
        start = max(end, match.start() - WINDOW)
        if match.start() + WINDOW > end:
            end = match.end() + WINDOW
            yield from lex(text[start:end], language, start)


def _dialect(name: str, text: str, language: Language) -> Language:
    """Return the language that a file really is in, where a suffix is shared: Objective-C headers, Flow, JSX."""
    suffix = PurePosixPath(name).suffix
    if suffix == ".h" and ("@interface" in text or "@property" in text or "#import" in text):
        return BY_LANGUAGE["objective-c"]
    return language


def _longest_line(text: str) -> int:
    return max((len(line) for line in text.splitlines()), default=0)
