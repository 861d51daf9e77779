"""A session with Clever: each request is paced, tried again where that may help, and refused with its likely cause.

Asynchronous; `playbook.clever.client` is the plain face of it.

Source: https://dev.clever.com/docs/error-messages, https://dev.clever.com/docs/paging-and-limits.
"""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import TypeVar
from urllib.parse import urlencode

import httpx
import stamina

from playbook.clever.pacing import Pace, pace_file
from playbook.clever.progress import Progress
from playbook.clever.reading import Records
from playbook.clever.refusals import RETRIED, refusal, request_id
from playbook.clever.retrying import ATTEMPTS, Backoff, Passing, Tally, seconds_to_wait
from playbook.clever.transport import Answer, Credential, Exchange, Limits
from playbook.clever.urls import path_template, resolve_link
from playbook.errors import CleverError

logger = logging.getLogger("playbook")

Reading = TypeVar("Reading")
Record = TypeVar("Record")
Params = Mapping[str, str | int | tuple[str, ...]]

PAGE_LIMIT = 10000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a session behaves; the defaults are for Clever itself.

    Attributes:
        clock: Seconds since the epoch, for pacing and resets.
        sleep: Waits so many seconds.
        transport: What carries the requests; httpx's own where None.
        pace_directory: Where processes share their pace; the user's temporary directory where None.
        limits: What one answer may take.
        uniform: Draws the jitter.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    transport: httpx.AsyncBaseTransport | None = None
    pace_directory: Path | None = None
    limits: Limits = field(default_factory=Limits)
    uniform: Callable[[float, float], float] = random.uniform


class Session:
    """Reads one origin with one authorization."""

    def __init__(self, origin: str, credential: Credential, version: str, options: Options) -> None:
        self.origin = origin
        self.version = version
        self.tally = Tally()
        self.clock = options.clock
        self._options = options
        self._credential = credential
        self._pace = Pace(pace_file(origin, credential.fingerprint, options.pace_directory), options.clock)
        self._exchange = Exchange(origin, options.limits, options.transport)

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._exchange.close()

    def target(self, path: str, params: Params | None = None) -> str:
        """Return a path as Clever's own target: the version put before it unless it has one, the parameters after."""
        pairs = [(name, one) for name, value in (params or {}).items() for one in _each(value)]
        is_whole = path.startswith(("/v1", "/v2", "/v3", "/oauth/", "/userinfo"))
        return (path if is_whole else f"/{self.version}{path}") + (f"?{urlencode(pairs)}" if pairs else "")

    async def get(
        self, link: str, read: Callable[[Answer], Reading | Awaitable[Reading]], spent: Tally | None = None
    ) -> Reading:
        """Return what one link answers.

        Args:
            link: A target, or a link that Clever sent; resolved on the origin or refused.
            read: Turns the answer into what is wanted; raises `Passing` where the body is not usable.
            spent: Counts what this one cost; the session's own count goes on anyway.

        Raises:
            CleverError: Clever refused, or did not give a usable answer in six tries.
        """
        target = resolve_link(self.origin, link)
        backoff = Backoff(self.tally, self._options.uniform)
        tallies = (self.tally, spent) if spent is not None else (self.tally,)
        try:
            async for attempt in stamina.retry_context(on=backoff.decide, attempts=ATTEMPTS, timeout=None):
                with attempt:
                    if attempt.num > 1:
                        _add(tallies, retries=1)
                        await self._options.sleep(backoff.wait)
                    return await self._try(target, read, tallies)
        except Passing as failure:
            raise _given_up(self.origin, target, failure) from None
        raise AssertionError("stamina ends with a result or an error")

    async def pages(
        self, link: str, read: Callable[[Answer], Records[Record]], progress: Progress | None = None
    ) -> AsyncGenerator[Records[Record]]:
        """Yield a list's pages in order.

        Raises:
            CleverError: A page was refused, or the walk makes no progress.
        """
        progress = progress or Progress(link)
        while link:
            page = await self.get(link, read)
            progress.check(page.ids, page.next)
            yield page
            link = page.next

    async def _try(
        self, target: str, read: Callable[[Answer], Reading | Awaitable[Reading]], tallies: tuple[Tally, ...]
    ) -> Reading:
        if wait := self._pace.reserve():
            await self._options.sleep(wait)
        _add(tallies, requests=1)
        answer = await self._exchange.get(target, self._credential)
        _add(tallies, size=answer.received)
        logger.debug("GET %s %s", path_template(target), answer.status)
        if answer.status == HTTPStatus.OK:
            reading = read(answer)
            return await reading if isinstance(reading, Awaitable) else reading
        if answer.status in RETRIED:
            raise self._passing(answer)
        raise refusal(answer.status, target, answer.headers, is_user_token=self._credential.is_one_users)

    def _passing(self, answer: Answer) -> Passing:
        wait = None
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            now = self.clock()
            wait = seconds_to_wait(answer.headers, now)
            self._pace.hold(now + (wait or 0.0))
        return Passing("status", wait=wait, status=answer.status, request_id=request_id(answer.headers))


def _add(tallies: tuple[Tally, ...], *, requests: int = 0, retries: int = 0, size: int = 0) -> None:
    for tally in tallies:
        tally.requests += requests
        tally.retries += retries
        tally.bytes += size


def _each(value: str | int | tuple[str, ...]) -> tuple[str | int, ...]:
    return value if isinstance(value, tuple) else (value,)


def _given_up(origin: str, target: str, failure: Passing) -> CleverError:
    template = path_template(target)
    if failure.code == "status":
        return refusal(failure.status, target, {"x-request-id": failure.request_id})
    return CleverError(
        f"GET {template} of {origin} gave no usable answer: {failure.code}",
        code="unreachable" if not failure.status else "unusable_answer",
        remedy="Check the network and base_url, then run it again; what was read is kept.",
        status=failure.status,
        path=template,
        request_id=failure.request_id,
    )
