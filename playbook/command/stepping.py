"""One step of the road for one district: fetch, match, plan, preview, rehearse, apply, verify, undo."""

from __future__ import annotations

from argparse import Namespace

from playbook import road
from playbook.command.following import with_commands
from playbook.command.printing import Printer
from playbook.command.progress import show_progress
from playbook.road.context import open_district
from playbook.road.done import Done
from playbook.settings import Settings

_NAMED = {"plan": "Plan", "review": "Review queue"}
"""Facts that people need in full to go on: the plan's hash, and where the queue lies."""

MOST_FAULTS = 20
"""So many faults are listed at the command line; the file lists them all."""


def step(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Run the one step that a subcommand names."""
    run = open_district(arguments.district, settings, directory=arguments.out)
    options = {"accept_loss": True} if getattr(arguments, "accept_loss", False) else {}
    with show_progress(printer) as progress:
        done = road.run_step(arguments.step, run, progress=progress, **options)
    return _print(done, arguments, printer)


def apply(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Carry a plan out, or take it back; a dry run unless told to execute."""
    run = open_district(arguments.district, settings, directory=arguments.out)
    if arguments.sql:
        return _print_sql(road.sql_of(run, arguments.plan, is_undo=arguments.is_undo), printer)
    with show_progress(printer) as progress:
        carry_out = road.undo if arguments.is_undo else road.apply
        done = carry_out(run, plan_hash=arguments.plan, execute=arguments.execute, progress=progress)
    return _print(done, arguments, printer)


def verify(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Recompute from the database whether the plan was carried out."""
    run = open_district(arguments.district, settings, directory=arguments.out)
    done = road.verify(run, plan_hash=arguments.plan)
    code = _print(done, arguments, printer)
    faults = done.facts["faults"]
    for fault in faults[:MOST_FAULTS]:
        printer.say(f"  - {fault}")
    if len(faults) > MOST_FAULTS:
        printer.say(f"  {len(faults) - MOST_FAULTS:,} more stand in {run.path('verify.json')}")
    return code


def _print(done: Done, arguments: Namespace, printer: Printer) -> int:
    printer.summary(with_commands(done, arguments))
    for fact, title in _NAMED.items():
        if fact in done.facts:
            printer.say(f"{title}: {done.facts[fact]}")
    printer.document({"verdict": done.summary.verdict, "district": done.summary.district_id, **done.facts})
    return done.exit_code


def _print_sql(statements: list[str], printer: Printer) -> int:
    for statement in statements:
        printer.say(f"{statement};")
    printer.document({"sql": statements})
    return 0
