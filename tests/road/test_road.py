"""The whole road on the sample district: every account ends somewhere, nothing is written early, all comes back."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from playbook import road
from playbook.__main__ import main
from playbook.errors import AnswerIsNo, InputError, StepMissing
from playbook.sharing.coded_accounts import code_accounts
from tests.road.conftest import Rehearsal

OWN = "playbook_"
"""What the playbook adds to a database is named so."""


def dump(database: Path) -> list[str]:
    """The application's own rows as SQL, sorted; the playbook's tables and its column left out."""
    with sqlite3.connect(database) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith((OWN, "sqlite_"))
        ]
        rows = []
        for table in tables:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "clever_v3_id"]
            rows += [f"{table} {row!r}" for row in connection.execute(f"SELECT {', '.join(columns)} FROM {table}")]
    connection.close()
    return sorted(rows)


def whole(database: Path) -> list[str]:
    """Everything in the database as SQL, sorted."""
    with sqlite3.connect(database) as connection:
        lines = sorted(connection.iterdump())
    connection.close()
    return lines


def test_nothing_is_written_before_somebody_says_execute(rehearse: Callable[..., Rehearsal]) -> None:
    """The whole road without the word leaves the accounts database byte by byte as it was."""
    rehearsal = rehearse()
    before = rehearsal.database.read_bytes()

    done = rehearsal.walk(last="08")

    assert rehearsal.database.read_bytes() == before
    assert done["07"].facts["executed"] is False
    assert all(step.summary.changed == "Nothing was changed." for step in done.values())


@pytest.mark.parametrize("layout", ["users", "credentials"])
@pytest.mark.parametrize("people", ["consolidate", "role_accounts"])
def test_the_road_applies_verifies_and_comes_back(rehearse: Callable[..., Rehearsal], layout: str, people: str) -> None:
    """Applied, the database is as the plan says; undone, it is as it was at the start, to the last row."""
    rehearsal = rehearse(layout=layout, people=people)
    before = whole(rehearsal.database)

    done = rehearsal.walk(last="08", execute=True)

    assert done["07"].facts["ok"] is True
    assert done["07"].facts["done"] > 0
    assert done["07"].facts["failed"] == 0
    plan = str(done["04"].facts["plan"])
    undone = road.undo(rehearsal.open(), plan_hash=plan, execute=True)
    assert undone.facts["failed"] == 0
    assert [line for line in whole(rehearsal.database) if OWN not in line] == before


def test_a_second_walk_writes_nothing(rehearse: Callable[..., Rehearsal]) -> None:
    """What is done is done: the same road again finds nothing left to do, and says so."""
    rehearsal = rehearse()
    rehearsal.walk(last="08", execute=True)
    before = whole(rehearsal.database)

    again = rehearsal.walk(last="08", execute=True)

    assert whole(rehearsal.database) == before
    assert again["07"].facts["done"] == 0
    assert again["07"].summary.changed == "Nothing was changed."


def test_every_account_is_in_exactly_one_state(rehearse: Callable[..., Rehearsal]) -> None:
    """The states, the reasons and the outcomes each add up to the accounts."""
    done = rehearse().walk()

    accounts = done["03"].facts["accounts"]
    assert sum(done["03"].facts["states"].values()) == accounts
    assert sum(done["03"].facts["reasons"].values()) == accounts
    outcomes = done["04"].summary.tables[0]
    assert sum(row[1] for row in outcomes.rows[:-1]) == accounts  # type: ignore[misc]
    assert done["06"].summary.verdict != "no_go"
    assert done["06"].facts["verdicts"]["lost"] == 0


def test_two_walks_write_the_same_bytes(rehearse: Callable[..., Rehearsal]) -> None:
    """Nothing depends on the time of day, the machine or chance: artefacts of two walks are identical."""
    rehearsal = rehearse()
    rehearsal.walk()
    first = artefacts(rehearsal)

    rehearsal.walk()

    assert artefacts(rehearsal) == first


def artefacts(rehearsal: Rehearsal) -> dict[str, bytes]:
    """Every file of the run directory; an XLSX holds the moment at which it was made."""
    run = rehearsal.directory / "run"
    return {
        str(path.relative_to(run)): path.read_bytes()
        for path in sorted(run.rglob("*"))
        if path.is_file() and path.suffix != ".xlsx" and path.name != "manifest.json"
    }


def test_a_step_before_its_time_is_refused_with_the_command_that_helps(rehearse: Callable[..., Rehearsal]) -> None:
    """Nobody plans without matches, or applies without a plan."""
    with pytest.raises(StepMissing) as caught:
        rehearse().walk(first="04", last="04")

    assert "playbook match " in caught.value.remedy
    assert "--out" in caught.value.remedy


def test_an_edited_plan_is_refused(rehearse: Callable[..., Rehearsal]) -> None:
    """A plan is named by its hash: one changed byte and it is another plan."""
    rehearsal = rehearse()
    plan = str(rehearsal.walk()["04"].facts["plan"])
    before = rehearsal.database.read_bytes()
    path = rehearsal.directory / "run" / "plan.json"
    path.write_text(path.read_text().replace('"role":"teacher"', '"role":"staff"', 1))

    with pytest.raises(InputError) as caught:
        road.apply(rehearsal.open(), plan_hash=plan, execute=True)

    assert caught.value.code == "altered"
    assert rehearsal.database.read_bytes() == before


def test_rights_are_not_widened_without_a_second_person(rehearse: Callable[..., Rehearsal]) -> None:
    """Where roles combine to more rights, the planner cannot wave them through; a second person can."""
    rehearsal = rehearse()
    rehearsal.edit('mode = "per_role"', 'mode = "union"')
    done = rehearsal.walk()
    plan = str(done["04"].facts["plan"])
    assert done["05"].facts["gains"] > 0

    for approver in ("", "an engineer"):
        if approver:
            with pytest.raises(AnswerIsNo, match="whoever made the plan"):
                road.approve(rehearsal.open(), plan_hash=plan, approver=approver)
        with pytest.raises(AnswerIsNo) as caught:
            road.apply(rehearsal.open(), plan_hash=plan, execute=True)
        assert caught.value.code == "unapproved"
    road.approve(rehearsal.open(), plan_hash=plan, approver="a reviewer")

    assert road.apply(rehearsal.open(), plan_hash=plan, execute=True).facts["failed"] == 0


@pytest.mark.parametrize("step", ["00", "02"])
def test_a_token_of_another_district_is_refused(rehearse: Callable[..., Rehearsal], step: str) -> None:
    """One wrong character in the district's id, or another district's token, stops the road at its first step."""
    rehearsal = rehearse()
    rehearsal.edit('id = "579e91006a2ff10b60348020"', 'id = "579e91006a2ff10b60348021"')

    with pytest.raises(InputError) as caught:
        rehearsal.walk(first=step, last=step)

    assert caught.value.code == "other_district"
    assert not (rehearsal.directory / "run" / "snapshot" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("old", "new", "column", "remedy"),
    [
        ('clever_id = "clever_id"', 'clever_id = "sis_id"', "users.sis_id", "[accounts]"),
        ('role = "kind"', 'role = "status"', "users.status", "[accounts.roles]"),
    ],
)
def test_a_wrong_column_is_no_go(
    rehearse: Callable[..., Rehearsal], old: str, new: str, column: str, remedy: str
) -> None:
    """Where hardly a value is a Clever id, or a known role word, the column is named and the way ends there."""
    rehearsal = rehearse()
    rehearsal.edit(old, new)

    done = rehearsal.walk(last="03")

    for step in ("00", "03"):
        checks = {check.name: check for check in done[step].summary.checks}
        assert done[step].exit_code == 1
        assert checks[column].blocking
        assert remedy in checks[column].remedy
    with pytest.raises(InputError) as caught:
        rehearsal.walk(first="04", last="04")
    assert caught.value.code == "wrong_column"
    assert [fault.where for fault in caught.value.faults] == [column]


def test_a_real_login_a_role_is_checked(rehearse: Callable[..., Rehearsal]) -> None:
    """Each role's /me and /userinfo lead to the user of the snapshot; a token of another role is noticed."""
    rehearsal = rehearse()

    assert rehearsal.walk()["06"].facts["logins"] == {"district_admin": [], "staff": [], "student": [], "teacher": []}
    rehearsal.environ["CLEVER_TEACHER_TOKEN"] = rehearsal.environ["CLEVER_STUDENT_TOKEN"]
    done = rehearsal.walk(first="06", last="06")["06"]
    assert done.facts["logins"]["teacher"] == ["other_role"]
    assert done.summary.verdict == "no_go"


