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


def fleet(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Run the road for many districts, each in its own directory; one district's failure stops no other."""
    from playbook.desk.fleet import DistrictOutcome, run_fleet

    def heard(outcome: DistrictOutcome, done: int, of: int) -> None:
        printer.err.print(f"  {done} of {of}  {outcome.file}: {outcome.verdict}")

    outcomes = run_fleet(
        arguments.districts,
        scheduler=arguments.scheduler,
        workers=arguments.workers,
        first=arguments.first,
        last=arguments.last,
        heard=heard,
    )
    rows = [(each.file, each.district_id, each.verdict, each.exit_code) for each in outcomes]
    printer.rows("Districts", ("file", "district", "verdict", "exit code"), rows)
    for each in outcomes:
        if "error" in each.document:
            printer.say(f"{each.file}: {each.document['error']['message']}. {each.document['error']['remedy']}")
    printer.document({"districts": [{"file": o.file, "exit_code": o.exit_code, **o.document} for o in outcomes]})
    return max((outcome.exit_code for outcome in outcomes), default=0)
