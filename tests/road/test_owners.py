"""A run directory belongs to one district file: no other goes on from what was made for it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable

import pytest

from playbook.__main__ import main
from playbook.errors import InputError
from playbook.road.context import open_district
from playbook.settings import read_settings
from tests.road.conftest import Rehearsal

ELSEWHERE = ("env:ACCOUNTS_DATABASE_URL", "env:OTHER_DATABASE_URL")
COMMANDS = (
    "fetch",
    "match",
    "plan",
    "preview",
    "rehearse",
    "apply",
    "verify",
    "undo",
    "approve",
    "run",
    "watch",
    "erase",
)


def test_another_file_of_the_same_district_is_refused_at_every_step(
    rehearse: Callable[..., Rehearsal], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may name another database; the first file is named, nothing is written, and the exit code says wrong use."""
    rehearsal = rehearse()
    rehearsal.walk(last="00")
    for name, value in rehearsal.environ.items():
        monkeypatch.setenv(name, value)
    other = rehearsal.directory / "other.toml"
    other.write_text(rehearsal.file.read_text().replace(*ELSEWHERE))
    run = rehearsal.directory / "run"
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    words = {"apply": ["--plan", "0" * 64], "undo": ["--plan", "0" * 64]}
    words["approve"] = ["--plan", "0" * 64, "--by", "a reviewer"]
    for command in COMMANDS:
        assert main([command, str(other), *words.get(command, []), "--out", str(run), "--json"]) == 2, command
        shown = capsys.readouterr().out
        assert "other_district_file" in shown, command
        assert str(rehearsal.file) in shown
        assert "--out" in shown
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_a_file_that_was_moved_or_copied_goes_on(rehearse: Callable[..., Rehearsal]) -> None:
    """A second person's copy says the same; a file that is no longer where it was gave way to this one."""
    rehearsal = rehearse()
    rehearsal.walk(last="00")
    settings, run = read_settings(rehearsal.environ), rehearsal.directory / "run"
    copied = shutil.copy(rehearsal.file, rehearsal.directory / "copied.toml")
    assert open_district(copied, settings, directory=run).district.path == copied
    copied.unlink()
    rehearsal.edit(*ELSEWHERE)
    assert rehearsal.open().district.path == rehearsal.file


def test_matches_of_another_database_are_not_planned_on(rehearse: Callable[..., Rehearsal]) -> None:
    """The same file may lead elsewhere by what the environment says."""
    rehearsal = rehearse()
    rehearsal.walk(last="03")
    elsewhere = rehearsal.directory / "elsewhere.sqlite"
    shutil.copy(rehearsal.database, elsewhere)
    with sqlite3.connect(elsewhere) as connection:
        connection.execute("UPDATE database_identity SET id = 'another'")
    connection.close()
    rehearsal.environ["ACCOUNTS_DATABASE_URL"] = f"sqlite:///{elsewhere}"
    with pytest.raises(InputError) as refused:
        rehearsal.walk(first="04", last="04")
    assert refused.value.code == "stale_matches"
    assert "another accounts database" in str(refused.value)
