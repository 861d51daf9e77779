"""Wrong input is refused with all its faults, a dead server with what to do, and neither leaves anything behind."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from playbook.__main__ import main
from tests.road.conftest import Rehearsal

Refused = Callable[..., dict[str, object]]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run a command of a rehearsal that must be refused; return the error that a script reads."""

    def run(rehearsal: Rehearsal, *words: str, code: int) -> dict[str, object]:
        for name, value in rehearsal.environ.items():
            monkeypatch.setenv(name, value)
        command, *rest = words
        out = ["--out", str(rehearsal.directory / "run")]
        assert main([command, str(rehearsal.file), *rest, *out, "--json"]) == code
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        error: dict[str, object] = json.loads(shown.out)["error"]
        assert error["remedy"]
        return error

    return run


def written(rehearsal: Rehearsal) -> list[str]:
    """What stands in the run directory, but for the note of whose it is."""
    run = rehearsal.directory / "run"
    return sorted(path.name for path in run.rglob("*") if path.is_file() and path.name != "district.json")


def test_a_missing_token_is_wrong_use(rehearse: Callable[..., Rehearsal], refused: Refused) -> None:
    """The reference is named, never its value; nothing is fetched."""
    rehearsal = rehearse()
    rehearsal.environ["CLEVER_DISTRICT_TOKEN"] = ""

    error = refused(rehearsal, "fetch", code=2)

    assert error["code"] == "reference_unresolved"
    assert "CLEVER_DISTRICT_TOKEN" in str(error)
    assert written(rehearsal) == []


def test_unknown_keys_and_malformed_ids_come_together(rehearse: Callable[..., Rehearsal], refused: Refused) -> None:
    """One pass names every fault of the district file, and no run directory is made for an id that climbs."""
    rehearsal = rehearse()
    text = rehearsal.file.read_text().splitlines()
    text[1] = 'id = "../../etc"'
    rehearsal.file.write_text("\n".join(text).replace("fold =", "folds ="))

    error = refused(rehearsal, "fetch", code=2)

    assert {fault["where"] for fault in error["faults"]} == {"district.id", "merge.folds"}  # type: ignore[union-attr,attr-defined,index]
    assert not (rehearsal.directory / "run").exists()


def test_an_accounts_table_without_the_named_column_is_refused(
    rehearse: Callable[..., Rehearsal], refused: Refused
) -> None:
    """The column is named with the nearest one that is there."""
    rehearsal = rehearse()
    rehearsal.walk(last="02")
    before = written(rehearsal)
    rehearsal.edit('clever_id = "clever_id"', 'clever_id = "clever_idd"')

    error = refused(rehearsal, "match", code=2)

    assert "clever_idd" in str(error)
    assert "clever_id" in str(error)
    assert written(rehearsal) == before


def test_a_migration_csv_with_a_repeated_column_is_refused(
    rehearse: Callable[..., Rehearsal], refused: Refused
) -> None:
    """Which of the two columns counts is not guessed."""
    rehearsal = rehearse()
    rehearsal.walk(last="02")
    before = written(rehearsal)
    (rehearsal.directory / "map.csv").write_text("role_id,user_id,user_id\n")
    rehearsal.edit('version = "v3.1"', 'version = "v3.1"\ncsv = ["map.csv"]')

    error = refused(rehearsal, "match", code=2)

    assert "user_id" in str(error)
    assert written(rehearsal) == before


def test_a_dead_server_is_exit_code_3(rehearse: Callable[..., Rehearsal], refused: Refused) -> None:
    """Nobody answers: the error says so and what to do."""
    rehearsal = rehearse()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    lines = [
        f'base_url = "http://127.0.0.1:{port}"' if line.startswith("base_url") else line
        for line in rehearsal.file.read_text().splitlines()
    ]
    rehearsal.file.write_text("\n".join(lines))

    refused(rehearsal, "fetch", code=3)

    assert written(rehearsal) == []


def test_a_revoked_token_is_exit_code_3(rehearse: Callable[..., Rehearsal], refused: Refused) -> None:
    """Clever answers 401: the error carries the status, never the token."""
    rehearsal = rehearse()
    rehearsal.environ["CLEVER_DISTRICT_TOKEN"] = "tok-canary-revoked"

    error = refused(rehearsal, "fetch", code=3)

    assert error["status"] == 401
    assert "canary" not in str(error)
    assert written(rehearsal) == []


def test_the_districts_token_can_be_found(rehearse: Callable[..., Rehearsal], refused: Refused) -> None:
    """With the application's client id and secret in its place the road goes on; a wrong secret is exit code 3."""
    rehearsal = rehearse()
    rehearsal.environ.update(rehearsal.application)
    rehearsal.environ["CLEVER_DISTRICT_TOKEN"] = "tok-canary-unused"
    found = 'client_id = "env:CLEVER_CLIENT_ID"\nclient_secret = "env:CLEVER_CLIENT_SECRET"'
    rehearsal.edit('token = "env:CLEVER_DISTRICT_TOKEN"', found)
    rehearsal.walk(last="02")
    rehearsal.environ["CLEVER_CLIENT_SECRET"] = "secret-canary"

    error = refused(rehearsal, "fetch", code=3)

    assert error["status"] == 401
    assert "canary" not in str(error)


def test_a_database_that_is_not_there_is_refused(rehearse: Callable[..., Rehearsal], refused: Refused) -> None:
    """A wrong path is not made into an empty database."""
    rehearsal = rehearse()
    rehearsal.walk(last="02")
    nowhere = rehearsal.directory / "nowhere.sqlite"
    rehearsal.environ["ACCOUNTS_DATABASE_URL"] = f"sqlite:///{nowhere}"

    main_code = 2 if not nowhere.exists() else 3
    refused(rehearsal, "match", code=main_code)

    assert not nowhere.exists()


def test_a_plan_for_another_database_is_refused(rehearse: Callable[..., Rehearsal], refused: Refused) -> None:
    """A plan made on a copy is not applied to the original."""
    rehearsal = rehearse()
    plan = str(rehearsal.walk()["04"].facts["plan"])
    other = rehearsal.directory / "other.sqlite"
    other.write_bytes(rehearsal.database.read_bytes())
    with sqlite3.connect(other) as connection:
        connection.execute("UPDATE database_identity SET id = 'another'")
    connection.close()
    rehearsal.environ["ACCOUNTS_DATABASE_URL"] = f"sqlite:///{other}"
    before = other.read_bytes()

    error = refused(rehearsal, "apply", "--plan", plan, "--execute", code=2)

    assert error["code"] == "wrong_database"
    assert other.read_bytes() == before


def test_a_file_that_is_no_run_directory_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`share` and `scan` need a run directory, and say so."""
    assert main(["share", str(tmp_path), "-o", str(tmp_path / "b.zip"), "--json"]) == 2
    assert not (tmp_path / "b.zip").exists()
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad_input"
