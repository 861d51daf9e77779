"""Works side by side: where one fails, none of the others takes another step."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import pytest

from playbook.clever.together import both, together


async def _fails(signal: asyncio.Event) -> None:
    await signal.wait()
    raise LookupError


async def _sends(signal: asyncio.Event, sent: list[str]) -> None:
    await signal.wait()
    sent.append("one more")


async def _woken_together(sent: list[str]) -> None:
    """Wake the one that fails and the others in one turn of the loop, the one that fails first."""
    signal = asyncio.Event()
    works: list[Coroutine[None, None, None]] = [_fails(signal), *(_sends(signal, sent) for _ in range(4))]
    working = asyncio.create_task(together(works))
    await asyncio.sleep(0)
    signal.set()
    with pytest.raises(LookupError):
        await working


def test_nothing_is_sent_once_one_has_failed() -> None:
    """Not even by those whose turn comes before anybody could look at the failure."""
    sent: list[str] = []
    asyncio.run(_woken_together(sent))

    assert sent == []


def test_results_stand_in_the_order_of_the_works() -> None:
    """Whichever ends first."""

    async def ends_after(turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return turns

    async def work() -> tuple[list[int], tuple[int, int]]:
        return await together([ends_after(5), ends_after(1)]), await both(ends_after(3), ends_after(2))

    assert asyncio.run(work()) == ([5, 1], (3, 2))
