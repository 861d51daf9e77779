"""Answers that break on the wire: truncated, reset, dripping, stalled, endless, or a gzip bomb.

HTTP/1.1 offers no way to ask a server for a broken frame, so truncation and reset write to the connection itself, which
uvicorn's request cycle holds. Where a frame is whole, the ordinary ASGI messages serve.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from starlette.types import Message, Receive, Send

MEGABYTE = 1_000_000
DRIPS_A_SECOND = 10
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Raw:
    """A whole answer, before it is sent."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: bytes, value: bytes) -> Raw:
        """Return the answer with one header set."""
        return replace(self, headers=(*((n, v) for n, v in self.headers if n != name), (name, value)))

    def start(self) -> Message:
        """Return the ASGI message that opens the answer."""
        return {"type": "http.response.start", "status": self.status, "headers": list(self.headers)}


async def send_whole(raw: Raw, send: Send) -> None:
    """Send an answer as it is; its length is set to what it holds."""
    await send(raw.header(b"content-length", str(len(raw.body)).encode()).start())
    await send({"type": "http.response.body", "body": raw.body})


async def send_drip(raw: Raw, send: Send, bytes_a_second: int, sleep: Sleep) -> None:
    """Send an answer so many bytes a second."""
    size = max(1, bytes_a_second // DRIPS_A_SECOND)
    await send(raw.start())
    for begin in range(0, len(raw.body), size):
        await send({"type": "http.response.body", "body": raw.body[begin : begin + size], "more_body": True})
        await sleep(size / bytes_a_second)
    await send({"type": "http.response.body", "body": b""})


async def send_stalled(raw: Raw, send: Send, receive: Receive, length: int) -> None:
    """Send the beginning of an answer, then nothing until the client gives up."""
    await send(raw.start())
    await send({"type": "http.response.body", "body": raw.body[:length], "more_body": True})
    await _disconnect(receive)


async def send_endless(raw: Raw, send: Send, receive: Receive) -> None:
    """Send blanks until the client gives up."""
    open_ended = replace(raw, headers=tuple(pair for pair in raw.headers if pair[0] != b"content-length"))
    await send(open_ended.start())
    gone = asyncio.ensure_future(_disconnect(receive))
    while not gone.done():
        await send({"type": "http.response.body", "body": b" " * 65_536, "more_body": True})
        await asyncio.sleep(0)


async def send_bomb(raw: Raw, send: Send, megabytes: int) -> None:
    """Send a few kilobytes that decode to so many megabytes."""
    await send_whole(replace(raw, body=_bomb(megabytes)).header(b"content-encoding", b"gzip"), send)


async def break_off(raw: Raw, send: Send, receive: Receive, length: int, *, is_reset: bool) -> None:
    """Send the beginning of an answer whose length was promised whole, then close or reset the connection."""
    transport: Any = send.__self__.transport  # type: ignore[attr-defined]
    reason = f"HTTP/1.1 {raw.status} Broken\r\n".encode()
    promised = raw.header(b"content-length", str(len(raw.body)).encode())
    if length or not is_reset:
        head = b"".join(name + b": " + value + b"\r\n" for name, value in promised.headers)
        transport.write(reason + head + b"\r\n" + raw.body[:length])
    if is_reset:
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    else:
        transport.close()
    await _disconnect(receive)


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@lru_cache(maxsize=4)
def _bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    blanks = b" " * MEGABYTE
    return b"".join([*(packer.compress(blanks) for _ in range(megabytes)), packer.flush()])
