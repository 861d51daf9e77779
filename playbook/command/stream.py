"""A stream whose reader may leave, as `head` does: what is left to say is dropped, and the work goes on to its end."""

from __future__ import annotations

import os
import signal
from typing import IO

from rich.console import Console

UNREAD = 128 + signal.SIGPIPE
"""The exit code of a command that did its work and could not tell anybody, as shells know it."""


class Stream(Console):
    """A console that falls silent when its pipe is closed; rich would raise SystemExit in the midst of the work."""

    is_unread = False

    def on_broken_pipe(self) -> None:
        """Drop what is left to say."""
        self.quiet = self.is_unread = True
        let_go(self.file)

    def write(self, text: str) -> None:
        """Write text as it is, without layout."""
        try:
            self.file.write(text)
            self.file.flush()
        except BrokenPipeError:
            self.on_broken_pipe()


def let_go(file: IO[str]) -> None:
    """Lead a file whose reader has left to nowhere, so that the interpreter can flush it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, file.fileno())
    os.close(nowhere)
