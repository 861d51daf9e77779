"""Several works at once on the session's loop: all end well, or none goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

Result = TypeVar("Result")


async def together(works: Sequence[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Run all and return their results in order; where one fails, stop the others before its error goes on."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
