"""What leaves the audit: CSV, SARIF, Markdown, baselines, waivers, the gate and the map of the work."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

from playbook.audit.audit import run_audit
from playbook.audit.baseline import read_baseline, without_baseline, write_baseline
from playbook.audit.findings import FINDINGS
from playbook.audit.output.csv import write_csv
from playbook.audit.output.markdown import make_markdown
from playbook.audit.output.sarif import make_sarif, write_sarif
from playbook.audit.report import first_files, map_by_area, map_by_step
from playbook.errors import InputError
from tests.audit.accuracy import FIXTURES

SCHEMA = Path(__file__).parent / "schemas" / "sarif-2.1.0.json"


@pytest.fixture(scope="module")
def findings() -> pd.DataFrame:
    """What one application of the fixtures gives."""
    return run_audit([FIXTURES / "apps" / "half_moved"]).findings


def test_findings_keep_their_contract(findings: pd.DataFrame) -> None:
    """Every column stands, and every code is one of those allowed."""
    assert FINDINGS.check(findings) is findings
    assert set(findings["state"]) == {"legacy", "mixed", "already_v3"}


def test_sarif_is_valid_and_holds_only_what_must_change(findings: pd.DataFrame, tmp_path: Path) -> None:
    """The document passes the schema of SARIF 2.1.0."""
    write_sarif(findings, tmp_path / "out.sarif")
    document = json.loads((tmp_path / "out.sarif").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    assert len(document["runs"][0]["results"]) == int((findings["state"] != "already_v3").sum())


def test_sarif_names_files_as_viewers_open_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that was named from the root has its scheme; any other is relative to where the viewer is."""
    (tmp_path / "a b.py").write_text('get("https://api.clever.com/v2.1/teachers")\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    uris = [
        make_sarif(run_audit([path]).findings)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        for path in (tmp_path, Path("."))
    ]
    assert [place["artifactLocation"]["uri"] for place in uris] == [f"file://{tmp_path}/a%20b.py", "a%20b.py"]


def test_sarif_of_nothing_is_valid() -> None:
    """A clean tree gives a document too."""
    document = make_sarif(FINDINGS.empty())
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)


def test_csv_runs_no_formula(tmp_path: Path) -> None:
    """A cell that begins like a formula is quoted."""
    (tmp_path / "a.py").write_text('=1; get("https://api.clever.com/v2.1/me")\n', encoding="utf-8")
    write_csv(run_audit([tmp_path / "a.py"]).findings, tmp_path / "out.csv")
    assert "'=1; get" in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_markdown_names_steps_areas_and_files(findings: pd.DataFrame) -> None:
    """A ticket can be filed with it."""
    text = make_markdown(findings)
    assert "| 3. Update your User Endpoints |" in text
    assert "clever_client.py" in text


def test_the_map_counts_every_open_place_once(findings: pd.DataFrame) -> None:
    """By step, by area and by file, the sums are the same; comments cost nothing."""
    open_places = findings[(findings["state"] != "already_v3") & (findings["context"] != "comment")]
    for table in (map_by_step(findings), map_by_area(findings), first_files(findings)):
        assert int(table["places"].sum()) == len(open_places)
    assert map_by_step(findings)["step"].tolist() == sorted(map_by_step(findings)["step"])


def test_a_baseline_hides_what_it_knows_even_when_lines_move(tmp_path: Path) -> None:
    """Only what is new stops the gate."""
    source = tmp_path / "tree" / "a.py"
    source.parent.mkdir()
    source.write_text('get("https://api.clever.com/v2.1/teachers")\n', encoding="utf-8")
    write_baseline(run_audit([source.parent]).findings, tmp_path / "base.json")
    known = read_baseline(tmp_path / "base.json")
    text = "\n\n" + source.read_text(encoding="utf-8") + 'get("https://api.clever.com/v2.1/contacts")\n'
    source.write_text(text, encoding="utf-8")
    fresh = without_baseline(run_audit([source.parent]).findings, known)
    assert fresh["legacy"].tolist() == ["GET /v2.1/contacts"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "it cannot be opened: No such file or directory"),
        ("{", "it is no JSON"),
        ("\udcff", "it is no JSON"),
        ("[]", 'it is no object with "version": 1'),
        ('{"version": 2, "fingerprints": []}', 'it is no object with "version": 1'),
        ('{"version": 1}', 'its "fingerprints" are no list of texts'),
        ('{"version": 1, "fingerprints": "abc"}', 'its "fingerprints" are no list of texts'),
        (
            '{"version": 1, "fingerprints": [], "unread": ["a"]}',
            'its "unread" is no object of paths with a reason each',
        ),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, content: str | None, told: str) -> None:
    """It says which file, what is wrong with it in words, and what to do."""
    if content is not None:
        (tmp_path / "base.json").write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InputError, match="baseline") as raised:
        read_baseline(tmp_path / "base.json")
    assert [(fault.where, fault.what) for fault in raised.value.faults] == [("base.json", told)]


@pytest.mark.parametrize(
    ("source", "open_places", "waived"),
    [
        ('get("https://api.clever.com/v2.1/me")  # playbook: ignore[endpoint] kept until March\n', 0, 1),
        ('# playbook: ignore[endpoint] kept until March\nget("https://api.clever.com/v2.1/me")\n', 0, 1),
        ('get("https://api.clever.com/v2.1/me")  # playbook: ignore[endpoint]\n', 1, 0),
        ('get("https://api.clever.com/v2.1/me")  # playbook: ignore[id_usage] other\n', 1, 0),
    ],
)
def test_a_waiver_needs_the_rule_and_a_reason(tmp_path: Path, source: str, open_places: int, waived: int) -> None:
    """Whoever waives a place says why, in the source."""
    (tmp_path / "a.py").write_text(source, encoding="utf-8")
    audited = run_audit([tmp_path])
    assert (len(audited.findings), len(audited.waived)) == (open_places, waived)


@pytest.mark.parametrize(
    ("waiver", "told"),
    [
        ("ignore[endpoint] kept until March", []),
        ("ignore[literal] a form of the rule", []),
        ("ignore[endpoint]", ["a waiver gives no reason and waives nothing"]),
        ("ignore[endpoints] kept", ["a waiver names no rule, nor a form of one that its file holds"]),
        ("ignore[end-point] kept", ["a waiver names no rule, nor a form of one that its file holds"]),
    ],
)
def test_a_waiver_that_cannot_count_is_told(tmp_path: Path, waiver: str, told: list[str]) -> None:
    """With its file and line, and what to write."""
    source = f'# Clever\nget("https://api.clever.com/v2.1/me")  # playbook: {waiver}\n'
    (tmp_path / "a.py").write_text(source, encoding="utf-8")
    idle = run_audit([tmp_path]).idle_waivers
    assert [fault.what for fault in idle] == told
    assert all(fault.where.endswith("a.py:2") and fault.remedy for fault in idle)
