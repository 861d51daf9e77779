"""The command: each subcommand has help and a place in the README, and wrong use is a clear error."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from playbook.__main__ import main
from playbook.command.parser import build_parser, find_handler

README = Path(__file__).parents[2] / "README.md"


def subcommands() -> list[str]:
    """Every word that the command knows."""
    parser, _ = build_parser()
    (group,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return [*group.choices]


@pytest.mark.parametrize("name", subcommands())
def test_every_subcommand_is_in_the_readme(name: str) -> None:
    """Nobody has to read the source to find a command."""
    assert f"playbook {name}" in README.read_text(encoding="utf-8")


def test_every_subcommand_has_somebody_to_do_it() -> None:
    """A handler is imported only when its word is used, so each one is looked up here."""
    parser, _ = build_parser()
    (group,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))

    for subparser in group.choices.values():
        assert callable(find_handler(subparser.get_default("handler")))


@pytest.mark.parametrize("name", [*subcommands(), "sandbox", "demo", "sandbox serve", "sandbox accounts"])
def test_every_subcommand_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help says what it does and exits with 0."""
    with pytest.raises(SystemExit) as caught:
        main([*name.split(), "--help"])

    assert caught.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) > 5


@pytest.mark.parametrize("words", [[], ["fly"], ["fetch"], ["apply", "d.toml"], ["audit", "--colour"]])
def test_wrong_use_is_exit_code_2_with_a_remedy(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong word is refused in one sentence, never with a traceback."""
    assert main(words) == 2

    shown = capsys.readouterr()
    assert "What to do" in shown.err
    assert "Traceback" not in shown.err


def test_wrong_use_is_json_where_json_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """A script that asked for JSON reads the refusal as JSON, and nothing else on standard output."""
    assert main(["apply", "--json"]) == 2

    error = json.loads(capsys.readouterr().out)["error"]
    assert set(error) >= {"code", "message", "remedy"}


def test_a_missing_district_file_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is made where the district file is not there."""
    assert main(["fetch", str(tmp_path / "none.toml"), "--json", "--out", str(tmp_path / "run")]) == 2

    assert json.loads(capsys.readouterr().out)["error"]["code"] == "district_file"
    assert list(tmp_path.iterdir()) == []


def test_the_catalogue_is_printed_for_people_and_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    """`playbook endpoints` shows what replaces each path."""
    assert main(["endpoints", "--from", "v2.1", "--json"]) == 0

    rows = json.loads(capsys.readouterr().out)["endpoints"]
    (teachers,) = (row for row in rows if row["from"] == "GET /v2.1/teachers")
    assert teachers["to"] == "GET /v3.1/users?role=teacher"
    assert set(teachers) == {"from", "to", "params", "change", "remedy", "source"}
    assert main(["endpoints"]) == 0
    assert "/v2.0/students" in capsys.readouterr().out
