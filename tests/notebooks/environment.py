"""A pytest plugin: the kernels that nbval starts answer nobody and write into a directory of their own."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest

from playbook.settings import OUTPUTS, UNATTENDED

_DIRECTORY = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Kernels inherit pytest's environment, so it is set before the first one starts."""
    config.stash[_DIRECTORY] = tempfile.mkdtemp(prefix="playbook-nbval-")
    os.environ[OUTPUTS] = config.stash[_DIRECTORY]
    os.environ[UNATTENDED] = "1"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    shutil.rmtree(config.stash[_DIRECTORY], ignore_errors=True)
    for name in (OUTPUTS, UNATTENDED):
        os.environ.pop(name, None)