def test_one_accounts_story_is_told_without_her_name(rehearse: Callable[..., Rehearsal]) -> None:
    """`why` says what was decided and what the plan does, with the name masked unless it is asked for."""
    rehearsal = rehearse()
    rehearsal.walk()
    accounts = pd.read_parquet(rehearsal.directory / "run" / "accounts.parquet")
    account = accounts[(accounts["role"] == "teacher") & (accounts["name"] != "")].iloc[0]

    told = str(road.explain(rehearsal.open(), account["account_id"]))

    assert account["name"] not in told
    assert "legacy" in told
    assert account["name"] in str(road.explain(rehearsal.open(), account["account_id"], show_names=True))


def test_a_code_that_support_reads_out_leads_to_its_account(rehearse: Callable[..., Rehearsal]) -> None:
    """Support sees a bundle's random codes only; the engineer types one and has the account's story."""
    rehearsal = rehearse()
    rehearsal.walk(last="04")
    code, *facts = code_accounts(rehearsal.open(), bundle_id="b").splitlines()[1].split(",")

    told = road.explain(rehearsal.open(), f" {code.upper()}")

    assert told.state == facts[1]
    assert code not in str(told)
    assert told == road.explain(rehearsal.open(), told.account_id)


def test_the_watch_is_quiet_right_after_cut_over(rehearse: Callable[..., Rehearsal]) -> None:
    """Nothing moved, so nobody is called; an account that lost its v3 id is named."""
    rehearsal = rehearse()
    rehearsal.walk(last="07", execute=True)

    assert road.watch(rehearsal.open()).summary.verdict == "go"
    with sqlite3.connect(rehearsal.database) as connection:
        connection.execute(
            "UPDATE users SET clever_v3_id = NULL "
            "WHERE id = (SELECT id FROM users WHERE clever_v3_id IS NOT NULL LIMIT 1)"
        )
    connection.close()

    watched = road.watch(rehearsal.open())

    assert watched.facts["counts"]["v3_id_lost"] == 1
    assert watched.summary.verdict == "no_go"


