"""What is not the plan that was approved, for this database and this day, is refused with its own code."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from playbook.applying.gate import Approval
from playbook.applying.pace import Pace, Progress
from playbook.applying.session import writing
from playbook.errors import AnswerIsNo, InputError, PlaybookError
from playbook.merging.plan import read_plan, seal_plan
from tests.applying.vendor import DISTRICT, NOW, build_vendor, dump
from tests.databases import NewDatabase

_TRIGGER = {
    "sqlite": "CREATE TRIGGER touch AFTER UPDATE ON notes BEGIN SELECT 1; END",
    "mysql": "CREATE TRIGGER touch BEFORE UPDATE ON notes FOR EACH ROW SET NEW.body = 'x'",
    "postgresql": "CREATE FUNCTION keep() RETURNS trigger AS 'BEGIN RETURN NEW; END' LANGUAGE plpgsql;;"
    "CREATE TRIGGER touch BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION keep()",
}
_CHECK = {
    "sqlite": "ALTER TABLE notes ADD COLUMN mood INTEGER CHECK (mood > 0)",
    "mysql": "ALTER TABLE notes ADD CONSTRAINT positive CHECK (id > 0)",
    "postgresql": "ALTER TABLE notes ADD CONSTRAINT positive CHECK (id > 0)",
}
_TYPE = {
    "sqlite": "ALTER TABLE grades DROP COLUMN points;;ALTER TABLE grades ADD COLUMN points VARCHAR(9)",
    "mysql": "ALTER TABLE grades MODIFY points VARCHAR(9) NOT NULL",
    "postgresql": "ALTER TABLE grades ALTER COLUMN points TYPE VARCHAR(9)",
}
_REQUIRED = {
    "sqlite": "ALTER TABLE notes ADD COLUMN pinned INTEGER DEFAULT 0 NOT NULL",
    "mysql": "ALTER TABLE notes MODIFY body VARCHAR(200) NOT NULL",
    "postgresql": "ALTER TABLE notes ALTER COLUMN body SET NOT NULL",
}
CHANGES: dict[str, str | dict[str, str]] = {
    "column": "ALTER TABLE notes ADD COLUMN pinned INTEGER",
    "table": "CREATE TABLE badges (id INTEGER PRIMARY KEY, user_id INTEGER)",
    "unique index": "CREATE UNIQUE INDEX notes_once ON notes (author_id, body)",
    "index": "CREATE INDEX notes_body ON notes (body)",
    "view": "CREATE VIEW late AS SELECT id FROM notes",
    "foreign key": "CREATE TABLE pins (id INTEGER PRIMARY KEY, n INTEGER, FOREIGN KEY (n) REFERENCES notes (id))",
    "trigger": _TRIGGER,
    "check": _CHECK,
    "type": _TYPE,
    "not null": _REQUIRED,
    "column gone": "ALTER TABLE notes DROP COLUMN body",
    "table gone": "DROP TABLE grades",
    "column renamed": "ALTER TABLE notes RENAME COLUMN body TO words",
}
"""What may happen to a schema between a plan and its apply; a part of it by engine."""


def code_of(refused: pytest.ExceptionInfo[PlaybookError]) -> str:
    """Return what scripts see of a refusal."""
    return refused.value.code


def test_each_refusal_has_its_own_code_and_writes_nothing(database_url: str) -> None:
    """Altered, another district's, expired, too early, stale and unapproved plans are told apart."""
    vendor = build_vendor(database_url)
    plan = vendor.plan()
    before = dump(database_url, also_ours=True)
    refusals = {
        "altered": {"plan_hash": "0" * 64},
        "wrong_district": {"district_id": "7" * 24},
        "expired": {"now": NOW + timedelta(days=8)},
        "unapproved": {"gains": "g"},
    }
    for code, options in refusals.items():
        with pytest.raises(PlaybookError) as refused:
            vendor.apply(plan, **options)
        assert code_of(refused) == code
    early = seal_plan(replace(plan.header, retire_on="2026-07-02"), plan.rows)
    with pytest.raises(AnswerIsNo) as refused:
        vendor.apply(early)
    assert code_of(refused) == "too_early"
    assert dump(database_url, also_ours=True) == before


