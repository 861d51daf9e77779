"""A file's tokens and syntax, kept for a while: following values reads the same few files several times."""

from __future__ import annotations

from collections import OrderedDict

from playbook.audit.reading.parser import Syntax, parse
from playbook.audit.reading.reader import read_source
from playbook.audit.reading.token import Reading

KEPT = 1_000_000  # characters of source, each of which takes some 50 bytes of tokens, syntax and what is told of it
LARGEST = 100_000  # characters; a larger file is read anew rather than kept
Parsed = tuple[Reading, Syntax]

_kept: OrderedDict[tuple[str, str], Parsed] = OrderedDict()
_size = [0]


def read_parsed(name: str, text: str) -> Parsed | None:
    """Return a file's tokens and syntax; None for a language that the audit does not know."""
    if (kept := _kept.get((name, text))) is not None:
        _kept.move_to_end((name, text))
        return kept
    reading = read_source(name, text)
    parsed = (reading, parse(reading)) if reading is not None else None
    if parsed is not None and len(text) < LARGEST:
        _keep(name, text, parsed)
    return parsed


def _keep(name: str, text: str, parsed: Parsed) -> None:
    """Keep what was read last, in place of what nobody has asked for the longest."""
    _kept[name, text] = parsed
    _size[0] += len(text)
    while _size[0] > KEPT:
        (_, dropped), _ = _kept.popitem(last=False)
        _size[0] -= len(dropped)
