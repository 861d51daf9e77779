"""httpx's own transport, reading a page of megabytes in large pieces: half the processor time of small ones.

httpcore asks the network for 64 KB at a time, and has no argument for it.
"""

from __future__ import annotations

import ssl
from typing import Any

import httpcore
import httpx

_PIECE = 1 << 20


class WideTransport(httpx.AsyncHTTPTransport):
    """A transport over kept connections, without the environment's proxies and certificates."""

    def __init__(self, connections: int) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, max_connections=connections, keepalive_expiry=30.0, network_backend=_WideBackend()
        )


class _WideBackend(httpcore.AnyIOBackend):
    async def connect_tcp(self, *arguments: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return _WideStream(await super().connect_tcp(*arguments, **options))


class _WideStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max(max_bytes, _PIECE), timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(self, *arguments: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return _WideStream(await self._stream.start_tls(*arguments, **options))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
