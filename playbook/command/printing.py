"""What the terminal shows: verdict first, few numbers, small tables; or, with --json, one document and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from playbook.command.stream import Stream
from playbook.errors import PlaybookError
from playbook.sharing.plain_text import clean_text
from playbook.sharing.summary import VERDICTS, CountTable, Number, Summary, Verdict

_STYLES: Mapping[Verdict, str] = {"go": "bold green", "review": "bold yellow", "no_go": "bold red"}
_MARKS: Mapping[Verdict, str] = {"go": "✓", "review": "!", "no_go": "✗"}

UNWRAPPED = 10_000
"""The width of what is no terminal: a line that a script looks for is never broken."""


class Printer:
    """Prints for a person or for a script, never both.

    Args:
        as_json: One JSON document on standard output; progress and logs stay on standard error.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.out = Stream(highlight=False, soft_wrap=True)
        if not self.out.is_terminal:
            self.out.width = UNWRAPPED
        self.err = Stream(stderr=True, highlight=False, soft_wrap=True)

    def document(self, document: Mapping[str, Any]) -> None:
        """Print the one JSON document, where a script asked for it."""
        if self.as_json:
            self.out.write(json.dumps(document, ensure_ascii=False, sort_keys=True) + "\n")

    def say(self, text: str, style: str = "") -> None:
        """Print a line for a person; names of districts and files are stripped of what drives a terminal."""
        if not self.as_json:
            self.out.print(Text(clean_text(text), style=style))

    def summary(self, summary: Summary) -> None:
        """Print what a step found: verdict, headline, numbers, tables, checks, what to do next."""
        if self.as_json:
            return
        self.verdict(summary.verdict, summary.headline)
        self.numbers(summary.numbers)
        for table in summary.tables:
            if table.rows:  # a header over nothing says nothing
                self.table(table)
        for check in summary.checks:
            state = "acknowledged" if check.acknowledged else "blocking" if check.blocking else "to know"
            self.say(f"  {check.name} ({state}): {check.message} {check.remedy}")
        for note in summary.notes:
            self.say(f"  {note}")
        self.say(summary.changed)
        self.say(f"Next: {summary.next_action}")

    def verdict(self, verdict: Verdict, headline: str) -> None:
        """Print GO, GO WITH REVIEW or NO-GO, in words and not by colour alone."""
        if not self.as_json:
            word = Text(f"{_MARKS[verdict]} {VERDICTS[verdict]}", style=_STYLES[verdict])
            self.out.print(word, Text(f" {clean_text(headline)}"), sep="")

    def numbers(self, numbers: Sequence[Number]) -> None:
        """Print the few numbers that matter, right-aligned."""
        if self.as_json or not numbers:
            return
        grid = Table.grid(padding=(0, 2))
        grid.add_column(justify="right", style="bold")
        grid.add_column()
        grid.add_column(style="dim")
        for number in numbers:
            grid.add_row(number.shown, Text(clean_text(number.label)), Text(clean_text(number.note)))
        self.out.print(Padding(grid, (0, 0, 0, 2), expand=False))

    def table(self, table: CountTable) -> None:
        """Print a small table of counts with its caption."""
        self.rows(table.caption, table.columns, table.rows)

    def rows(self, caption: str, columns: Sequence[str], rows: Iterable[Sequence[str | int]]) -> None:
        """Print rows under a caption; numbers to the right."""
        if self.as_json:
            return
        rows = list(rows)
        shown = [[f"{cell:,}" if isinstance(cell, int) else clean_text(cell) for cell in row] for row in rows]
        numeric = [all(isinstance(cell, int) for cell in column) for column in zip(*rows, strict=True)] if shown else []
        grid = Table(box=None, pad_edge=False)
        for index, column in enumerate(columns):
            is_number = bool(numeric) and numeric[index]
            grid.add_column(Text(clean_text(column)), justify="right" if is_number else "left", overflow="fold")
        for cells in shown:
            grid.add_row(*(Text(cell) for cell in cells))
        # A title of the table itself would be broken at the table's width.
        self.out.print(Padding(Text(clean_text(caption), style="bold"), (1, 0, 0, 2), expand=False))
        self.out.print(Padding(grid, (0, 0, 1, 2), expand=False))

    def changes(self, changes: Iterable[tuple[str, str, str]]) -> None:
        """Print places one below the other: where, what becomes what, and what to do; columns would be too narrow."""
        if self.as_json:
            return
        for where, becomes, remedy in changes:
            self.out.print(Text(clean_text(where), style="bold"))
            self.out.print(Padding(Text(clean_text(becomes)), (0, 0, 0, 2), expand=False), soft_wrap=False)
            self.out.print(Padding(Text(clean_text(remedy), style="dim"), (0, 0, 0, 2), expand=False), soft_wrap=False)

    def error(self, error: PlaybookError) -> int:
        """Print what is wrong and what to do; return the exit code."""
        self.document({"error": error_document(error)})
        if not self.as_json:
            self.err.print(Text("✗ ", style="bold red"), Text(clean_text(error.message)), sep="")
            for fault in error.faults:
                self.err.print(Text(f"  - {clean_text(str(fault))}"))
            self.err.print(Text(f"  What to do: {clean_text(error.remedy)}"))
        return error.exit_code


def error_document(error: PlaybookError) -> dict[str, Any]:
    """Return an error as scripts read it."""
    document: dict[str, Any] = {"code": error.code, "message": error.message, "remedy": error.remedy}
    if error.faults:
        document["faults"] = [{"where": f.where, "what": f.what, "remedy": f.remedy} for f in error.faults]
    for name in ("status", "path", "request_id", "sqlstate", "constraint", "table"):
        if value := getattr(error, name, ""):
            document[name] = value
    return document
