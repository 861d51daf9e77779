"""A step opened in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from playbook.desk.error_box import leave_refusal, read_refusal
from playbook.desk.step import Step, open_step
from playbook.errors import CleverError, Fault, InputError, StepMissing
from playbook.run import Run
from playbook.sharing.summary import Summary

PLAN = "3f" * 32
DRY: Mapping[str, Any] = {"source": "clever", "execute": False, "fingerprint": ""}


def made(run: Run) -> None:
    """The summary of a plan, where step 04 leaves it."""
    planned = Summary(
        step="04_merge_accounts",
        title="Merge accounts",
        verdict="go",
        headline="",
        changed="",
        next_action="",
        district_id=run.district_id,
        district_name="",
        made_at="",
        fingerprint=PLAN,
    )
    run.write_json(planned.to_document(), "summary", "04.json")


@pytest.mark.parametrize("typed", ["", "3f", "4a" * 32])
def test_execute_without_the_plans_fingerprint_is_refused(run: Run, typed: str) -> None:
    """Saying execute is not enough; the plan must be named, whole and right."""
    made(run)
    step = Step("07_apply_and_verify", {**DRY, "execute": True, "fingerprint": typed}, run, None)

    with pytest.raises(InputError) as refusal:
        step.answer()

    assert refusal.value.code == "wrong_plan"


def test_a_fingerprint_without_execute_writes_nothing(run: Run) -> None:
    """The head of the notebook says that it is a dry run."""
    step = Step("07_apply_and_verify", {**DRY, "fingerprint": PLAN}, run, None)

    assert "writes to accounts: no, a dry run" in step._repr_mimebundle_()["text/plain"]


def test_what_was_not_run_has_no_answer(run: Run) -> None:
    """A cell out of order says which cells to run."""
    with pytest.raises(StepMissing) as refusal:
        Step("03_match_accounts", DRY, run, None).table(1)

    assert refusal.value.remedy == "Run the cells above."


@pytest.mark.parametrize(
    "given",
    [
        {"district_id": 123, "run_dir": "", "source": "demo"},
        {"district_id": "", "run_dir": "", "source": "clever"},
        {"district_id": "", "run_dir": "", "source": "production"},
        {"district_id": "Bearer abc", "run_dir": "", "source": "demo"},
    ],
)
def test_what_does_not_fit_is_refused_at_once(given: dict[str, object]) -> None:
    """Wrong types, missing values and credentials fail in the first cell, before anything is opened."""
    with pytest.raises(InputError, match="parameters do not fit"):
        open_step("03_match_accounts", given)


def test_another_districts_run_directory_is_refused(run: Run) -> None:
    """A run directory belongs to one district; naming it for another opens nothing."""
    path = run.directory.parent / "district.toml"
    path.write_text(
        f'[district]\nid = "{run.district_id}"\nname = "Example"\n'
        '[clever]\ntoken = "env:T"\n[accounts]\nurl = "env:A"\n'
    )
    run.write_json({"district_file": str(path), "district_id": run.district_id}, "district.json")
    given = {"district_id": "0" * 24, "run_dir": str(run.directory), "source": "clever"}

    with pytest.raises(InputError, match="belongs to another district"):
        open_step("03_match_accounts", given)


def test_a_refusal_comes_back_as_it_was(tmp_path: Path) -> None:
    """Who runs a notebook gets the step's own exit code, code, faults and remedy."""
    leave_refusal(tmp_path, CleverError("gave 401", remedy="Fetch a token.", code="401", faults=[Fault("a", "b")]))

    error = read_refusal(tmp_path, district_id="d", step="02_fetch_v3_users")

    assert error is not None
    assert (error.exit_code, error.code, error.remedy, error.step) == (3, "401", "Fetch a token.", "02_fetch_v3_users")
    assert error.faults == (Fault("a", "b"),)
    assert read_refusal(tmp_path / "elsewhere", district_id="d", step="") is None
