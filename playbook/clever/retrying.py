"""Whether a failed request is tried again, and when: full jitter, a budget of a tenth, and Clever's own reset times.

stamina runs the attempts; this file decides. A request is tried six times at most, and all retries together stay
within a tenth of all requests (ten are free), so that a dying service is not hammered.

Source: https://dev.clever.com/docs/error-messages (which statuses may be retried; X-RateLimit-Reset).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import parsedate_to_datetime

ATTEMPTS = 6
FREE_RETRIES = 10
BUDGET = 10
"""One retry for so many requests."""
LONGEST_WAIT_SECONDS = 120.0
_FIRST_BACKOFF_SECONDS = 0.5
_LONGEST_BACKOFF_SECONDS = 30.0


class Passing(Exception):
    """A fault that may pass: the request may be tried again.

    Attributes:
        code: What happened, as a code.
        wait: Seconds to wait at least; None where Clever did not say.
        status: The HTTP status, 0 where there was none.
        request_id: Clever's id of the request, where it answered.
    """

    def __init__(self, code: str, *, wait: float | None = None, status: int = 0, request_id: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.wait = wait
        self.status = status
        self.request_id = request_id


@dataclass(slots=True)
class Tally:
    """What one session has sent so far; shared by its parallel walks."""

    requests: int = 0
    retries: int = 0
    bytes: int = 0

    def may_retry(self) -> bool:
        """Say whether the budget still allows a retry."""
        return self.retries < max(FREE_RETRIES, (self.requests - self.retries) // BUDGET)

    def copy(self) -> Tally:
        """Return the counts of this moment."""
        return replace(self)

    def plus(self, other: Tally) -> Tally:
        """Return both together."""
        return Tally(self.requests + other.requests, self.retries + other.retries, self.bytes + other.bytes)

    def since(self, before: Tally) -> Tally:
        """Return what was added since then."""
        return Tally(self.requests - before.requests, self.retries - before.retries, self.bytes - before.bytes)


@dataclass(slots=True)
class Backoff:
    """The waits of one request's attempts; its `decide` is stamina's hook.

    Attributes:
        tally: The session's counts.
        wait: Seconds to wait before the next attempt.
    """

    tally: Tally
    uniform: Callable[[float, float], float] = field(default=random.uniform)
    wait: float = 0.0
    _failures: int = 0

    def decide(self, failure: Exception) -> float | bool:
        """Return 0.0 to try again after `wait` (which the session sleeps, on its own clock), or False to give up."""
        if not isinstance(failure, Passing) or not self.tally.may_retry():
            return False
        self._failures += 1
        ceiling = min(_LONGEST_BACKOFF_SECONDS, _FIRST_BACKOFF_SECONDS * 2 ** (self._failures - 1))
        jitter = self.uniform(0.0, ceiling)
        if failure.wait is not None and failure.wait > LONGEST_WAIT_SECONDS:
            return False
        self.wait = jitter + (failure.wait or 0.0)
        return 0.0


def seconds_to_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Return how long a 429 asks us to wait: the later of `X-RateLimit-Reset` and `Retry-After`, or None.

    Args:
        headers: The answer's headers, case-insensitive.
        now: Seconds since the epoch.
    """
    waits = [_until_reset(headers.get("x-ratelimit-reset", ""), now), _after(headers.get("retry-after", ""), now)]
    return max((wait for wait in waits if wait is not None), default=None)


def _until_reset(text: str, now: float) -> float | None:
    seconds = _number(text)
    return None if seconds is None else max(0.0, seconds - now)


def _after(text: str, now: float) -> float | None:
    seconds = _number(text)
    if seconds is not None:
        return max(0.0, seconds)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now)


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else None
