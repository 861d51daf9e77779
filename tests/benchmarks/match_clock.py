"""The clock of the matching benchmark, the same for every contender."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from statistics import median

TIMES = 3


def measure(work: Callable[[], int]) -> dict[str, float]:
    """Work once to warm up and then by the clock: the median time, the process's peak memory, the pairs found."""
    work()
    seconds = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        pairs = work()
        seconds.append(time.perf_counter() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"seconds": median(seconds), "peak_mb": peak, "pairs": pairs}
