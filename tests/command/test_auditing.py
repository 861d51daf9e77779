"""`playbook audit` as a gate: what it exits with, and what it says of a file that it could not judge."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playbook.__main__ import main

LEGACY = 'get("https://api.clever.com/v2.1/teachers")\n'
V3 = 'get("https://api.clever.com/v3.1/users?role=teacher")\n'
TOO_DEEP = "a = \\\n" * 3_000 + "clever_id\n"


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [
        (LEGACY, [], 0),
        (LEGACY, ["--check"], 1),
        (V3, ["--check"], 0),
        (TOO_DEEP, [], 0),
        (TOO_DEEP, ["--check"], 1),
    ],
)
def test_only_the_gate_says_no(tmp_path: Path, source: str, options: list[str], code: int) -> None:
    """Without --check an audit is a list; with it, what is legacy stops, and so does a file that may hide it."""
    (tmp_path / "a.py").write_text(source, encoding="utf-8")

    assert main(["audit", str(tmp_path), *options]) == code


def test_a_script_reads_which_files_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON document; the findings of the other files stand in it."""
    (tmp_path / "a.py").write_text(TOO_DEEP, encoding="utf-8")
    (tmp_path / "b.py").write_text(LEGACY, encoding="utf-8")

    assert main(["audit", str(tmp_path), "--json", "--check"]) == 1

    document = json.loads(capsys.readouterr().out)
    assert [Path(name).name for name in document["failed"]] == ["a.py"]
    assert [place["legacy"] for place in document["findings"]] == ["GET /v2.1/teachers"]


def test_a_gate_passes_what_its_baseline_knows(tmp_path: Path) -> None:
    """What was accepted once does not stop; what is new does."""
    tree, baseline = tmp_path / "tree", str(tmp_path / "baseline.json")
    tree.mkdir()
    (tree / "a.py").write_text(LEGACY, encoding="utf-8")

    assert main(["audit", str(tree), "--write-baseline", baseline]) == 0
    assert main(["audit", str(tree), "--check", "--baseline", baseline]) == 0
    (tree / "a.py").write_text(LEGACY + 'get("https://api.clever.com/v2.1/contacts")\n', encoding="utf-8")
    assert main(["audit", str(tree), "--check", "--baseline", baseline]) == 1


def test_a_file_that_always_fails_passes_only_with_a_reason_in_the_baseline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The baseline names it without a reason, which accepts nothing; a person's reason does, and is told each time."""
    tree, baseline = tmp_path / "tree", tmp_path / "baseline.json"
    tree.mkdir()
    (tree / "a.py").write_text(TOO_DEEP, encoding="utf-8")
    gate = ["audit", str(tree), "--check", "--baseline", str(baseline)]
    assert main(["audit", str(tree), "--write-baseline", str(baseline)]) == 0
    assert main(gate) == 1

    document = json.loads(baseline.read_text(encoding="utf-8"))
    document["unread"] = dict.fromkeys(document["unread"], "generated, checked by hand")
    baseline.write_text(json.dumps(document), encoding="utf-8")
    capsys.readouterr()

    assert main(gate) == 0
    told = capsys.readouterr().out
    assert "1 file could not be searched" in told
    assert "NOT SEARCHED" in told
    assert "generated, checked by hand" in told


def test_a_file_that_can_be_read_again_is_to_leave_the_baseline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An accepted file that no longer fails is told, and what it holds stops the gate."""
    tree, baseline = tmp_path / "tree", tmp_path / "baseline.json"
    tree.mkdir()
    (tree / "a.py").write_text(LEGACY, encoding="utf-8")
    named = (tree / "a.py").as_posix()
    baseline.write_text(json.dumps({"version": 1, "fingerprints": [], "unread": {named: "long ago"}}), encoding="utf-8")

    assert main(["audit", str(tree), "--check", "--baseline", str(baseline)]) == 1
    assert "take it out of the baseline" in capsys.readouterr().out


def test_a_patch_names_files_from_here_and_says_what_it_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No tool patches an absolute name; what is left alone is told with its reason."""
    monkeypatch.chdir(tmp_path)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.rb").write_text(LEGACY + 'get("https://api.clever.com/v2.1/#{role}s/1")\n', encoding="utf-8")

    assert main(["audit", str(tree), "--patch", "v3.patch", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert (tmp_path / "v3.patch").read_text(encoding="utf-8").startswith("--- tree/a.rb\n+++ tree/a.rb\n")
    assert document["patch"]["changed"] == 1
    assert [(left["line"], left["reason"]) for left in document["patch"]["left"]] == [
        (2, "its collection is a variable")
    ]


def test_a_file_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A directory, and a place that is not there, are told together; nothing is written to the others either."""
    (tmp_path / "app.py").write_text("")
    words = ["--csv", str(tmp_path / "none" / "a.csv"), "--sarif", str(tmp_path), "--patch", str(tmp_path / "a.patch")]

    assert main(["audit", str(tmp_path), *words]) == 2

    told = capsys.readouterr().err
    assert "a.csv: its directory is not there" in told
    assert f"{tmp_path.name}: it is a directory" in told
    assert not (tmp_path / "a.patch").exists()


def test_a_gate_that_searched_nothing_does_not_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that is there and holds nothing that can be read is a mistake in the gate, not code without v2."""
    assert main(["audit", str(tmp_path), "--check"]) == 1
    assert "No file of the named paths was searched." in capsys.readouterr().out
    assert main(["audit", str(tmp_path)]) == 0