def test_an_edited_plan_is_not_the_one_that_was_named(sqlite_url: str) -> None:
    """Pointing one link to another account changes the hash."""
    vendor = build_vendor(sqlite_url)
    plan = vendor.plan()
    forged = read_plan(plan.text.replace(b'"account_id":"40"', b'"account_id":"50"', 1))
    with pytest.raises(InputError) as refused:
        vendor.apply(forged, plan_hash=plan.sha256)
    assert code_of(refused) == "altered"


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "mariadb"])
def test_a_plan_fits_one_database_only(new_database: NewDatabase, engine: str) -> None:
    """A copy of the database beside it is another database."""
    vendor, other = build_vendor(new_database(engine)), build_vendor(new_database(engine))
    with pytest.raises(InputError) as refused:
        other.apply(vendor.plan())
    assert code_of(refused) == "wrong_database"


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_changed_schema_makes_a_plan_stale(database_url: str, change: str) -> None:
    """Whatever is added to the schema, taken away or altered is not what was planned on; nothing is written."""
    vendor = build_vendor(database_url)
    plan = vendor.plan()
    statements = CHANGES[change]
    if not isinstance(statements, str):
        statements = statements[vendor.source.engine.dialect.name]
    with vendor.source.engine.begin() as connection:
        for statement in statements.split(";;"):
            connection.execute(text(statement))
    before = dump(database_url, also_ours=True)
    with pytest.raises(PlaybookError) as refused:
        vendor.apply(plan)
    assert code_of(refused) in ("stale", "accounts_schema")
    assert dump(database_url, also_ours=True) == before


def test_only_one_operator_holds_a_district(database_url: str) -> None:
    """While one session writes, another is refused, and nothing waits."""
    vendor = build_vendor(database_url)
    plan = vendor.plan()
    with writing(vendor.source.engine, vendor.source.accounts, district_id=DISTRICT, execute=True) as _session:
        with pytest.raises(AnswerIsNo) as refused:
            vendor.apply(plan)
        assert code_of(refused) == "locked"
    assert vendor.apply(plan).failed == 0


def test_gains_need_a_second_persons_yes(sqlite_url: str) -> None:
    """The planner's own yes, one for other gains, one for another plan and an expired one do not count."""
    vendor = build_vendor(sqlite_url)
    plan = vendor.plan()
    later = (NOW + timedelta(days=1)).isoformat()
    good = Approval(plan=plan.sha256, gains="g", planned_by="ann", approved_by="ben", expires_at=later)
    bad = [
        replace(good, approved_by="ann"),
        replace(good, gains="h"),
        replace(good, plan="0" * 64),
        replace(good, expires_at=NOW.isoformat()),
    ]
    for approval in bad:
        with pytest.raises(AnswerIsNo) as refused:
            vendor.apply(plan, gains="g", approvals=(approval,))
        assert code_of(refused) == "unapproved"
    assert vendor.apply(plan, gains="g", approvals=(*bad, good)).failed == 0


def test_a_stop_file_ends_and_a_pause_file_holds_the_work(sqlite_url: str, tmp_path: Path) -> None:
    """Work pauses while a file stands there, stops at another, and goes on with the same command."""
    vendor = build_vendor(sqlite_url, persons=12)
    plan = vendor.plan()
    pause, stop = tmp_path / "pause", tmp_path / "stop"
    pause.touch()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            pause.unlink()

    seen: list[Progress] = []

    def watch(progress: Progress) -> None:
        seen.append(progress)
        stop.touch()

    first = vendor.apply(plan, pace=Pace(pause_file=pause, stop_file=stop, sleep=wait), progress=watch)
    assert waits == [1.0, 1.0, 1.0]
    assert (first.stopped, len(seen)) == ("stop_file", 1)
    assert seen[0].done < seen[0].total
    stop.unlink()
    second = vendor.apply(plan)
    assert (second.stopped, second.already + second.done) == ("", second.total)


def test_too_many_failures_stop_the_work(sqlite_url: str) -> None:
    """When more than one action in twenty is refused something is wrong, and the rest is left alone."""
    vendor = build_vendor(sqlite_url, persons=90, unique={})
    result = vendor.apply(vendor.plan())
    assert (result.stopped, result.done) == ("too_many_failures", 0)
    assert 20 <= result.failed < 25 < result.total


def test_a_collision_without_a_rule_holds_the_whole_group(database_url: str) -> None:
    """Two accounts' rows in one unique place are never thrown away unasked: the group stays as it was."""
    vendor = build_vendor(database_url, persons=9, unique={})
    before = dump(database_url)
    result = vendor.apply(vendor.plan(), pace=Pace(max_failed_share=1.0))
    assert {(refusal.code, refusal.columns) for refusal in result.refusals} == {
        ("unique_collision", ("enrolments.user_id,section_id",))
    }
    after = dump(database_url)
    assert {name: after[name] for name in after if name != "users"} == {
        name: before[name] for name in before if name != "users"
    }