def test_the_numbers_of_the_rehearsal_add_up(rehearse: Callable[..., Rehearsal]) -> None:
    """Every rehearsed sign-in is in exactly one of the numbers below their sum."""
    total, *parts = rehearse().walk()["06"].summary.numbers

    assert total.value == sum(int(part.value) for part in parts)


def test_summaries_hold_the_six_numbers_at_most(rehearse: Callable[..., Rehearsal]) -> None:
    """Each step's summary is written where the pages read it."""
    rehearsal = rehearse()
    rehearsal.walk(last="08")

    for path in sorted((rehearsal.directory / "run" / "summary").glob("*.json")):
        assert len(json.loads(path.read_text())["numbers"]) <= 6


def test_clevers_own_csv_is_reconciled_both_ways(rehearse: Callable[..., Rehearsal]) -> None:
    """Ids that only the CSV knows, only the API knows, or both know differently are counted; the sum is shown."""
    rehearsal = rehearse()
    rehearsal.walk(last="02")
    roles = pd.read_parquet(rehearsal.directory / "run" / "snapshot" / "roles.parquet")
    teachers = roles[roles["role"] == "teacher"].head(3)
    lines = [f"{row.legacy_id},{row.user_id}" for row in teachers.itertuples()]
    lines[0] = f"{teachers.iloc[0].legacy_id},{teachers.iloc[1].user_id}"
    (rehearsal.directory / "map.csv").write_text("\n".join(["role_id,user_id", *lines, f"{'ab' * 12},{'cd' * 12}"]))
    rehearsal.edit('version = "v3.1"', 'version = "v3.1"\ncsv = ["map.csv"]')

    done = rehearsal.walk(first="03", last="03")["03"]

    counted = {str(row[0]): row[1] for row in done.summary.tables[2].rows}
    assert (counted["agree"], counted["disagree"], counted["csv only"]) == (2, 1, 1)
    assert done.facts["reasons"]["csv_disagrees"] >= 1


@pytest.mark.parametrize("parallel", ["roles", "ranges"])
def test_a_snapshot_read_in_parallel_is_the_same(rehearse: Callable[..., Rehearsal], parallel: str) -> None:
    """However the lists are read, the tables are byte by byte those of the one walk."""
    rehearsal = rehearse()
    rehearsal.walk(last="02")
    snapshot = rehearsal.directory / "run" / "snapshot"
    before = {path.name: path.read_bytes() for path in snapshot.glob("*.parquet")}
    rehearsal.edit('version = "v3.1"', f'version = "v3.1"\nparallel = "{parallel}"')
    for path in snapshot.glob("*"):
        path.unlink() if path.is_file() else shutil.rmtree(path)

    rehearsal.walk(first="02", last="02")

    assert {path.name: path.read_bytes() for path in snapshot.glob("*.parquet")} == before


def test_why_is_printed_a_line_at_a_time(
    rehearse: Callable[..., Rehearsal], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A support person reads the story out line by line."""
    rehearsal = rehearse()
    for name, value in rehearsal.environ.items():
        monkeypatch.setenv(name, value)
    rehearsal.walk(last="04")
    account = pd.read_parquet(rehearsal.directory / "run" / "accounts.parquet")["account_id"].iloc[0]
    assert main(["why", str(rehearsal.file), account, "--out", str(rehearsal.directory / "run")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 7
    assert any(line.startswith("What to do:") for line in lines)
