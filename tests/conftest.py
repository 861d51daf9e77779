"""What every test gets: an environment without secrets or settings of the person who runs it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from playbook.sandbox.server import RunningSandbox, running_sandbox

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


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be skipped, a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("TESTS_MAY_SKIP") == "no" and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
