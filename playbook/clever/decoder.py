"""Pages of users turned into rows in a process beside this one: for walks side by side, one processor is not enough.

The process ends with its input, so that it outlives neither the fetch nor a kill. While it has enough to do, and where
it is not there, pages are turned into rows here.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from playbook.clever.decoding import READY, UNREADABLE, read_frame, unpack_table, write_frame
from playbook.clever.kinds import USERS, RowPage, page_of
from playbook.clever.transport import Answer

WORTH_IT = 200_000
"""Users from which on the process pays for its start."""
_PIPE_BYTES = 1 << 20
_MOST_IN_HAND = 2


class Decoder:
    """One process, and the thread that talks with it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "playbook.clever.decoding"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._talker = ThreadPoolExecutor(1, thread_name_prefix="decoder")
        self._is_ready = False
        self._in_hand = 0
        self._starting = self._talker.submit(self._greet)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Wait until the process takes pages, or is known to take none."""
        self._starting.result()

    async def read(self, answer: Answer) -> RowPage:
        """Return a page of users with its rows.

        Raises:
            Passing: The answer is no JSON, cut short, or without Clever's envelope.
            CleverError: A record has a shape that nothing published allows.
        """
        if not self._is_ready or self._in_hand >= _MOST_IN_HAND or not answer.is_json:
            return USERS.read_rows(answer)
        self._in_hand += 1
        try:
            content = await asyncio.get_running_loop().run_in_executor(self._talker, self._exchange, answer.body)
        finally:
            self._in_hand -= 1
        return USERS.read_rows(answer) if content == UNREADABLE else page_of(*unpack_table(content))

    def close(self) -> None:
        """End the process."""
        self._talker.shutdown(cancel_futures=True)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()
        self._process.wait()

    def _greet(self) -> None:
        assert self._process.stdout
        with suppress(EOFError):
            self._is_ready = read_frame(self._process.stdout) == READY

    def _exchange(self, body: bytes | bytearray) -> bytes:
        assert self._process.stdin
        assert self._process.stdout
        try:
            write_frame(self._process.stdin, body)
            return read_frame(self._process.stdout)
        except (OSError, EOFError):
            self._is_ready = False
            return UNREADABLE
