"""What is kept of people goes when it is old or asked for; a plan that can be taken back keeps what that needs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from playbook import road
from playbook.__main__ import main
from playbook.errors import AnswerIsNo, InputError
from playbook.sharing.forbidden import read_forbidden
from tests.road.conftest import Rehearsal
from tests.road.test_plans import later

STAYING = {"pages", "share", "summary", "keys", "district.json", "erased.json"}


def files(rehearsal: Rehearsal) -> set[str]:
    """Return every file of the run directory."""
    directory = rehearsal.directory / "run"
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def test_a_dry_run_erases_nothing(rehearse: Callable[..., Rehearsal]) -> None:
    """It counts; database and files are as they were."""
    rehearsal = rehearse()
    rehearsal.walk(last="07", execute=True)
    before, database = files(rehearsal), rehearsal.database.read_bytes()
    done = road.erase(rehearsal.open(), everything=True)
    assert (done.facts["runs"], done.facts["files"] > 10, done.summary.verdict) == (1, True, "review")
    assert (files(rehearsal), rehearsal.database.read_bytes()) == (before, database)


def test_everything_is_erased_and_undo_refused_by_name(rehearse: Callable[..., Rehearsal]) -> None:
    """No file that holds people is left, not even the key; undo and verify say that it was erased; what somebody else
    put there stays and is counted; erasing again finds nothing."""
    rehearsal = rehearse()
    plan = str(rehearsal.walk(last="07", execute=True)["04"].facts["plan"])
    stranger = rehearsal.directory / "run" / "mine.sqlite"
    stranger.write_text("mine")
    done = road.erase(rehearsal.open(), everything=True, execute=True)
    assert (done.facts["left"], done.facts["rekeyed"], stranger.read_text()) == (1, True, "mine")
    left = {name for name in files(rehearsal) if Path(name).parts[0] not in STAYING}
    assert {name for name in left if not name.startswith(("permissions/approved", "permissions/previewed"))} == {
        "mine.sqlite"
    }
    assert not any(name.startswith("keys/") for name in files(rehearsal))
    for refused in (
        lambda: road.undo(rehearsal.open(), plan_hash=plan[:12]),
        lambda: road.verify(rehearsal.open()),
    ):
        with pytest.raises(AnswerIsNo) as caught:
            refused()
        assert caught.value.code == "journal_erased"
    again = road.erase(rehearsal.open(), everything=True, execute=True)
    assert (again.facts["runs"], again.facts["files"]) == (0, 0)
    told = json.loads((rehearsal.directory / "run" / "erased.json").read_text())["erasures"]
    assert [(entry["runs"], entry["executed"]) for entry in told] == [(1, True), (0, True)]


def test_erasing_files_can_die_after_any_of_them(
    rehearse: Callable[..., Rehearsal], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command goes on where it died, as often as it dies: here after every third file."""
    rehearsal = rehearse()
    rehearsal.walk(last="07", execute=True)
    unlink, removed = Path.unlink, list[Path]()

    def unlink_some(path: Path, missing_ok: bool = False) -> None:
        if not path.name.startswith("."):  # those are the temporary neighbours of files that are written
            if len(removed) == 3:
                raise KeyboardInterrupt
            removed.append(path)
        unlink(path, missing_ok=missing_ok)

    most = len(files(rehearsal))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", unlink_some)
        for _ in range(most):
            with suppress(KeyboardInterrupt):
                removed.clear()
                road.erase(rehearsal.open(), everything=True, execute=True)
    assert road.erase(rehearsal.open(), everything=True, execute=True).facts["files"] == 0
    assert {Path(name).parts[0] for name in files(rehearsal)} <= STAYING | {"permissions"}


def test_by_age_only_what_is_old_goes(rehearse: Callable[..., Rehearsal]) -> None:
    """A month later the images of the plan go; before that its way back stays, with the plan's own file, even where
    every other file is old."""
    rehearsal = rehearse()
    plan = str(rehearsal.walk(last="07", execute=True)["04"].facts["plan"])
    run = rehearsal.open()
    for name in files(rehearsal):
        old = (run.now() - timedelta(days=40)).timestamp()
        os.utime(rehearsal.directory / "run" / name, (old, old))
    done = road.erase(run, execute=True)
    assert (done.facts["runs"], done.facts["still_undoable"]) == (0, 1)
    assert {"plan.json", f"plans/{plan}.json"} <= files(rehearsal)
    assert not any(name.endswith(".parquet") for name in files(rehearsal))
    assert road.undo(rehearsal.open(), plan_hash=plan).facts["failed"] == 0
    later(rehearsal, hours=24 * 31)
    done = road.erase(rehearsal.open(), execute=True)
    assert (done.facts["runs"], done.facts["still_undoable"]) == (1, 0)
    with pytest.raises(AnswerIsNo) as caught:
        road.undo(rehearsal.open(), plan_hash=plan)
    assert caught.value.code == "journal_erased"


