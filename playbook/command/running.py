"""The whole road, or a stretch of it, by its notebooks: for one district, or for a fleet."""

from __future__ import annotations

from argparse import Namespace

from playbook.command.printing import Printer
from playbook.command.progress import show_steps
from playbook.road.context import open_district
from playbook.settings import Settings


def run(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Run the notebooks from one step to another into the run directory."""
    from playbook.desk import runner  # papermill is slow to import; only those who run notebooks wait for it

    opened = open_district(arguments.district, settings, directory=arguments.out)
    outcome = runner.run_notebooks(opened, first=arguments.first, last=arguments.last, progress=show_steps(printer))
    printer.verdict(outcome.verdict, outcome.headline)
    printer.rows("Steps", ("step", "status"), sorted(outcome.steps.items()))
    printer.say(f"Pages: {outcome.pages}")
    printer.document(outcome.to_document())
    return outcome.exit_code
