"""Questions about what is known: one account's whole story, and what moved since cut-over."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from playbook import road
from playbook.command.printing import Printer
from playbook.command.progress import show_progress
from playbook.road.context import open_district
from playbook.settings import Settings


def why(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Tell one account's story, names masked unless asked for."""
    run = open_district(arguments.district, settings, directory=arguments.out)
    story = road.explain(run, arguments.account, show_names=arguments.names)
    for line in str(story).splitlines():
        printer.say(line)
    printer.document(asdict(story))
    return 0


def watch(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Compare the district with what was cut over; exit 1 where anybody must act."""
    run = open_district(arguments.district, settings, directory=arguments.out)
    with show_progress(printer) as progress:
        done = road.watch(run, fallbacks=arguments.fallbacks, accept_loss=arguments.accept_loss, progress=progress)
    printer.summary(done.summary)
    printer.document({"verdict": done.summary.verdict, **done.facts})
    return done.exit_code
