"""A command that is told to end says what stays and how it goes on, whoever tells it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from playbook.sandbox.accounts import build_accounts, write_district_file
from playbook.sandbox.server import running_sandbox

SECONDS = 60


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_does_so_in_a_sentence(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, a container that is stopped and a terminal that is closed end a fetch alike, and none is a crash."""
    accounts = f"sqlite:///{tmp_path / 'accounts.sqlite'}"
    build_accounts(accounts, seed=1, users=150)
    with running_sandbox(users=150, faults=["latency=5~/users"]) as sandbox:
        file = write_district_file(
            tmp_path / "d.toml", base_url=sandbox.base_url, seed=1, users=150, accounts_url=accounts, token="env:TOKEN"
        )
        environ = {**os.environ, "TOKEN": sandbox.districts[0].token, "PLAYBOOK_OUTPUTS": str(tmp_path / "outputs")}
        command = [sys.executable, "-m", "playbook", "fetch", str(file)]
        process = subprocess.Popen(
            command,
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # the tests may run where it is ignored
        )
        assert process.stderr is not None
        process.stderr.readline()  # the first list is read; the users keep it waiting
        process.send_signal(number)
        _, said = process.communicate(timeout=SECONDS)

    assert process.returncode == 130
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
