"""A file's tokens and syntax, kept for a while: following values reads the same few files several times."""

from __future__ import annotations

from functools import lru_cache

from playbook.audit.reading.parser import Syntax, parse
from playbook.audit.reading.reader import read_source
from playbook.audit.reading.token import Reading

KEPT = 64  # files
LARGEST = 100_000  # characters; a larger file is read anew rather than kept


def read_parsed(name: str, text: str) -> tuple[Reading, Syntax] | None:
    """Return a file's tokens and syntax; None for a language that the audit does not know."""
    return _read_kept(name, text) if len(text) < LARGEST else _read(name, text)


def _read(name: str, text: str) -> tuple[Reading, Syntax] | None:
    reading = read_source(name, text)
    return (reading, parse(reading)) if reading is not None else None


_read_kept = lru_cache(maxsize=KEPT)(_read)
