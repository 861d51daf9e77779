"""How fast requests may leave: at most 1,080 in any 60 seconds for one token, over all processes of one user.

Clever allows 1,200 a minute and token, in windows whose start it does not tell; nine tenths of that in *any* minute
stay below it wherever the window starts. The last 1,080 departures stand in a small ring file named by the token's
hash, so that notebooks, workers and commands that use one token share one allowance.

Source: https://dev.clever.com/docs/error-messages (rate limits).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playbook.errors import InputError

WINDOW_SECONDS = 60.0
ALLOWED = 1080
_HEADER = struct.Struct("<Qd")  # the ring's next slot; no request before this moment
_SLOT = struct.Struct("<d")


class Pace:
    """One token's allowance.

    Args:
        path: The ring file; made on first use, 0600.
        clock: Seconds since the epoch, the same for all processes.
        allowed: Requests in any `WINDOW_SECONDS`.
    """

    def __init__(self, path: Path, clock: Callable[[], float], allowed: int = ALLOWED) -> None:
        self._path = path
        self._clock = clock
        self._allowed = allowed

    def reserve(self) -> float:
        """Take the next departure and return the seconds to wait for it."""
        now = self._clock()
        with self._ring() as ring:
            slot, not_before = _HEADER.unpack(os.pread(ring, _HEADER.size, 0).ljust(_HEADER.size, b"\0"))
            offset = _HEADER.size + (slot % self._allowed) * _SLOT.size
            (oldest,) = _SLOT.unpack(os.pread(ring, _SLOT.size, offset).ljust(_SLOT.size, b"\0"))
            departure = max(now, _sane(oldest, now) + WINDOW_SECONDS, _sane(not_before, now))
            os.pwrite(ring, _SLOT.pack(departure), offset)
            os.pwrite(ring, _HEADER.pack((slot + 1) % self._allowed, not_before), 0)
        return departure - now

    def hold(self, until: float) -> None:
        """Let no request of this token leave before a moment, in any process: Clever said when its window resets."""
        with self._ring() as ring:
            slot, not_before = _HEADER.unpack(os.pread(ring, _HEADER.size, 0).ljust(_HEADER.size, b"\0"))
            os.pwrite(ring, _HEADER.pack(slot, max(until, _sane(not_before, self._clock()))), 0)

    @contextmanager
    def _ring(self) -> Iterator[int]:
        ring = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(ring, fcntl.LOCK_EX)
            yield ring
        finally:
            os.close(ring)


def pace_file(origin: str, fingerprint: str, directory: Path | None = None) -> Path:
    """Return the ring file of a token, named by a hash from which nobody gets the token back.

    Raises:
        InputError: The directory for it belongs to somebody else.
    """
    directory = directory or Path(tempfile.gettempdir()) / f"playbook-pace-{os.getuid()}"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if directory.is_symlink() or directory.stat().st_uid != os.getuid():
        raise InputError(
            f"{directory} belongs to somebody else",
            remedy="Remove it, or set TMPDIR to a directory of your own.",
        )
    return directory / hashlib.sha256(f"{origin} {fingerprint}".encode()).hexdigest()[:32]


def _sane(moment: float, now: float) -> float:
    """A moment far ahead was written under another clock and says nothing about this one."""
    return moment if moment <= now + 10 * WINDOW_SECONDS else 0.0
