"""One request and its answer over a real connection: deadline, size, speed and origin are checked while bytes arrive.

httpx alone would wait for ever on a drip, inflate a bomb into memory and accept a body that was cut short; so the body
is streamed raw, counted, and inflated here under a cap. Redirects are not followed, and the environment's proxies and
certificates are not used. This is the only file that reveals a token.

Source: https://dev.clever.com/docs/api-overview (bearer tokens).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from playbook.clever.handshakes import find_refusal
from playbook.clever.inflating import MOST_AT_ONCE, inflater
from playbook.clever.retrying import Passing
from playbook.clever.urls import path_template
from playbook.clever.wide_reads import WideTransport
from playbook.errors import CleverError, InputError
from playbook.settings import Secret

_CONNECTIONS = 16
_BODIES = 2
"""So many bodies are read at once; the others wait in the network, not in our memory, and then come in large pieces."""
_LONGEST_TURN_SECONDS = 0.5
"""After that a body is slow, and others are read beside it: a drip takes no memory, and must hold nobody up."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may take.

    Attributes:
        deadline: Seconds for the whole request, from connecting to the last byte.
        grace: Seconds before the speed is looked at.
        slowest: Bytes a second, on average, after the grace.
        largest: Bytes of an inflated body.
        steepest: How many times larger than its compressed form a body may be.
    """

    deadline: float = 60.0
    grace: float = 10.0
    slowest: float = 1024.0
    largest: int = 64 << 20
    steepest: int = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: The HTTP status.
        headers: The headers, their names in lower case.
        body: The whole body, inflated.
        received: Bytes of the body as they came over the wire.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray
    received: int = 0

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON by its label, or unlabelled and not a page for people."""
        kind = self.headers.get("content-type", "")
        return "json" in kind or ("html" not in kind and not self.body[:64].lstrip().startswith(b"<"))


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request is authorized with.

    Attributes:
        header: The authorization header's value.
        fingerprint: A hash that names it, from which nobody gets it back.
        is_one_users: Whether it looks like the token of a single user's login.
    """

    header: Secret
    fingerprint: str
    is_one_users: bool = False


def bearer(token: Secret) -> Credential:
    """Return the credential of a token.

    Raises:
        InputError: It holds what no header can carry; nothing was sent.
    """
    value = token.reveal()
    if not value or any(not "!" <= character <= "~" for character in value):
        raise InputError(
            "the token is empty or holds what no header can carry",
            code="bad_token",
            remedy="Copy the token again, without spaces or line breaks.",
        )
    return Credential(Secret(f"Bearer {value}"), _fingerprint(value), value.startswith("il"))


def basic(client_id: Secret, client_secret: Secret) -> Credential:
    """Return the credential of an app: its client id and secret."""
    pair = f"{client_id.reveal()}:{client_secret.reveal()}"
    return Credential(Secret("Basic " + base64.b64encode(pair.encode()).decode()), _fingerprint(pair))


def _fingerprint(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


class Exchange:
    """Requests to one origin, over kept connections."""

    def __init__(self, origin: str, limits: Limits, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._origin = origin
        self._limits = limits
        self._reading = asyncio.Semaphore(_BODIES)
        logging.getLogger("httpx").addFilter(_without_query)
        self._client = httpx.AsyncClient(
            transport=transport or WideTransport(_CONNECTIONS),
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(limits.deadline, connect=min(10.0, limits.deadline)),
        )

    async def get(self, target: str, credential: Credential) -> Answer:
        """Send one GET for a resolved target and return its answer.

        Raises:
            Passing: The connection, the speed or the body failed in a way that may pass.
            CleverError: The body is larger than any page, or a handshake that will never succeed.
        """
        try:
            async with asyncio.timeout(self._limits.deadline):
                return await self._stream(target, credential)
        except TimeoutError:
            raise Passing("deadline") from None
        except httpx.TransportError as error:
            if refused := find_refusal(error, path_template(target)):
                raise refused from None
            raise Passing(type(error).__name__) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _stream(self, target: str, credential: Credential) -> Answer:
        headers = {"Authorization": credential.header.reveal(), "Accept": "application/json", "Accept-Encoding": "gzip"}
        async with self._client.stream("GET", self._origin + target, headers=headers) as response, self._turn():
            body, received = await self._read(response, target)
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, names, body, received)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        await self._reading.acquire()
        is_over = asyncio.get_running_loop().create_future()
        is_over.add_done_callback(lambda _: self._reading.release())
        ending = asyncio.get_running_loop().call_later(_LONGEST_TURN_SECONDS, is_over.cancel)
        try:
            yield
        finally:
            ending.cancel()
            is_over.cancel()

    async def _read(self, response: httpx.Response, target: str) -> tuple[bytearray, int]:
        inflate = inflater(response.headers.get("content-encoding", ""))
        body = bytearray()
        received, started = 0, asyncio.get_running_loop().time()
        async for chunk in response.aiter_raw():
            received += len(chunk)
            self._check_speed(received, asyncio.get_running_loop().time() - started)
            while chunk:
                piece, chunk = inflate.take(chunk)
                body += piece
                self._check_size(len(body), received, target)
        if not inflate.is_whole:
            raise Passing("truncated")
        return body, received

    def _check_speed(self, received: int, seconds: float) -> None:
        if seconds > self._limits.grace and received < seconds * self._limits.slowest:
            raise Passing("too_slow")

    def _check_size(self, size: int, received: int, target: str) -> None:
        if size > self._limits.largest or (size > MOST_AT_ONCE and size > received * self._limits.steepest):
            raise CleverError(
                f"GET {path_template(target)} sent more than a page can hold",
                code="answer_too_large",
                remedy="Check that base_url is Clever's own origin; no page of Clever's is this large.",
                path=path_template(target),
            )


def _without_query(record: logging.LogRecord) -> bool:
    """Cut the query off the addresses that httpx logs: they can hold ids."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            path_template(argument.path) if isinstance(argument, httpx.URL) else argument for argument in record.args
        )
    return True
