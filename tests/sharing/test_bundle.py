"""The share bundle."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from playbook.clever.tables import USERS
from playbook.errors import AnswerIsNo, InputError
from playbook.matching.table import MATCHES
from playbook.run import Run
from playbook.sharing.bundle import make_bundle
from playbook.sharing.coded_accounts import resolve_code
from playbook.sharing.forbidden import read_forbidden
from playbook.sharing.summary import Summary
from tests.sharing.conftest import make_summary

TOKEN = "sentinel-token-7f3a09c2"


@pytest.fixture
def walked(run: Run, summaries: tuple[Summary, ...]) -> Run:
    """A run with people in it: a snapshot, matches, and the summaries of two steps."""
    for summary in summaries:
        run.write_json(summary.to_document(), "summary", f"{summary.step[:2]}.json")
    user = {
        "user_id": "6385008f69df036e83e98aaa",
        "district_id": run.district_id,
        "email": "marisol.ybarra@district.example",
        "first": "Marisol",
        "middle": "",
        "last": "Ybarra-Quandt",
        "created": "",
        "last_modified": "",
    }
    run.write_table(USERS.make([user]), USERS, "snapshot", "users.parquet")
    rows = [
        _match("1017", "matched", "6385008f69df036e83e98aaa"),
        _match("1018", "tie", ""),
        _match("1019", "unmatched", ""),
    ]
    run.write_table(MATCHES.make(rows), MATCHES, "matches.parquet")
    environ = {**run.settings.environ, "CLEVER_DISTRICT_TOKEN": TOKEN}
    return replace(run, settings=replace(run.settings, environ=environ))


def _match(account: str, state: str, user: str) -> dict[str, object]:
    evidence = "legacy_id=5f1e9c2ab3d4e5f6a7b8c9d0"
    reason = "=cmd|' /C calc'!A0" if state == "tie" else "legacy_id"
    return {
        "account_id": account,
        "state": state,
        "user_id": user,
        "role": "teacher",
        "rule": "legacy_id",
        "evidence": evidence,
        "reason": reason,
    }


@pytest.mark.parametrize(
    "leak",
    [
        "Marisol Ybarra-Quandt",
        "Ybarra-Quandt, Marisol",
        "MARISOL  YBARRA-QUANDT",
        "marisol.ybarra@district.example",
        "6385008f69df036e83e98aaa",
        TOKEN,
    ],
)
@pytest.mark.parametrize("level", ["masked"])
def test_a_leak_in_a_summary_stops_the_bundle(walked: Run, leak: str, level: str, tmp_path: Path) -> None:
    """Where a step wrote a person or a secret by mistake, no file is written and the message repeats nothing of it."""
    leaky = replace(make_summary("05_preview_permissions", "go"), notes=(f"see {leak}.",))
    walked.write_json(leaky.to_document(), "summary", "05.json")

    with pytest.raises(AnswerIsNo) as refusal:
        make_bundle(walked, tmp_path / "bundle.zip", level)

    assert refusal.value.code == "not_clean"
    assert leak not in str(refusal.value)
    assert not list(tmp_path.glob("*bundle.zip*"))


def test_free_text_never_reaches_the_counts(walked: Run, tmp_path: Path) -> None:
    """At level counts even a name in a sentence does not leave, because sentences do not."""
    leaky = replace(make_summary("05_preview_permissions", "go"), notes=("see Marisol Ybarra-Quandt.",))
    walked.write_json(leaky.to_document(), "summary", "05.json")

    bundle = make_bundle(walked, tmp_path / "bundle.zip", "counts")

    assert "accounts.csv" not in bundle.files


def test_an_unknown_level_is_refused(walked: Run, tmp_path: Path) -> None:
    """There is no level full: what holds people is not a bundle."""
    with pytest.raises(InputError, match="full is not a level"):
        make_bundle(walked, tmp_path / "bundle.zip", "full")


def test_what_is_no_file_is_not_replaced(walked: Run, tmp_path: Path) -> None:
    """A device, a pipe or a directory stays what it is; whoever may replace it would miss it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for out in (pipe, tmp_path):
        with pytest.raises(InputError) as refused:
            make_bundle(walked, out)
        assert refused.value.code == "output"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_holds_pages_summaries_and_a_manifest(walked: Run, tmp_path: Path) -> None:
    """A receiver can check every file against the manifest, offline."""
    bundle = make_bundle(walked, tmp_path / "bundle.zip")

    with zipfile.ZipFile(bundle.path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert sorted(archive.namelist()) == list(bundle.files)
        assert "pages/index.html" in bundle.files
        for name, digest in manifest["files"].items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert manifest["scan"] == {"clean": True, "searched": bundle.searched}
    assert stat.S_IMODE(bundle.path.stat().st_mode) == 0o600


def test_codes_are_drawn_anew_for_every_bundle(walked: Run, tmp_path: Path) -> None:
    """Only accounts that need a person are told, under codes that no two bundles share and this run resolves."""
    first, second = (_codes(make_bundle(walked, tmp_path / name).path) for name in ("one.zip", "two.zip"))

    assert len(first) == len(second) == 2
    assert not first & second
    assert {resolve_code(walked, code) for code in first} == {"1018", "1019"}
    assert resolve_code(walked, "no such code") == ""


def test_a_code_table_runs_no_formula(walked: Run, tmp_path: Path) -> None:
    """Cells that a spreadsheet would run are marked as text."""
    rows = _rows(make_bundle(walked, tmp_path / "bundle.zip").path)

    assert "'=cmd|' /C calc'!A0" in {row["reason"] for row in rows}


def test_names_do_not_change_the_bundle(walked: Run, tmp_path: Path) -> None:
    """With every name of the source changed, the bundle is the same, its random codes apart."""
    before = make_bundle(walked, tmp_path / "one.zip", "counts")
    users = walked.read_table(USERS, "snapshot", "users.parquet", step="02")
    renamed = USERS.make(users.assign(first="Bertrand", last="Okonkwo", email="b.okonkwo@district.example"))
    walked.write_table(renamed, USERS, "snapshot", "users.parquet")

    assert make_bundle(walked, tmp_path / "two.zip", "counts").sha256 == before.sha256


def _rows(path: Path) -> list[dict[str, str]]:
    with zipfile.ZipFile(path) as archive:
        return list(csv.DictReader(io.StringIO(archive.read("accounts.csv").decode())))


def _codes(path: Path) -> set[str]:
    return {row["code"] for row in _rows(path)}


def test_nothing_is_proven_against_nobody(walked: Run, tmp_path: Path) -> None:
    """Where the people were erased, no bundle is made of what is left and no list is searched."""
    for table in walked.directory.rglob("*.parquet"):
        table.unlink()

    with pytest.raises(InputError) as caught:
        make_bundle(walked, tmp_path / "bundle.zip")

    assert caught.value.code == "nobody_known"
    assert not (tmp_path / "bundle.zip").exists()
    with pytest.raises(InputError):
        read_forbidden(walked).refuse_empty()
