"""A run directory is private, whole files only, and never left."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from playbook.district_file import read_district_file
from playbook.errors import InputError, ServiceError, StepMissing
from playbook.matching.table import MATCHES
from playbook.run import Run, open_run
from playbook.settings import read_settings

MINIMAL = """
[district]
id = "6385008f69df036e83e984a3"
name = "Example USD"
[clever]
token = "env:T"
[accounts]
url = "file:accounts.csv"
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The run of a district file in a fresh directory."""
    (tmp_path / "d.toml").write_text(MINIMAL)
    settings = read_settings({"PLAYBOOK_OUTPUTS": str(tmp_path / "outputs"), "T": "token"})
    return open_run(read_district_file(tmp_path / "d.toml"), settings)


def test_everything_written_is_for_its_owner_only(run: Run) -> None:
    """Directories are 0700 and files 0600, whatever the umask says."""
    old = os.umask(0)
    try:
        run.write_json({"a": 1}, "summary", "00.json")
        run.write_text("x", "deep", "er", "x.txt")
    finally:
        os.umask(old)

    made = [run.directory, *run.directory.rglob("*")]
    assert {oct(path.stat().st_mode & 0o777) for path in made if path.is_file()} == {"0o600"}
    assert {oct(path.stat().st_mode & 0o777) for path in made if path.is_dir()} == {"0o700"}


@pytest.mark.parametrize("parts", [("..", "x"), ("/etc/passwd",), ("a", "..", "..", "x")])
def test_no_path_leaves_the_run_directory(run: Run, parts: tuple[str, ...]) -> None:
    """A name that climbs out is refused before anything is made."""
    with pytest.raises(ValueError, match="left the run directory"):
        run.path(*parts)


def test_a_link_that_leads_outside_is_not_followed(run: Run, tmp_path: Path) -> None:
    """A planted symbolic link cannot redirect what is written."""
    (run.directory / "out").symlink_to(tmp_path)
    with pytest.raises(ValueError, match="left the run directory"):
        run.path("out", "x")


def test_a_missing_step_is_named_with_the_command_that_makes_it(run: Run) -> None:
    """Asking for a later step first is a clear error."""
    with pytest.raises(StepMissing) as caught:
        run.read_json("plan.json", step="04_merge_accounts")

    assert caught.value.remedy.startswith("Run step 04_merge_accounts first: playbook plan ")
    assert "--out" not in caught.value.remedy


def test_a_directory_that_was_named_is_named_in_the_command(run: Run, tmp_path: Path) -> None:
    """A run that stands elsewhere than usual goes on there; a step without a command of its own is run as far as it."""
    elsewhere = open_run(run.district, run.settings, directory=tmp_path / "my run")

    with pytest.raises(StepMissing) as caught:
        elsewhere.made_by("01_audit_v2_usage", "findings.parquet")

    assert caught.value.remedy.endswith(f"--to 01 --out '{tmp_path / 'my run'}'")


def test_a_text_is_replaced_whole_or_not_at_all(run: Run) -> None:
    """A failure while writing leaves the old file and no debris."""
    run.write_text("old", "x.txt")
    with pytest.raises(UnicodeEncodeError):
        run.write_text("\ud800", "x.txt")

    assert (run.directory / "x.txt").read_text() == "old"
    assert [path.name for path in run.directory.iterdir()] == ["x.txt"]


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """Let no file grow past a size: the system itself refuses the write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_old_file_whole(run: Run) -> None:
    """The refusal names the file and what to do; nothing half written stays behind; with room it is written."""
    path = run.write_text("old", "a.txt")
    table = MATCHES.make([dict.fromkeys(MATCHES.columns, "x") | {"state": "conflict"}])
    with little_room(1_000):
        for write in (
            lambda: run.write_text("new" * 9_999, "a.txt"),
            lambda: run.write_json({"new": "x" * 9_999}, "a.txt"),
            lambda: run.write_table(table, MATCHES, "a.txt"),
        ):
            with pytest.raises(ServiceError, match=r"a\.txt could not be written: file too large") as refused:
                write()
            assert (refused.value.code, refused.value.exit_code) == ("disk", 3)
            assert "Free space" in refused.value.remedy
            assert os.listdir(run.directory) == ["a.txt"]
    assert path.read_text() == "old"
    assert run.write_text("new", "a.txt").read_text() == "new"


def test_a_file_where_the_run_directory_shall_be_is_named(run: Run) -> None:
    """It is wrong use, not a full disk, and the file stays as it was."""
    file = run.write_text("x", "a")
    for directory in (file, file / "b", file / "b" / "c"):
        with pytest.raises(InputError, match="a is a file") as refused:
            open_run(run.district, run.settings, directory=directory)
        assert (refused.value.code, refused.value.exit_code) == ("output", 2)
    assert file.read_text() == "x"


def test_a_directory_that_cannot_be_made_is_named(run: Run) -> None:
    """Where a file stands in the way, or the disk takes no more entries, nothing else is touched."""
    run.write_text("x", "a")
    with pytest.raises(ServiceError, match="could not be written"):
        run.write_text("y", "a", "b.txt")
    assert run.path("a").read_text() == "x"
