"""What is known about a database's traps reaches the engineer: first at step 00, then as a plan that says no."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from playbook.__main__ import main
from playbook.accounts.source import DatabaseSource, open_source
from playbook.applying.survey import survey_database
from playbook.district_file import read_district_file
from playbook.merging.checks import make_checks
from playbook.sandbox.accounts import build_accounts, write_district_file
from tests.road.conftest import Rehearsal

Shown = tuple[int, str]
DECLARED = """[[accounts.reference]]                  # what no foreign key tells
table = "grades"
column = "graded_by"
"""
WAYS = [("consolidate", "alias"), ("consolidate", "move"), ("role_accounts", "alias")]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Shown]:
    """Run a command of a rehearsal; return its exit code and what it prints."""

    def run(rehearsal: Rehearsal, command: str, *options: str) -> Shown:
        for name, value in rehearsal.environ.items():
            monkeypatch.setenv(name, value)
        code = main([command, str(rehearsal.file), "--out", str(rehearsal.directory / "run"), *options])
        return code, capsys.readouterr().out

    return run


def undeclared(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The checks of a plan about columns that nobody declared."""
    return [check for check in document["checks"] if check["name"] == "undeclared_references"]


def execute(rehearsal: Rehearsal, statement: str) -> None:
    """Change the accounts database as its owner would."""
    with sqlite3.connect(rehearsal.database) as connection:
        connection.execute(statement)
    connection.close()


def test_an_undeclared_column_makes_the_plan_say_no(
    rehearse: Callable[..., Rehearsal], told: Callable[..., Shown]
) -> None:
    """The column is named on the screen and in the document, with what to do; naming or waiving it is the way on."""
    rehearsal = rehearse()
    rehearsal.walk(last="03")
    rehearsal.edit(DECLARED, "")

    code, shown = told(rehearsal, "plan")

    assert code == 1
    assert "grades.graded_by" in shown
    assert "Declare each as [[accounts.reference]]" in shown
    code, document = told(rehearsal, "plan", "--json")
    assert code == 1
    (check,) = undeclared(json.loads(document))
    assert check["blocking"]
    assert not check["acknowledged"]
    assert check["things"] == ["grades.graded_by"]

    rehearsal.edit('clever_id = "clever_id"', 'clever_id = "clever_id"\nwaive = ["grades.graded_by"]')
    code, document = told(rehearsal, "plan", "--json")
    assert code == 0
    assert undeclared(json.loads(document)) == []

    rehearsal.edit('waive = ["grades.graded_by"]\n', "")
    rehearsal.edit("[merge]", f"{DECLARED}\n[merge]")
    code, document = told(rehearsal, "plan", "--json")
    assert code == 0
    assert undeclared(json.loads(document)) == []


def test_the_start_shows_what_would_stop_the_plan(rehearse: Callable[..., Rehearsal]) -> None:
    """Before anything is fetched the engineer reads which checks are coming, with names and remedies."""
    rehearsal = rehearse()
    rehearsal.edit(DECLARED, "")
    execute(rehearsal, "CREATE TRIGGER touch AFTER UPDATE ON users BEGIN SELECT 1; END")

    summary = rehearsal.walk(last="00")["00"].summary

    pending = {c.name: c for c in summary.checks if c.blocking and not c.acknowledged}
    assert summary.verdict == "review"
    assert pending.keys() == {"undeclared_references", "triggers"}
    assert "grades.graded_by" in pending["undeclared_references"].message
    assert "users.touch" in pending["triggers"].message
    assert all(check.remedy for check in pending.values())
    assert ("grades", "graded_by", "undeclared") in summary.tables[1].rows


def test_what_is_acknowledged_no_longer_stops_the_start(rehearse: Callable[..., Rehearsal]) -> None:
    """A trigger that a person has read is shown as such."""
    rehearsal = rehearse()
    execute(rehearsal, "CREATE TRIGGER touch AFTER UPDATE ON users BEGIN SELECT 1; END")
    rehearsal.edit("[merge]\n", '[merge]\nacknowledge = ["triggers"]\n')

    summary = rehearsal.walk(last="00")["00"].summary

    assert summary.verdict == "go"
    assert [check.name for check in summary.checks if check.acknowledged] == ["triggers"]


def test_what_verify_excuses_stands_on_its_page(rehearse: Callable[..., Rehearsal]) -> None:
    """A column that a trigger wrote beside the plan is no fault, and is counted where a person looks."""
    rehearsal = rehearse()
    execute(rehearsal, "ALTER TABLE users ADD COLUMN touched INTEGER NOT NULL DEFAULT 0")
    touch = "UPDATE users SET touched = touched + 1 WHERE id = new.id"
    execute(rehearsal, f"CREATE TRIGGER touch AFTER UPDATE OF clever_v3_id ON users BEGIN {touch}; END")
    rehearsal.edit("[merge]\n", '[merge]\nacknowledge = ["triggers"]\n')

    done = rehearsal.walk(last="07", execute=True)

    excused = ("users.touched", done["04"].facts["operations"]["link"])
    assert done["07"].facts["ok"] is True
    assert done["07"].facts["written_by_triggers"] == dict([excused])
    assert [(table.caption[:31], table.rows) for table in done["07"].summary.tables] == [
        ("Written by acknowledged trigger", (excused,))
    ]


@pytest.mark.parametrize("layout", ["users", "credentials"])
def test_the_sample_database_stops_no_way_of_merging(rehearse: Callable[..., Rehearsal], layout: str) -> None:
    """Its foreign keys and its one declared column are in order: nothing waits, at the start or in the plan."""
    rehearsal = rehearse(layout=layout)
    rehearsal.walk(last="03")
    now = ("consolidate", "alias")
    for way in WAYS:
        rehearsal.edit('people = "{}"\nfold = "{}"'.format(*now), 'people = "{}"\nfold = "{}"'.format(*way))
        now = way
        start = rehearsal.walk(last="00")["00"].summary
        plan = rehearsal.walk(first="04", last="04")["04"].summary

        waiting = [check.name for s in (start, plan) for check in s.checks if check.blocking]
        assert waiting == [], way


@pytest.mark.parametrize("layout", ["users", "credentials"])
def test_the_sample_database_is_sound_on_every_engine(database_url: str, tmp_path: Path, layout: str) -> None:
    """Whatever the engine, no look at it finds more than what is good to know."""
    build_accounts(database_url, layout=layout)
    file = write_district_file(tmp_path / "district.toml", base_url="https://clever.example", layout=layout)
    district = read_district_file(file)
    source = open_source(district.accounts, database_url, base=tmp_path)
    assert isinstance(source, DatabaseSource)

    for people, fold in WAYS:
        found = survey_database(source, replace(district.merge, people=people, fold=fold)).found
        assert [check.name for check in make_checks(found, []) if check.blocking] == [], (people, fold)
