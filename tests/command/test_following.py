"""What the command says to do next can be typed as it stands."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from playbook.__main__ import main
from playbook.command.parser import build_parser
from tests.road.conftest import Rehearsal, built, rehearse

__all__ = ["built", "rehearse"]

Say = Callable[..., str]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command of a rehearsal and return what it printed, on one line."""

    def run(rehearsal: Rehearsal, *words: str, code: int = 0) -> str:
        for name, value in rehearsal.environ.items():
            monkeypatch.setenv(name, value)
        command, *rest = words
        assert main([command, str(rehearsal.file), *rest, "--out", str(rehearsal.directory / "run")]) == code
        return " ".join(capsys.readouterr().out.split())

    return run


def follow(said: str) -> list[str]:
    """The words of the command that stands behind Next; the parser knows them."""
    line = said.split("Next: ")[1].partition(" Plan: ")[0]
    words = shlex.split(line[line.index("playbook ") :])[1:]
    parser, _ = build_parser()
    parser.parse_args(words)
    return words


def test_every_step_names_the_next_command_whole(rehearse: Callable[..., Rehearsal], say: Say) -> None:
    """From the fetch to the hand-over, what is printed can be copied; the plan prints its whole hash."""
    rehearsal = rehearse()
    rehearsal.edit('mode = "per_role"', 'mode = "union"')
    home = [str(rehearsal.file)], ["--out", str(rehearsal.directory / "run")]

    assert follow(say(rehearsal, "fetch")) == ["match", *home[0], *home[1]]
    assert f"playbook plan {rehearsal.file}" in say(rehearsal, "match")
    planned = say(rehearsal, "plan")
    plan = json.loads((rehearsal.directory / "run" / "planner.json").read_text())["plan"]
    assert f"Plan: {plan}" in planned
    assert follow(planned) == ["preview", *home[0], *home[1]]
    named = ["--plan", plan]
    assert follow(say(rehearsal, "preview")) == ["approve", *home[0], *named, "--by", "WHO", *home[1]]
    approved = say(rehearsal, "approve", "--plan", plan[:12], "--by", "a reviewer")
    assert follow(approved) == ["apply", *home[0], *named, *home[1]]
    assert follow(say(rehearsal, "rehearse")) == ["apply", *home[0], *named, *home[1]]
    assert follow(say(rehearsal, "apply", "--plan", plan)) == ["apply", *home[0], *named, *home[1], "--execute"]
    assert follow(say(rehearsal, "apply", "--plan", plan, "--execute")) == ["verify", *home[0], *home[1]]
    assert follow(say(rehearsal, "verify")) == ["run", *home[0], *home[1], "--from", "08"]
    assert follow(say(rehearsal, "undo", "--plan", plan)) == ["undo", *home[0], *named, *home[1], "--execute"]
    assert follow(say(rehearsal, "undo", "--plan", plan, "--execute")) == ["plan", *home[0], *home[1]]
    assert follow(say(rehearsal, "verify", "--plan", plan, code=1)) == ["plan", *home[0], *home[1]]


def test_a_rehearsal_does_not_send_on_a_plan_that_stops(rehearse: Callable[..., Rehearsal], say: Say) -> None:
    """While a safety check stops the plan, the next command is to plan again, not to apply it."""
    rehearsal = rehearse()
    rehearsal.edit('store = "beside"', 'store = "replace"')
    rehearsal.walk(last="04")

    assert follow(say(rehearsal, "rehearse"))[0] == "plan"


def test_verify_lists_its_faults_for_people(rehearse: Callable[..., Rehearsal], say: Say) -> None:
    """What is not as the plan says is printed, and not only in the document for scripts."""
    rehearsal = rehearse()
    rehearsal.walk(last="04")

    said = say(rehearsal, "verify", code=1)

    assert "- this plan was not applied" in said
    assert "done before" not in said


@pytest.mark.parametrize("command", ["apply", "undo"])
def test_statements_and_their_execution_are_not_asked_for_together(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody believes that something was written when only SQL was printed."""
    assert main([command, str(tmp_path / "d.toml"), "--plan", "ab" * 32, "--sql", "--execute", "--json"]) == 2

    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"


def test_the_review_queue_is_named_where_it_lies(rehearse: Callable[..., Rehearsal], say: Say) -> None:
    """Whoever is to decide is told which file to fill in, with which words, and as what to save it."""
    rehearsal = rehearse()
    rehearsal.walk(last="02")

    said = say(rehearsal, "match")

    assert f"Review queue: {rehearsal.directory / 'run' / 'review.csv'}" in said
    assert "save it as decisions.csv in the same directory" in said
    assert "accept or separate" in said
