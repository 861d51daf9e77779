"""A reader may leave early, as `head` does: the command neither hangs, nor fails, nor complains."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.road.conftest import Rehearsal, built, rehearse

__all__ = ["built", "rehearse"]

PATIENCE = 60
UNREAD = 141


def run_unread(*words: str, errors_too: bool = False, environ: dict[str, str] | None = None) -> tuple[int, str]:
    """Run the command into a pipe that nobody reads; return its exit code and what it complained of."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "playbook", *words],
            stdout=writer,
            stderr=writer if errors_too else subprocess.PIPE,
            env={**os.environ, **(environ or {})},
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        os.close(writer)
    return ended.returncode, ended.stderr or ""


@pytest.mark.parametrize("words", [["endpoints"], ["endpoints", "--json"]])
def test_an_answer_that_nobody_reads_ends_as_shells_expect(words: list[str]) -> None:
    """141 says that the reader left; there is nothing on standard error."""
    assert run_unread(*words) == (UNREAD, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_help_that_nobody_reads_is_no_fault(unbuffered: str) -> None:
    """Where each write goes out at once, argparse itself keeps silent about it; else the last flush does."""
    code, complaint = run_unread("fetch", "--help", environ={"PYTHONUNBUFFERED": unbuffered})

    assert (code, complaint) == (0 if unbuffered else UNREAD, "")


def test_a_refusal_that_nobody_reads_keeps_its_exit_code() -> None:
    """Wrong use is still 2."""
    assert run_unread("fly", errors_too=True)[0] == 2


def test_work_goes_on_when_nobody_reads_its_progress(rehearse: Callable[..., Rehearsal]) -> None:
    """A fetch whose progress and answer nobody reads comes back, with the snapshot whole."""
    rehearsal = rehearse()
    run = rehearsal.directory / "run"

    code, _ = run_unread("fetch", str(rehearsal.file), "--out", str(run), errors_too=True, environ=rehearsal.environ)

    assert code == UNREAD
    assert (run / "snapshot" / "manifest.json").exists()
    assert not (run / "snapshot" / ".partial").exists()
