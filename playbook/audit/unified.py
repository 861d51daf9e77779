"""The unified diff of two states of a file, byte by byte, for `patch -p0` and `git apply -p0`.

Source: https://git-scm.com/docs/diff-format (names) and POSIX diff -u, "The Diff Unified Format".
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

LINE = re.compile(rb"[^\n]*\n|[^\n]+")  # a carriage return or form feed ends no line of a patch
QUOTED = re.compile(rb"[\x00-\x1f\x7f\"\\]")
ESCAPES = {b"\a": b"\\a", b"\b": b"\\b", b"\t": b"\\t", b"\n": b"\\n", b"\v": b"\\v", b"\f": b"\\f", b"\r": b"\\r"}
ESCAPES |= {b'"': b'\\"', b"\\": b"\\\\"}


def make_diff(name: str, before: bytes, after: bytes) -> bytes:
    """Return the diff of a file; empty where nothing changed."""
    told = spell_name(name)
    lines = difflib.diff_bytes(difflib.unified_diff, LINE.findall(before), LINE.findall(after), told, told)
    return b"".join(_ended(lines))


def spell_name(name: str) -> bytes:
    """Return a file's name as a patch names it: quoted as git does, or with a tab behind it where it holds blanks."""
    told = name.encode()
    if QUOTED.search(told):
        return b'"' + QUOTED.sub(lambda match: ESCAPES.get(match[0], b"\\%03o" % ord(match[0])), told) + b'"'
    return told + b"\t" * (b" " in told)


def _ended(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
