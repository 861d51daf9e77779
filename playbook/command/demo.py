"""The demo: one synthetic district the whole road, offline, from nothing to rendered pages, with a real apply."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from playbook.command.printing import Printer
from playbook.command.progress import show_steps
from playbook.desk import runner
from playbook.desk.demo import Demo
from playbook.road import approve
from playbook.road.plans import load_plan
from playbook.run import Run
from playbook.settings import Settings
from playbook.sharing.summary import read_summary

REVIEWER = "the demo's reviewer"
PREVIEWED, APPLIED = "05", "06"
STEPS = 9


def demo(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Run the road on the demo district: the sandbox serves, the notebooks run, the plan is approved and applied."""
    root: Path = arguments.out or settings.outputs / "demo"
    district = Demo(root.absolute(), settings)
    is_new = district.build()
    printer.say(
        f"A sample vendor database stands in {district.now}, {'built now' if is_new else 'as the last demo left it'}."
    )
    with district.serving() as run:
        runner.run_notebooks(run, last=PREVIEWED, progress=show_steps(printer, total=STEPS))
        _approve(run, printer)
        told = show_steps(printer, first=1 + int(APPLIED), total=STEPS)
        outcome = runner.run_notebooks(run, first=APPLIED, progress=told, parameters=_consent(run))
    road = read_summary(run.directory / "summary" / "08.json")
    printer.verdict(outcome.verdict, road.headline)
    printer.numbers(road.numbers)
    printer.say(read_summary(run.directory / "summary" / "07.json").changed)
    printer.say(f"Pages: {outcome.pages}")
    printer.document({**outcome.to_document(), "numbers": {n.label: n.value for n in road.numbers}})
    return outcome.exit_code


def _consent(run: Run) -> dict[str, object]:
    """What a person types to have a plan carried out: the word and the plan's fingerprint."""
    return {"execute": True, "fingerprint": load_plan(run).sha256}


def _approve(run: Run, printer: Printer) -> None:
    """Approve the gains as a second person would; without it nothing that widens rights is applied."""
    approval = approve(run, plan_hash=load_plan(run).sha256, approver=REVIEWER)
    printer.say(f"{approval['gains']} gains approved by {REVIEWER}, who is not the planner.")