def test_only_what_still_stands_is_counted_as_lost(rehearse: Callable[..., Rehearsal]) -> None:
    """An applied plan loses its way back; once it was undone neither it nor its undo has one to lose, in the number
    and in the sentence."""
    rehearsal = rehearse()
    plan = str(rehearsal.walk(last="07", execute=True)["04"].facts["plan"])
    standing = road.erase(rehearsal.open(), everything=True).summary
    assert road.undo(rehearsal.open(), plan_hash=plan, execute=True).facts["failed"] == 0

    undone = road.erase(rehearsal.open(), everything=True).summary

    lost = [next(n.value for n in told.numbers if n.label == "no longer undone") for told in (standing, undone)]
    assert (lost, standing.verdict, undone.verdict) == ([1, 0], "review", "go")
    assert "1 applied plan could" in standing.next_action
    assert "could" not in undone.next_action


def test_the_key_is_the_owners_and_is_changed_by_one_command(rehearse: Callable[..., Rehearsal]) -> None:
    """A key in the run directory, 0600, made by the first apply; after a change the plan can still be taken back."""
    rehearsal = rehearse()
    before = rehearsal.database.read_bytes()
    plan = str(rehearsal.walk(last="07", execute=True)["04"].facts["plan"])
    (key,) = (rehearsal.directory / "run" / "keys").iterdir()
    assert (key.stat().st_mode & 0o777, key.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    old = key.read_text()
    assert read_forbidden(rehearsal.open()).kinds[old.strip()] == "secret"
    assert road.rekey(rehearsal.open()).facts == {"executed": False, "runs": 1}
    assert key.read_text() == old
    assert road.rekey(rehearsal.open(), execute=True).facts == {"executed": True, "runs": 1}
    assert key.read_text() != old
    assert road.undo(rehearsal.open(), plan_hash=plan, execute=True).facts["failed"] == 0
    assert rehearsal.database.read_bytes() != before  # the journal stays


def test_a_key_that_is_referred_to_is_asked_for_and_never_kept(rehearse: Callable[..., Rehearsal]) -> None:
    """With [privacy] journal_key nothing is made in the run directory, and without its value nothing is written."""
    rehearsal = rehearse()
    rehearsal.edit("[privacy]", '[privacy]\njournal_key = "env:JOURNAL_KEY"')
    plan = str(rehearsal.walk(last="06")["04"].facts["plan"])
    before = rehearsal.database.read_bytes()
    with pytest.raises(InputError) as refused:
        road.apply(rehearsal.open(), plan_hash=plan, execute=True)
    assert (refused.value.code, rehearsal.database.read_bytes()) == ("reference_unresolved", before)
    rehearsal.environ["JOURNAL_KEY"] = "ab" * 32
    assert road.apply(rehearsal.open(), plan_hash=plan, execute=True).facts["failed"] == 0
    assert road.verify(rehearsal.open()).exit_code == 0
    assert not (rehearsal.directory / "run" / "keys").exists()
    assert read_forbidden(rehearsal.open()).kinds["ab" * 32] == "secret"
    held = b"".join(path.read_bytes() for path in (rehearsal.directory / "run").rglob("*") if path.is_file())
    assert b"ab" * 32 not in held + rehearsal.database.read_bytes()


def test_both_are_commands(
    rehearse: Callable[..., Rehearsal], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dry runs unless told to execute, one JSON document each; ages below zero are wrong use."""
    rehearsal = rehearse()
    rehearsal.walk(last="07", execute=True)
    for name, value in rehearsal.environ.items():
        monkeypatch.setenv(name, value)
    where = [str(rehearsal.directory / "district.toml"), "--out", str(rehearsal.directory / "run"), "--json"]
    assert main(["rekey", *where, "--execute"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == 1
    for days in ("-1", "0"):
        assert main(["erase", *where, "--older-than", days]) == 2
        assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"
    for words, runs in ((["--older-than", "5"], 0), (["--everything"], 1), (["--everything", "--execute"], 1)):
        assert main(["erase", *where, *words]) == 0
        assert json.loads(capsys.readouterr().out)["runs"] == runs
