"""What every test gets: an environment without secrets or settings of the person who runs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from playbook.district import Accounts, CleverSource, District, DistrictFile
from playbook.run import Run, open_run
from playbook.sandbox.server import RunningSandbox, running_sandbox
from playbook.settings import read_settings

pytest_plugins = ["tests.databases", "tests.notebooks.environment"]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees a token, a frozen clock or an output directory that it did not set itself."""
    for name in os.environ:
        if name.startswith(("PLAYBOOK_", "CLEVER_")) and name != "CLEVER_SPEC_DIR":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    """A Clever-shaped server with the sample district; it never misbehaves, a test that wants faults runs its own."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with nothing in it, its clock frozen."""
    district = DistrictFile(
        path=tmp_path / "district.toml",
        district=District(id="6385008f69df036e83e984a3", name="Example USD"),
        clever=CleverSource(token="env:CLEVER_DISTRICT_TOKEN"),
        accounts=Accounts(url="env:ACCOUNTS_DATABASE_URL"),
    )
    settings = read_settings({"PLAYBOOK_CLOCK": "2026-08-03T06:00:00+00:00"})
    return open_run(district, settings, directory=tmp_path / "run")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be skipped, a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("TESTS_MAY_SKIP") == "no" and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
