"""The road by its notebooks, in case folders: what each step says, and how each failure is told."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from playbook.clever.tables import USERS
from playbook.desk.demo import Demo, open_demo
from playbook.desk.runner import Outcome, run_notebooks
from playbook.errors import PlaybookError
from playbook.run import Run
from playbook.settings import read_settings
from playbook.sharing.bundle import make_bundle
from playbook.sharing.forbidden import read_forbidden
from playbook.sharing.scanner import scan

CASES = Path(__file__).parents[1] / "cases"
ROADS = sorted(path.parent for path in CASES.glob("*/case.toml") if not (path.parent / "expect_failure").exists())
FAILURES = sorted(path.parent for path in CASES.glob("*/expect_failure"))
SENTINEL = "sentinel-token-7f3a09c2d4"
LOG = "walk.log"
VOLATILE = ("seconds", "fingerprint")


def read_case(directory: Path) -> dict[str, Any]:
    """What a case changes."""
    return tomllib.loads((directory / "case.toml").read_text(encoding="utf-8"))


@contextmanager
def opened(demo: Demo, case: Mapping[str, Any]) -> Iterator[Run]:
    """The demo district as a case changes it, with the sandbox running unless the case is of a dead one."""
    demo.build()
    path = demo.now / "district.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in case.get("replace", {}).items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    if not case.get("server", True):
        yield with_environment(demo.open(), {"CLEVER_DISTRICT_TOKEN": SENTINEL})
        return
    with demo.serving() as run:
        yield with_environment(run, case.get("environment", {}))


def with_environment(run: Run, changes: Mapping[str, str]) -> Run:
    """The run under a changed environment."""
    return replace(run, settings=replace(run.settings, environ={**run.settings.environ, **changes}))


def walk(run: Run, case: Mapping[str, Any]) -> Outcome:
    """Walk a case's stretch of road."""
    return run_notebooks(
        run, first=case.get("first", ""), last=case.get("last", ""), parameters=case.get("parameters", {})
    )


def told(run: Run) -> dict[str, dict[str, Any]]:
    """What each step's summary holds, without what differs between two runs."""
    documents = {path.stem: json.loads(path.read_text()) for path in sorted((run.directory / "summary").glob("*.json"))}
    return {step: {k: v for k, v in said.items() if k not in VOLATILE} for step, said in documents.items()}


def digest(path: Path) -> str:
    """A file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module", params=ROADS, ids=lambda path: path.name)
def walked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Run, str]]:
    """A case whose road was walked: its folder, its run, and the accounts database's digest before."""
    case = read_case(request.param)
    demo = demo_in(tmp_path_factory.mktemp(request.param.name))
    with opened(demo, case) as run:
        before = digest(demo.now / "accounts.sqlite")
        with logging_to(demo.root / LOG):
            assert walk(run, case).exit_code == 0
        yield request.param, run, before


@contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Everything that any library logs, in a file."""
    root, handler = logging.getLogger(), logging.FileHandler(path, encoding="utf-8")
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield
    root.setLevel(level)
    root.removeHandler(handler)
    handler.close()


def demo_in(directory: Path) -> Demo:
    """The demo district in a directory, in an environment that holds only what a kernel needs to start."""
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return open_demo(read_settings({**environ, "PLAYBOOK_OUTPUTS": str(directory)}))


def test_each_step_says_what_the_case_expects(walked: tuple[Path, Run, str]) -> None:
    """Verdicts, sentences, numbers and tables of every step are those of the golden files."""
    case, run, _ = walked
    expected = case / "expect"
    if os.environ.get("UPDATE_CASES"):
        expected.mkdir(exist_ok=True)
        for step, said in told(run).items():
            (expected / f"{step}.json").write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n")

    assert told(run) == {path.stem: json.loads(path.read_text()) for path in sorted(expected.glob("*.json"))}


def test_notebooks_change_no_account(walked: tuple[Path, Run, str]) -> None:
    """Without `execute` the accounts database has the same bytes after the road as before."""
    _, run, before = walked

    assert digest(run.district.directory / "accounts.sqlite") == before


def test_walking_on_equals_walking_at_once(walked: tuple[Path, Run, str]) -> None:
    """Begun again in the middle, the road says the same; what was before is kept."""
    case, run, _ = walked
    said = told(run)

    outcome = run_notebooks(run, first="05", last="06", parameters=read_case(case).get("parameters", {}))

    assert outcome.steps["04_merge_accounts"] == "kept"
    assert outcome.steps["07_apply_and_verify"] == "not run"
    assert told(run) == said


def test_nothing_shareable_names_anybody(walked: tuple[Path, Run, str]) -> None:
    """Pages, summaries and bundles name nobody and nothing; notebooks and logs name no more than their own paths."""
    _, run, _ = walked
    forbidden = read_forbidden(run)
    bundles = [make_bundle(run, run.path("share", f"{level}.zip"), level).path for level in ("masked", "counts")]
    shareable = [path for part in ("pages", "summary") for path in (run.directory / part).iterdir()]

    assert len(forbidden) > 3 * len(run.read_table(USERS, "snapshot", "users.parquet", step="02"))
    for path in [*shareable, *bundles]:
        assert scan(path, forbidden).hits == ()
    token = run.secret(run.district.clever.token).reveal()
    log = run.district.directory.parent / LOG
    assert log.stat().st_size > 0
    assert token.encode() not in log.read_bytes()
    for path in [log, *(run.directory / "notebooks").iterdir()]:
        assert {hit.kind for hit in scan(path, forbidden).hits} <= {"place"}
    assert not [path for path in files(run.directory) if token.encode() in path.read_bytes()]


def files(directory: Path) -> list[Path]:
    """Every file below a directory."""
    return [path for path in directory.rglob("*") if path.is_file()]


def test_every_file_is_its_owners_alone(walked: tuple[Path, Run, str]) -> None:
    """Whatever a run writes is readable by its owner and nobody else."""
    _, run, _ = walked

    assert [path.name for path in files(run.directory) if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("directory", FAILURES, ids=lambda path: path.name)
def test_a_failure_is_told_as_the_case_expects(directory: Path, tmp_path: Path) -> None:
    """Exit code, code and remedy are the case's; the accounts are untouched; no token stands anywhere."""
    case = read_case(directory)
    first, *sentences = (directory / "expect_failure").read_text(encoding="utf-8").splitlines()
    demo = demo_in(tmp_path)
    with opened(demo, case) as run:
        before = digest(demo.now / "accounts.sqlite")
        with pytest.raises(PlaybookError) as failure:
            walk(run, case)
        error = failure.value

        assert f"{error.exit_code} {error.code}" == first
        assert [sentence for sentence in sentences if sentence not in f"{error}\n{error.remedy}"] == []
        assert digest(demo.now / "accounts.sqlite") == before
        assert SENTINEL not in f"{error!r}{error}{error.remedy}"
        assert error.__cause__ is None
        secret = run.settings.environ.get("CLEVER_DISTRICT_TOKEN") or SENTINEL
        assert not [path for path in files(tmp_path) if secret.encode() in path.read_bytes()]
