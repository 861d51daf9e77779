"""The snapshot on disk: whole or none, the same bytes from the same data, and nothing sensitive in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from playbook.clever.client import Clever
from playbook.clever.snapshot import fetch_snapshot, read_snapshot
from playbook.errors import CleverError, InputError
from playbook.settings import Secret
from tests.clever.faulty_server import Request, faulty_server
from tests.clever.small_district import DISTRICT_ID, SmallDistrict, clever_of

NOW = datetime(2026, 8, 3, 6, tzinfo=UTC)


def test_a_snapshot_is_read_back_as_it_was_fetched(tmp_path: Path) -> None:
    """Counts, roles and keys of the tables are those of the district."""
    district = SmallDistrict(300, largest_page=40)
    with clever_of(district, tmp_path) as clever:
        manifest = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)
    snapshot = read_snapshot(tmp_path / "snapshot")

    assert manifest.complete
    assert manifest.verdict == "go"
    assert manifest.district_id == DISTRICT_ID
    assert manifest.users == len(snapshot.users) == 300
    assert manifest.roles == {"contact": 30, "district_admin": 7, "staff": 20, "student": 210, "teacher": 60}
    assert snapshot.manifest == manifest
    assert len(snapshot.contact_relationships) == 60
    students = snapshot.roles[snapshot.roles["role"] == "student"]
    assert set(students["legacy_id"]) == {""}
    assert set(snapshot.sections["students"]) == {5}


def test_no_sensitive_field_of_a_student_reaches_the_disk(tmp_path: Path) -> None:
    """What the migration does not need is never written, not even into a partial page."""
    district = SmallDistrict(60)
    for user in district.lists["users"]:
        user["email"] = user["email"].upper()
    fail = [True]

    def answer(request: Request) -> None:
        if request.parameter("starting_after") and fail:
            request.send(401, b"")
        else:
            district.answer(request)

    district.largest_page = 20
    with faulty_server(answer) as server, Clever(server.origin, Secret("t"), pace_directory=tmp_path) as clever:
        partial = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)
        _assert_nothing_secret(tmp_path)
        fail.clear()
        whole = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)

    assert not partial.complete
    assert whole.complete
    _assert_nothing_secret(tmp_path)


def _assert_nothing_secret(directory: Path) -> None:
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert files
    assert not [path.name for path in files if b"SECRET" in path.read_bytes()]
    assert not [path.name for path in files if path.stat().st_mode & 0o077]


def test_a_refusal_in_the_middle_leaves_the_earlier_snapshot_alone(tmp_path: Path) -> None:
    """A revoked token never empties a snapshot: the fetch is partial, the tables stay."""
    district = SmallDistrict(100, largest_page=30)
    revoked: list[bool] = []
    answer = district.instead(lambda request: bool(revoked), lambda request: request.send(401, b""))
    with faulty_server(answer) as server, Clever(server.origin, Secret("t"), pace_directory=tmp_path) as clever:
        before = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)
        revoked.append(True)
        with pytest.raises(CleverError) as error:
            fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)

    assert error.value.status == 401
    assert read_snapshot(tmp_path / "snapshot").manifest == before


def test_a_changed_file_is_no_snapshot(tmp_path: Path) -> None:
    """What was fetched is what is read, or nothing is."""
    district = SmallDistrict(20)
    with clever_of(district, tmp_path) as clever:
        fetch_snapshot(clever, tmp_path / "snapshot", now=NOW)
    with (tmp_path / "snapshot" / "users.parquet").open("ab") as file:
        file.write(b"x")

    with pytest.raises(InputError, match="is not the file"):
        read_snapshot(tmp_path / "snapshot")
    with pytest.raises(InputError, match="missing"):
        read_snapshot(tmp_path / "nowhere")


@pytest.mark.parametrize("largest_page", [7, 50, 1000])
def test_the_same_data_gives_the_same_bytes_whatever_the_pages(largest_page: int, tmp_path: Path) -> None:
    """Page borders leave no trace in the tables."""

    def fetch(directory: Path, answer: Callable[[Request], None]) -> str:
        with faulty_server(answer) as server, Clever(server.origin, Secret("t"), pace_directory=tmp_path) as clever:
            return fetch_snapshot(clever, directory, now=NOW).root

    one = fetch(tmp_path / "one", SmallDistrict(200).answer)
    other = fetch(tmp_path / "other", SmallDistrict(200, largest_page=largest_page).answer)

    assert one == other


def test_two_fetches_into_one_directory_do_not_mix(tmp_path: Path) -> None:
    """The second is told to wait; the first goes on."""
    district = SmallDistrict(100, largest_page=20)
    refusals: list[str] = []

    def interfere(what: str, done: int, of: int) -> None:
        with clever_of(district, tmp_path) as other, pytest.raises(InputError, match="already") as error:
            fetch_snapshot(other, tmp_path / "snapshot", now=NOW)
        refusals.append(error.value.code)

    with clever_of(district, tmp_path) as clever:
        manifest = fetch_snapshot(clever, tmp_path / "snapshot", now=NOW, progress=interfere)

    assert manifest.verdict == "go"
    assert set(refusals) == {"busy"}


def test_progress_is_told_by_list_with_clevers_own_count(tmp_path: Path) -> None:
    """What is being read, how many are read, and of how many where Clever counts."""
    told: list[tuple[str, int, int]] = []
    with clever_of(SmallDistrict(100, largest_page=40), tmp_path) as clever:
        fetch_snapshot(clever, tmp_path / "snapshot", now=NOW, progress=lambda *what: told.append(what))

    assert told == [("schools", 3, 0), ("sections", 12, 0), ("users", 40, 100), ("users", 80, 100), ("users", 100, 100)]
