"""Every layer of a file: archives, compressed streams, images' texts, unpacked to a fixed point and within limits.

A layer that cannot be unpacked is reported, because what nobody can read may hold anybody.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

DEEPEST = 8
LARGEST_LAYER_BYTES = 512 * 1024 * 1024
_BROKEN = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, tarfile.TarError)
_BROKEN_STREAMS = (*_BROKEN, zlib.error, lzma.LZMAError, struct.error)


@dataclass(frozen=True, slots=True)
class Layer:
    """The bytes of one file, of one entry of an archive, or of one stream in a file."""

    where: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class UnreadableLayer:
    """A layer that was not searched, and why."""

    where: str
    reason: str


Layers = Iterator[Layer | UnreadableLayer]
Parts = Iterator[tuple[str, bytes]]


def unpack_layers(where: str, content: bytes, depth: int = 0) -> Layers:
    """Return a file's bytes and those of everything packed in it, at every depth."""
    yield Layer(where, content)
    opener = _opener(content)
    if opener is None:
        return
    if depth == DEEPEST:
        yield UnreadableLayer(where, f"packed more than {DEEPEST} times")
        return
    try:
        for name, part in opener(content):
            yield from unpack_layers(f"{where}!{name}", part, depth + 1)
    except _BROKEN_STREAMS as error:
        yield UnreadableLayer(where, type(error).__name__)


def _opener(content: bytes) -> Callable[[bytes], Parts] | None:
    for magic, opener in _OPENERS:
        if content.startswith(magic):
            return opener
    if content[257:262] == b"ustar":
        return _open_tar
    return _open_zip if zipfile.is_zipfile(io.BytesIO(content)) else None


def _open_zip(content: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield "comment", archive.comment
        for entry in archive.infolist():
            _refuse_large(entry.file_size)
            yield f"{entry.filename}/extra", entry.comment + entry.extra
            with archive.open(entry) as file:
                yield entry.filename, _read(file.read)


def _open_tar(content: bytes) -> Parts:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for entry in archive:
            yield f"{entry.name}/owner", f"{entry.uname} {entry.gname} {entry.linkname} {entry.pax_headers}".encode()
            file = archive.extractfile(entry) if entry.isfile() else None
            if file is not None:
                yield entry.name, _read(file.read)


def _open_gzip(content: bytes) -> Parts:
    yield "gzip", _read(gzip.GzipFile(fileobj=io.BytesIO(content)).read)


def _open_bz2(content: bytes) -> Parts:
    yield "bzip2", _read(bz2.BZ2File(io.BytesIO(content)).read)


def _open_xz(content: bytes) -> Parts:
    yield "xz", _read(lambda size: lzma.LZMADecompressor().decompress(content, size))


def _open_zstd(content: bytes) -> Parts:
    raise NotImplementedError("zstd")


def _open_pdf(content: bytes) -> Parts:
    for index, match in enumerate(re.finditer(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)):
        body = match.group(1).rstrip(b"\r\n")
        yield f"stream{index}", _inflate(body) if body[:1] == b"\x78" else body


def _open_png(content: bytes) -> Parts:
    """A picture's words; its pixels cannot be searched, so no picture passes."""
    at = 8
    while at + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        chunk = content[at + 8 : at + 8 + length]
        if kind in (b"tEXt", b"iTXt", b"zTXt"):
            yield kind.decode(), chunk
            yield f"{kind.decode()} inflated", _inflate(chunk[chunk.find(b"\x78") :])
        at += length + 12
    raise ValueError("pixels")


def _open_picture(content: bytes) -> Parts:
    raise ValueError("pixels")


def _inflate(body: bytes) -> bytes:
    try:
        return _read(lambda size: zlib.decompressobj().decompress(body, size))
    except zlib.error:
        return b""


def _read(read: Callable[[int], bytes]) -> bytes:
    content = read(LARGEST_LAYER_BYTES + 1)
    _refuse_large(len(content))
    return content


def _refuse_large(size: int) -> None:
    if size > LARGEST_LAYER_BYTES:
        raise ValueError("larger than may be unpacked")


_OPENERS: tuple[tuple[bytes, Callable[[bytes], Parts]], ...] = (
    (b"PK\x03\x04", _open_zip),
    (b"PK\x05\x06", _open_zip),
    (b"\x1f\x8b", _open_gzip),
    (b"BZh", _open_bz2),
    (b"\xfd7zXZ\x00", _open_xz),
    (b"\x28\xb5\x2f\xfd", _open_zstd),
    (b"%PDF", _open_pdf),
    (b"\x89PNG\r\n\x1a\n", _open_png),
    (b"\xff\xd8\xff", _open_picture),
    (b"GIF8", _open_picture),
)
