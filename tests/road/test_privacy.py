"""Nobody leaves the house: no person and no token in anything that may be shared, logged or shown."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from playbook.__main__ import main
from playbook.run import SHAREABLE
from playbook.sandbox.server import RunningSandbox
from tests.road.conftest import Rehearsal


def forbidden(sandbox: RunningSandbox, rehearsal: Rehearsal) -> list[bytes]:
    """Every person's full name, e-mail and ids of the sample district, and the token."""
    texts = [rehearsal.environ["CLEVER_DISTRICT_TOKEN"]]
    for person in sandbox.district.people():
        texts += [
            f"{person.first} {person.last}".strip() if person.first else person.last,
            person.email,
            person.user_id,
        ]
    return [text.encode() for text in texts if len(text) > 5 and (" " in text or "@" in text or len(text) >= 24)]


def contents(path: Path) -> bytes:
    """A file's bytes; of a zip, those of its entries."""
    if path.suffix != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("level", ["masked", "counts"])
def test_what_may_be_shared_holds_nobody(
    rehearse: Callable[..., Rehearsal],
    sandbox: RunningSandbox,
    level: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pages, summaries, bundle, logs and terminal output are searched for everybody in the district."""
    rehearsal = rehearse()
    for name, value in rehearsal.environ.items():
        monkeypatch.setenv(name, value)
    with caplog.at_level(logging.DEBUG):
        rehearsal.walk(last="08", execute=True)
        run = rehearsal.directory / "run"
        assert main(["share", str(run), "-o", str(run / "share" / "more.zip"), "--level", level]) == 0
        assert main(["match", str(rehearsal.file), "--out", str(run)]) == 0
    shown = capsys.readouterr()
    shared = [path for part in SHAREABLE for path in (run / part).rglob("*") if path.is_file()]
    places = {str(path): contents(path) for path in shared} | {
        "log": caplog.text.encode(),
        "terminal": (shown.out + shown.err).encode(),
    }

    texts = forbidden(sandbox, rehearsal)
    leaks = {place for place, content in places.items() for text in texts if text in content}

    assert len(texts) > 2000
    assert len(shared) > 15
    assert leaks == set()


def test_the_scanner_finds_what_was_planted(
    rehearse: Callable[..., Rehearsal], sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page with one person in it is not clean, and the answer does not repeat her name."""
    rehearsal = rehearse()
    rehearsal.walk(last="03")
    person = next(iter(sandbox.district.people()))
    page = rehearsal.directory / "page.html"
    page.write_text(f"<p>{person.email}</p>")

    assert main(["scan", str(page), "--against", str(rehearsal.directory / "run")]) == 1
    assert person.email not in capsys.readouterr().out
    page.write_text("<p>nobody</p>")
    assert main(["scan", str(page), "--against", str(rehearsal.directory / "run")]) == 0


def test_a_token_is_in_no_file_of_the_run(rehearse: Callable[..., Rehearsal]) -> None:
    """Private or not, no file of a run directory holds the token."""
    rehearsal = rehearse()
    rehearsal.walk(last="08", execute=True)

    token = rehearsal.environ["CLEVER_DISTRICT_TOKEN"].encode()
    assert [path for path in rehearsal.directory.rglob("*") if path.is_file() and token in path.read_bytes()] == []


def test_every_file_of_a_run_is_for_its_owner_only(rehearse: Callable[..., Rehearsal]) -> None:
    """Directories are 0700 and files 0600."""
    rehearsal = rehearse()
    rehearsal.walk(last="08", execute=True)

    wrong = {
        str(path)
        for path in (rehearsal.directory / "run").rglob("*")
        if path.stat().st_mode & 0o777 not in ((0o700,) if path.is_dir() else (0o600,))
    }
    assert wrong == set()


def test_a_file_that_cannot_be_parsed_does_not_tell_where_it_lies(rehearse: Callable[..., Rehearsal]) -> None:
    """A fault of the audit names its file from the district file's directory; the bundle can still be made."""
    rehearsal = rehearse()
    broken = rehearsal.directory / "app" / "broken.py"
    broken.write_text('def broken(:\n  ((\nget("https://api.clever.com/v2.1/teachers")\n')

    done = rehearsal.walk(last="08")

    assert any("app/broken.py" in note for note in done["01"].summary.notes)
    assert str(rehearsal.directory) not in str(done["01"].summary)
    assert done["08"].facts["searched"] > 0
