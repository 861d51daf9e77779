"""The scanner: one planted text through every container, encoding and depth, and no false alarm."""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import quopri
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from playbook.sharing.forbidden import make_forbidden
from playbook.sharing.scanner import scan, scan_bytes

NAME = "Marisol Ybarra-Quandt"
FORBIDDEN = make_forbidden([(NAME, "name"), ("m.ybarra@district.example", "e-mail"), ("sentinel-token-7f", "secret")])
LEAD = "the account of "


def _escape(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "upper case": lambda text: text.upper().encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "utf-16-odd": lambda text: b"x" + text.encode("utf-16-le"),
    "utf-32": lambda text: text.encode("utf-32"),
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in text).encode(),
    "zero width": lambda text: "\u200b".join(text).encode(),
    "line break": lambda text: text.replace(" ", "\n   ").encode(),
    "json": lambda text: _escape(text).encode(),
    "javascript": lambda text: "".join(f"\\x{ord(c):02x}" for c in text).encode(),
    "json of json": lambda text: json.dumps(_escape(text)).encode(),
    "html decimal": lambda text: "".join(f"&#{ord(c)};" for c in text).encode(),
    "html hexadecimal": lambda text: "".join(f"&#x{ord(c):x};" for c in text).encode(),
    "markup": lambda text: f"<b>{text[0]}</b>{text[1:]}".encode(),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()).encode(),
    "percent thrice": lambda text: quote(quote(quote(text))).encode(),
    "form": lambda text: text.replace(" ", "+").encode(),
    "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()).encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 shifted by one": lambda text: base64.b64encode(b"x" + text.encode()),
    "base64 shifted by two": lambda text: base64.b64encode(b"xy" + text.encode()),
    "base64 url": lambda text: base64.urlsafe_b64encode(f"??>{text}".encode()),
    "base64 without padding": lambda text: base64.b64encode(text.encode()).rstrip(b"="),
    "base64 after letters": lambda text: b"abc" + base64.b64encode(text.encode()),
    "base64 in lines": lambda text: base64.encodebytes((text * 5).encode()),
    "base64 of utf-16": lambda text: base64.b64encode(text.encode("utf-16-le")),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())),
    "base32": lambda text: base64.b32encode(text.encode()),
    "base32 lower": lambda text: base64.b32encode(text.encode()).lower(),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "hexadecimal upper, odd": lambda text: b"f" + text.encode().hex().upper().encode(),
}


def _zip(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("entry", content)
    return buffer.getvalue()


def _tar(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("entry")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _pdf(content: bytes) -> bytes:
    return b"%PDF-1.7\n1 0 obj<</Filter/FlateDecode>>stream\n" + zlib.compress(content) + b"\nendstream endobj"


def _notebook(content: bytes) -> bytes:
    text = content.decode("latin-1")
    cell = {"cell_type": "code", "outputs": [{"data": {"text/plain": text}}], "metadata": {}, "source": ""}
    return json.dumps({"cells": [cell], "nbformat": 4}).encode()


CONTAINERS: dict[str, Callable[[bytes], bytes]] = {
    "bare": bytes,
    "zip": _zip,
    "tar.gz": _tar,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "pdf": _pdf,
    "notebook": _notebook,
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("container", CONTAINERS)
def test_finds_a_name_however_it_stands(container: str, encoding: str) -> None:
    """Every encoding in every container is undone."""
    content = b"before " + ENCODINGS[encoding](LEAD + NAME) + b" after"

    assert "name" in {hit.kind for hit in scan_bytes("file", CONTAINERS[container](content), FORBIDDEN).hits}


@pytest.mark.parametrize("outer", list(CONTAINERS)[1:7])
@pytest.mark.parametrize("inner", list(CONTAINERS)[1:7])
def test_finds_a_name_three_containers_deep(outer: str, inner: str) -> None:
    """Containers in containers are unpacked to the last."""
    content = CONTAINERS[outer](_zip(CONTAINERS[inner](base64.b64encode((LEAD + NAME).encode()))))

    assert not scan_bytes("file", content, FORBIDDEN).clean


def test_finds_a_name_in_what_an_archive_says_about_its_entries() -> None:
    """Entry names, comments and owners are searched like contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.comment = NAME.encode()
        archive.writestr("m.ybarra@district.example.csv", "")
    owned = io.BytesIO()
    with tarfile.open(fileobj=owned, mode="w") as archive:
        entry = tarfile.TarInfo("entry")
        entry.uname = NAME
        archive.addfile(entry)

    assert {hit.kind for hit in scan_bytes("file", buffer.getvalue(), FORBIDDEN).hits} == {"name", "e-mail"}
    assert {hit.kind for hit in scan_bytes("file", owned.getvalue(), FORBIDDEN).hits} == {"name"}


def test_finds_a_name_in_what_a_picture_says_about_itself() -> None:
    """A picture's words are searched; its pixels cannot be, so a picture is never clean."""
    text = b"Title\0\0" + zlib.compress(NAME.encode())
    chunk = struct.pack(">I4s", len(text), b"zTXt") + text + b"\0\0\0\0"

    found = scan_bytes("file", b"\x89PNG\r\n\x1a\n" + chunk, FORBIDDEN)

    assert {hit.kind for hit in found.hits} == {"name", "unreadable"}


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"\x28\xb5\x2f\xfd", b"\x1f\x8b broken", b"\xff\xd8\xff"])
def test_what_cannot_be_read_is_no_pass(content: bytes) -> None:
    """An archive that does not open may hold anybody."""
    assert {hit.kind for hit in scan_bytes("file", content, FORBIDDEN).hits} == {"unreadable"}


def test_a_hit_repeats_nothing(tmp_path: Path) -> None:
    """A hit says where and what kind, never what."""
    path = tmp_path / "page.html"
    path.write_text(f"<p>{html.escape(NAME)} sentinel-token-7f</p>")

    found = scan(path, FORBIDDEN)

    assert {(hit.where, hit.kind) for hit in found.hits} == {("page.html", "name"), ("page.html", "secret")}
    assert NAME not in repr(found)
    assert NAME not in repr(FORBIDDEN)


@pytest.mark.parametrize("text", ["Joann Leeds", "ann leeson", "Leeann Lee", "12345", "Marisol", ""])
def test_a_part_of_a_word_is_nobody(text: str) -> None:
    """Names count as whole words only, and what is too short to mean anybody is not searched."""
    forbidden = make_forbidden([("Ann Lee", "name"), ("12345", "id"), ("Marisol", "name")])

    assert scan_bytes("file", text.encode(), forbidden).clean


def test_raises_no_false_alarm() -> None:
    """200 random files of words, numbers, base64 and hexadecimal hold nobody."""
    chance = random.Random(11)
    for _ in range(200):
        noise = chance.randbytes(300)
        text = b" ".join([base64.b64encode(noise), noise.hex().encode(), quopri.encodestring(noise[:50])])
        assert scan_bytes("file", _zip(text), FORBIDDEN).clean


def test_an_empty_list_finds_nothing() -> None:
    """With nobody to look for, every readable file is clean."""
    assert scan_bytes("file", NAME.encode(), make_forbidden([])).clean
