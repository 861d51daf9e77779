"""A clock that stands still until somebody sleeps."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class VirtualTime:
    """Seconds since the epoch, and every sleep that was asked for."""

    now: float = 1_790_000_000.0
    sleeps: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """Return the moment."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.sleeps.append(seconds)
        self.now += seconds
