"""The terminal shows what it is given: nothing in a name drives the terminal or is taken for markup."""

from __future__ import annotations

import pytest

from playbook.command.printing import Printer
from playbook.sharing.summary import CountTable, Number


def test_brackets_are_shown_and_not_taken_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    """A caption, a column or a cell in brackets stands there as it is."""
    printer = Printer(as_json=False)

    printer.table(CountTable("a [red]caption[/red]", ("[bold]column",), (("[link=x]cell[/link]",),)))
    printer.numbers([Number("[blink]label", 1, "[u]note")])

    shown = capsys.readouterr().out
    for text in ("a [red]caption[/red]", "[bold]column", "[link=x]cell[/link]", "[blink]label", "[u]note"):
        assert text in shown


def test_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that holds an escape sequence cannot colour, clear or retitle anything."""
    Printer(as_json=False).say("district \x1b[2J\x1b]0;owned\x07 of \u202enames")

    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown


def test_a_line_in_a_pipe_is_never_broken(capsys: pytest.CaptureFixture[str]) -> None:
    """Who looks for a sentence in a file or a pipe finds it whole, with nothing but the sentence on its line."""
    long = " ".join(["word"] * 60)
    printer = Printer(as_json=False)

    printer.changes([("GET /v2.1/teachers", long, long)])
    printer.rows("caption", ("column",), [(long,)])
    printer.numbers([Number("label", 1, long)])

    lines = capsys.readouterr().out.splitlines()
    assert sum(long in line for line in lines) == 4
    assert max(map(len, lines)) < len(long) + 40


def test_json_is_alone_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a script asked for JSON, tables and sentences are not printed at all."""
    printer = Printer(as_json=True)

    printer.say("a sentence")
    printer.rows("caption", ("column",), [("cell",)])
    printer.document({"a": 1})

    assert capsys.readouterr().out == '{"a": 1}\n'
