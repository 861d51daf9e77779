"""Clever, for people who know no event loop: plain functions over an asynchronous session on a thread of its own.

A notebook runs inside an event loop already, so the session gets its own loop, started at the first request.

Source: https://dev.clever.com/docs/api-overview.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx

from playbook.clever.district_state import read_district
from playbook.clever.oddities import Document
from playbook.clever.reading import Records, read_document, read_documents
from playbook.clever.session import Options, Params, Session
from playbook.clever.tokens import oauth_origin, read_tokeninfo
from playbook.clever.transport import Limits, bearer
from playbook.settings import Secret

Result = TypeVar("Result")

EVENTS_LIMIT = 1000


class Clever:
    """One district's data, or one user's, depending on the token.

    Args:
        origin: Where Clever answers, such as `https://api.clever.com`.
        token: The district's token, or a user's of one login.
        version: The API version that paths without one are asked in.
        clock: Seconds since the epoch.
        sleep: Waits so many seconds.
        transport: What carries the requests; a test's own, or httpx's where None.
        pace_directory: Where processes with the same token share their pace.
        limits: What one answer may take.

    Raises:
        InputError: The token holds what no header can carry.

    Example:
        >>> with Clever("https://api.clever.com", token) as clever:
        ...     clever.district()["state"]
        'running'
    """

    def __init__(
        self,
        origin: str,
        token: Secret,
        version: str = "v3.1",
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        transport: httpx.AsyncBaseTransport | None = None,
        pace_directory: Path | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.origin = origin.rstrip("/")
        self.version = version
        self._credential = bearer(token)
        self._options = Options(
            clock=clock, sleep=sleep, transport=transport, pace_directory=pace_directory, limits=limits or Limits()
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="clever", daemon=True)
        self._thread.start()
        self.session = self.run(self._open())

    @property
    def is_one_users(self) -> bool:
        """Whether the token looks like one of a single user's login."""
        return self._credential.is_one_users

    def __repr__(self) -> str:
        return f"Clever({self.origin!r}, {self.version!r})"

    def __enter__(self) -> Clever:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and end the thread; a second time does nothing."""
        if self._loop.is_closed():
            return
        self.run(self._wind_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine of this package on the session's own loop and return its result."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def get(self, path: str, params: Params | None = None) -> Document:
        """Return the JSON object that a path answers.

        Args:
            path: Such as `/users/{id}`; the version is put before it unless it starts with one.
            params: Query parameters.

        Raises:
            CleverError: Clever refused or did not answer; the message names the likely cause, never the query.
        """
        return self.run(self.session.get(self.session.target(path, params), read_document))

    def pages(self, path: str, params: Params | None = None) -> Iterator[list[Document]]:
        """Yield a list page by page, each record as the JSON object that Clever sent.

        Raises:
            CleverError: A page was refused, or the walk makes no progress.
        """
        pages = self.session.pages(self.session.target(path, params), read_documents)
        try:
            while (page := self.run(_advance(pages))) is not None:
                yield page.records
        finally:
            if not self._loop.is_closed():
                self.run(pages.aclose())

    def me(self) -> Document:
        """Return whose token it is, in the version's kind of id; its `type` says nothing about the role."""
        return self.get("/me")

    def userinfo(self) -> Document:
        """Return the identity behind a login's token: `user_id` (before v3) and `multi_role_user_id` (v3)."""
        return self.get("/userinfo")

    def district(self) -> Document:
        """Return the token's district.

        Raises:
            CleverError: The token belongs to no district that is shared.
        """
        return self.run(read_district(self.session))

    def events(self, starting_after: str = "", record_types: tuple[str, ...] = ()) -> Iterator[list[Document]]:
        """Yield the feed of events in order; apply them in that order, never by their time.

        Args:
            starting_after: The last event that was applied; from the beginning (30 days) where "".
            record_types: Such as `users`; filter again at your side, for Clever may send all.
        """
        params: dict[str, Any] = {"limit": EVENTS_LIMIT}
        params |= {"starting_after": starting_after} if starting_after else {}
        params |= {"record_type": record_types} if record_types else {}
        return self.pages("/events", params)

    def tokeninfo(self) -> Document:
        """Return which app the token belongs to and what it may read."""
        origin = oauth_origin(self.origin)
        return self.run(read_tokeninfo(origin, self._credential, self._options))

    async def _open(self) -> Session:
        return Session(self.origin, self._credential, self.version, self._options)

    async def _wind_up(self) -> None:
        """Close the connections and end whatever a fault left under way, before the loop that it needs is gone."""
        await self.session.close()
        await self._loop.shutdown_asyncgens()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


async def _advance(pages: AsyncGenerator[Records[Document]]) -> Records[Document] | None:
    return await anext(pages, None)
