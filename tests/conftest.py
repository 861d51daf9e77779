"""What every test gets: an environment without secrets or settings of the person who runs it."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees a token, a frozen clock or an output directory that it did not set itself."""
    for name in os.environ:
        if name.startswith(("PLAYBOOK_", "CLEVER_")) and name != "CLEVER_SPEC_DIR":
            monkeypatch.delenv(name)
