"""A client that holds the sample district's token, and the specifications that judge the sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from playbook.sandbox.server import RunningSandbox

SPECS = Path(__file__).parents[3] / "shared" / "specs" / "clever"


@contextmanager
def connect(running: RunningSandbox, token: str = "") -> Iterator[httpx.Client]:
    """Yield a client of a running sandbox; it holds the district's token unless another is given."""
    headers = {"authorization": f"Bearer {token or running.district.token}"}
    with httpx.Client(base_url=running.base_url, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def clever(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """A client of the sample district."""
    with connect(sandbox) as client:
        yield client


@pytest.fixture(scope="session")
def specs() -> Path:
    """The directory that holds Clever's specifications."""
    directory = Path(os.environ.get("CLEVER_SPEC_DIR", SPECS))
    if not (directory / "v3.1.yml").exists():
        pytest.skip("Clever's specifications are not here: set CLEVER_SPEC_DIR to their directory")
    return directory
