"""Progress on long work: a bar on a terminal, a line every ten per cent in a log, on standard error only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from playbook.command.printing import Printer
from playbook.run import Report

STEPS_IN_A_LOG = 10


@contextmanager
def show_progress(printer: Printer) -> Iterator[Report]:
    """Return a function that takes (what, done, total); total is zero where nobody knows it."""
    if printer.err.is_terminal:
        with _bar(printer) as report:
            yield report
    else:
        yield _lines(printer)


@contextmanager
def _bar(printer: Printer) -> Iterator[Report]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=printer.err, transient=True) as progress:
        tasks: dict[str, int] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = int(progress.add_task(what, total=total or None))
            progress.update(tasks[what], completed=done, total=total or None)  # type: ignore[arg-type]

        yield report


def show_steps(printer: Printer, *, first: int = 1, total: int = 0) -> Report:
    """Return a function that names each notebook as it begins: every one takes a few seconds and is told on its line.

    Args:
        printer: Where to show it.
        first: The number of the first notebook.
        total: How many there are in all, where that is more than this stretch.
    """

    def report(step: str, done: int, of: int) -> None:
        printer.err.print(f"  {first + done} of {total or of}  {step}")

    return report


def _lines(printer: Printer) -> Report:
    said: dict[str, int] = {}

    def report(what: str, done: int, total: int) -> None:
        tenth = STEPS_IN_A_LOG * done // total if total else done
        if said.get(what) != tenth:
            said[what] = tenth
            printer.err.print(f"{what}: {done:,}" + (f" of {total:,}" if total else ""))

    return report
