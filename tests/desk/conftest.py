"""A run directory for the tests of the desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbook.district import Accounts, CleverSource, District, DistrictFile
from playbook.run import Run, open_run
from playbook.settings import read_settings


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
