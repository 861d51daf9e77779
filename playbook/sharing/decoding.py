"""Every way in which a text may stand in bytes: character sets, escapes, binary as text, up to three deep."""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import unquote, unquote_plus

DEEPEST = 3


@dataclass(frozen=True, slots=True)
class View:
    """One reading of some bytes, and by which decoders it came about."""

    encoding: str
    text: str = field(repr=False)


def decode_views(content: bytes) -> Iterator[View]:
    """Return every reading of some bytes, each text once."""
    seen: set[str] = set()
    for view in _texts(content, "text"):
        yield from _deeper(view, seen, 0)


def _texts(content: bytes, how: str) -> Iterator[View]:
    yield View(how, content.decode("utf-8", errors="replace"))
    if b"\0" in content:
        for charset in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            yield View(f"{how}, {charset}", content.decode(charset, errors="replace"))
            yield View(f"{how}, {charset}", content[1:].decode(charset, errors="replace"))
    elif not content.isascii():
        yield View(f"{how}, latin-1", content.decode("latin-1"))


def _deeper(view: View, seen: set[str], depth: int) -> Iterator[View]:
    if view.text in seen:
        return
    seen.add(view.text)
    yield view
    if depth == DEEPEST:
        return
    for name, (sign, unescape) in _ESCAPES.items():
        text = unescape(view.text) if sign in view.text else view.text
        if text != view.text:
            yield from _deeper(View(f"{view.encoding}, {name}", text), seen, depth + 1)
    for name, content in _binaries(view.text):
        for inner in _texts(content, f"{view.encoding}, {name}"):
            yield from _deeper(inner, seen, depth + 1)


def _unescape_json(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        code = match.group(1) or match.group(2)
        return chr(int(code, 16)) if code else _SHORT_ESCAPES.get(match.group(3), match.group(3))

    unescaped = re.sub(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", replace, text)
    return unescaped.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape_quoted_printable(text: str) -> str:
    if not re.search(r"=[0-9A-F]{2}|=\r?\n", text):
        return text
    return quopri.decodestring(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")


def _without_markup(text: str) -> str:
    """A name may stand in two cells, or with one letter in bold."""
    return re.sub(r"<[^<>]{0,400}>", "", text)


def _binaries(text: str) -> Iterator[tuple[str, bytes]]:
    """The bytes that a text stands for: runs of base64, base32 or hexadecimal at every alignment, and misread UTF-8."""
    if "\0" in text or not text.isascii():
        with suppress(UnicodeEncodeError):
            yield "latin-1", text.encode("latin-1")
    for run in set(_BASE64_RUN.findall(text)):
        joined = re.sub(r"\s+", "", run).translate(_URL_SAFE)
        for offset in range(4):
            yield "base64", _decode(base64.b64decode, joined[offset:], 4)
    for run in set(_BASE32_RUN.findall(text)):
        for offset in range(8):
            yield "base32", _decode(base64.b32decode, run[offset:].upper(), 8)
    for run in set(_HEX_RUN.findall(text)):
        for offset in range(2):
            yield "hex", _decode(binascii.unhexlify, run[offset:], 2)


def _decode(decode: Callable[[str], bytes], run: str, unit: int) -> bytes:
    whole = run.rstrip("=")
    whole = whole[: len(whole) // unit * unit] if unit == 2 else whole + "=" * (-len(whole) % unit)
    try:
        return decode(whole)
    except ValueError:  # a run that only looks like one; binascii.Error is a ValueError
        return decode(whole.rstrip("=")[: len(whole.rstrip("=")) // unit * unit])


_SHORT_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": ""}
_URL_SAFE = str.maketrans("-_", "+/")
_BASE64_RUN = re.compile(r"(?:[A-Za-z0-9+/_-]{4,}[\r\n]*){3,}={0,2}")
_BASE32_RUN = re.compile(r"[A-Z2-7]{12,}={0,6}|[a-z2-7]{12,}={0,6}")
_HEX_RUN = re.compile(r"[0-9a-fA-F]{12,}")
# Each with the sign without which it has nothing to undo.
_ESCAPES: dict[str, tuple[str, Callable[[str], str]]] = {
    "json": ("\\", _unescape_json),
    "html": ("&", html.unescape),
    "percent": ("%", unquote),
    "plus": ("+", unquote_plus),
    "quoted-printable": ("=", _unescape_quoted_printable),
    "markup": ("<", _without_markup),
}
