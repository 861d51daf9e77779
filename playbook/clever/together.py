"""Several works at once on the session's loop: all end well, or none takes another step."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

Result = TypeVar("Result")
One = TypeVar("One")
Other = TypeVar("Other")


async def together(works: Sequence[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Run all and return their results in order; where one fails, the others stop at once and its error goes on."""
    tasks: list[asyncio.Task[Result]] = []

    async def take(work: Coroutine[Any, Any, Result]) -> Result:
        try:
            return await work
        except BaseException:
            for task in tasks:  # here and now: in the loop's next turn they could have sent something more
                if task is not asyncio.current_task():
                    task.cancel()
            raise

    tasks += [asyncio.create_task(take(work)) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            if not task.cancelling():  # it may be putting away what it had in hand
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for work in works:
            work.close()  # one that was stopped before it began


async def both(one: Coroutine[Any, Any, One], other: Coroutine[Any, Any, Other]) -> tuple[One, Other]:
    """Run two works that give different things."""
    works: list[Coroutine[Any, Any, Any]] = [one, other]
    first, second = await together(works)
    return first, second
