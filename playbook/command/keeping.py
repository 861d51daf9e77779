"""How long what is kept stays, and with which key it is encrypted."""

from __future__ import annotations

from argparse import Namespace

from playbook import road
from playbook.command.printing import Printer
from playbook.errors import InputError
from playbook.road.context import open_district
from playbook.road.done import Done
from playbook.settings import Settings


def erase(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Erase what is kept of a district's people, by age or all of it."""
    if arguments.older_than is not None and arguments.older_than < 1:
        raise InputError("--older-than takes days above zero", remedy="See playbook erase --help.", code="usage")
    run = open_district(arguments.district, settings, directory=arguments.out)
    options = {"older_than": arguments.older_than, "everything": arguments.everything}
    return _print(road.erase(run, **options, execute=arguments.execute), printer)


def rekey(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Change the key that the journal is encrypted with."""
    run = open_district(arguments.district, settings, directory=arguments.out)
    return _print(road.rekey(run, execute=arguments.execute), printer)


def _print(done: Done, printer: Printer) -> int:
    printer.summary(done.summary)
    printer.document({"verdict": done.summary.verdict, "district": done.summary.district_id, **done.facts})
    return done.exit_code
