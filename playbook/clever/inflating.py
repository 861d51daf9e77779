"""A body as it comes over the wire, inflated a megabyte at a time so that a bomb is seen before it fills memory."""

from __future__ import annotations

import zlib
from typing import Protocol

from playbook.clever.retrying import Passing

MOST_AT_ONCE = 1 << 20


class Inflater(Protocol):
    """Takes a body's pieces as they come."""

    @property
    def is_whole(self) -> bool:
        """Whether the body may end here."""

    def take(self, chunk: bytes) -> tuple[bytes, bytes]:
        """Return the next inflated bytes, and what is left of the chunk."""


class _Plain:
    """A body that is sent as it is."""

    is_whole = True

    def take(self, chunk: bytes) -> tuple[bytes, bytes]:
        return chunk, b""


class _Gzip:
    """A gzip body, inflated by at most a megabyte at a time."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def is_whole(self) -> bool:
        return self._inflate.eof

    def take(self, chunk: bytes) -> tuple[bytes, bytes]:
        if self._inflate.eof:
            return b"", b""
        try:
            return self._inflate.decompress(chunk, MOST_AT_ONCE), self._inflate.unconsumed_tail
        except zlib.error:
            raise Passing("not_gzip") from None


def inflater(encoding: str) -> Inflater:
    """Return what inflates a body of this encoding.

    Raises:
        Passing: We did not ask for this encoding.
    """
    if encoding in ("", "identity"):
        return _Plain()
    if encoding == "gzip":
        return _Gzip()
    raise Passing("unknown_encoding")
