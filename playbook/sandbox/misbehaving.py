"""Puts faults before an honest application: counts requests, and strikes those that were asked for.

A fault may answer instead of the application, change the page that it answered, or break the frame that carries it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playbook.sandbox import broken_frames, wrong_pages
from playbook.sandbox.broken_frames import Raw, Sleep
from playbook.sandbox.faults import Fault
from playbook.sandbox.replies import reply_message, reply_server_page


class Misbehaving:
    """An application that misbehaves as it was asked to."""

    def __init__(self, honest: ASGIApp, faults: Sequence[Fault], sleep: Sleep = asyncio.sleep) -> None:
        """Stand before an application.

        Args:
            honest: The application.
            faults: What goes wrong.
            sleep: How latency and drips pass time.
        """
        self._honest = honest
        self._faults = tuple(faults)
        self._sleep = sleep
        self._counts = [0] * len(self._faults)
        self._memories: list[list[Any]] = [[] for _ in self._faults]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        struck = self._struck(scope["path"])
        for number in struck:
            if self._faults[number].kind == "latency":
                await self._sleep(float(self._faults[number].value))
        answer = next(filter(None, (_answer_instead(self._faults[number]) for number in struck)), None)
        if answer:
            await answer(scope, receive, send)
            return
        raw = self._lie(await _collect(self._honest, scope, receive), target_of(scope), struck)
        await self._deliver(raw, [self._faults[number] for number in struck], receive, send)

    def _struck(self, path: str) -> list[int]:
        struck = []
        for number, fault in enumerate(self._faults):
            if fault.concerns(path):
                self._counts[number] += 1
                if fault.strikes(self._counts[number]):
                    struck.append(number)
        return struck

    def _lie(self, raw: Raw, target: str, struck: Sequence[int]) -> Raw:
        is_json = any(name == b"content-type" and b"json" in value for name, value in raw.headers)
        if raw.status != 200 or not is_json:
            return raw
        envelope = json.loads(raw.body)
        for number in struck:
            envelope = wrong_pages.tell(envelope, self._faults[number], target, self._memories[number])
            if envelope is None:
                return replace(raw, status=404, body=json.dumps({"message": "Resource not found"}).encode())
        return replace(raw, body=json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode())

    async def _deliver(self, raw: Raw, faults: Sequence[Fault], receive: Receive, send: Send) -> None:
        for fault in faults:
            if fault.kind in ("truncate", "reset"):
                is_reset = fault.kind == "reset"
                return await broken_frames.break_off(raw, send, receive, int(fault.value), is_reset=is_reset)
            if fault.kind == "drip":
                return await broken_frames.send_drip(raw, send, int(fault.value), self._sleep)
            if fault.kind == "stall":
                return await broken_frames.send_stalled(raw, send, receive, int(fault.value))
            if fault.kind == "endless":
                return await broken_frames.send_endless(raw, send, receive)
            if fault.kind == "bomb":
                return await broken_frames.send_bomb(raw, send, int(fault.value))
            if fault.kind == "cut":
                raw = replace(raw, body=raw.body[: int(fault.value)])
        return await broken_frames.send_whole(raw, send)


def _answer_instead(fault: Fault) -> Response | None:
    if fault.kind == "status":
        status, retry_after, reset, *_ = [*fault.value.split("/"), "", ""]
        headers = {"retry-after": retry_after, "x-ratelimit-reset": reset}
        response = reply_message(int(status), "The sandbox was asked for this")
        response.headers.update({name: value for name, value in headers.items() if value})
        return response
    if fault.kind == "html":
        return reply_server_page(int(fault.value))
    if fault.kind == "redirect":
        return RedirectResponse(fault.value, 302)
    return reply_message(401, "Unauthorized") if fault.kind == "revoke" else None


async def _collect(application: ASGIApp, scope: Scope, receive: Receive) -> Raw:
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await application(scope, receive, keep)
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return Raw(messages[0]["status"], tuple(messages[0]["headers"]), body)


def target_of(scope: Scope) -> str:
    """Return path and query of a request, as its first line has them."""
    query = scope["query_string"].decode("ascii", "replace")
    return f"{scope['path']}?{query}" if query else str(scope["path"])
