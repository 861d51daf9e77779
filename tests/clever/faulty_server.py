"""A small server over real sockets that may answer as wrongly as it is told to: raw bytes, pauses, resets.

A test gives an `answer(request)` coroutine that writes what it likes; the server counts connections, requests and
everything that it was sent.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    """One request as it stood on the wire, and the way to answer it."""

    target: str
    headers: Mapping[str, str]
    number: int
    writer: asyncio.StreamWriter

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    def parameter(self, name: str, default: str = "") -> str:
        """Return one query parameter."""
        return parse_qs(urlsplit(self.target).query).get(name, [default])[0]

    def send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Write a whole, correct answer."""
        lines = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
        self.writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)

    def send_json(self, document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Write a JSON answer."""
        self.send(status, json.dumps(document).encode(), headers)

    def reset(self) -> None:
        """Break the connection off so that the other side sees a reset."""
        self.writer.transport.abort()


@dataclass
class FaultyServer:
    """What a test sees of the server."""

    origin: str = ""
    connections: int = 0
    requests: list[Request] = field(default_factory=list)

    def targets(self, path: str = "") -> list[str]:
        """Return the targets that were asked, or those of one path."""
        return [request.target for request in self.requests if not path or request.path == path]


Answering = Callable[[Request], Awaitable[None] | None]


@contextmanager
def faulty_server(answer: Answering, *, tls: ssl.SSLContext | None = None) -> Iterator[FaultyServer]:
    """Serve on a free loopback port until the block ends."""
    seen = FaultyServer()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            while (head := await _read_head(reader)) is not None:
                request = _parse(head, len(seen.requests) + 1, writer)
                seen.requests.append(request)
                waiting = answer(request)
                if waiting is not None:
                    await waiting
                if writer.transport.is_closing():
                    return
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            connections.discard(task)
            writer.close()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)

    async def stop(server: asyncio.Server) -> None:
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await asyncio.sleep(0)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result()
    port = server.sockets[0].getsockname()[1]
    seen.origin = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield seen
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _read_head(reader: asyncio.StreamReader) -> bytes | None:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def _parse(head: bytes, number: int, writer: asyncio.StreamWriter) -> Request:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return Request(first.split(" ")[1], {name.lower(): value.strip() for name, _, value in pairs}, number, writer)
