"""How often one token may call: 1,200 requests in each minute of the clock.

Source: https://dev.clever.com/docs/error-messages
"""

from __future__ import annotations

from collections.abc import Callable

WINDOW_SECONDS = 60
REQUESTS_A_WINDOW = 1_200


class Limiter:
    """Counts the requests of each token in the minute that the clock shows."""

    def __init__(self, clock: Callable[[], float], allowed: int = REQUESTS_A_WINDOW) -> None:
        """Start counting.

        Args:
            clock: Unix seconds.
            allowed: Requests a token and window.
        """
        self._clock = clock
        self._allowed = allowed
        self._used: dict[str, tuple[int, int]] = {}

    def count(self, token: str) -> tuple[bool, dict[str, str]]:
        """Count one request and return whether it is allowed, and the headers that say how many are left."""
        window = int(self._clock() // WINDOW_SECONDS)
        last, used = self._used.get(token, (window, 0))
        used = used + 1 if last == window else 1
        self._used[token] = (window, used)
        return used <= self._allowed, {
            "x-ratelimit-bucket": "bearer",
            "x-ratelimit-limit": str(self._allowed),
            "x-ratelimit-remaining": str(max(0, self._allowed - used)),
            "x-ratelimit-reset": str((window + 1) * WINDOW_SECONDS),
        }
