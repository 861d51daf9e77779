"""One step, opened in a notebook: parameters checked, district found, answer shown, end written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playbook import __version__, road
from playbook.desk.choose import choose
from playbook.desk.demo import Demo, open_demo
from playbook.desk.error_box import install_error_box
from playbook.desk.notebook import DIRECTORY, next_notebook
from playbook.desk.opening import NOBODY, Opener, find_opener
from playbook.desk.parameters import check_values, read_parameters
from playbook.desk.progress import make_report
from playbook.desk.review import review_accounts
from playbook.desk.story import tell_account
from playbook.errors import Fault, InputError, StepMissing
from playbook.road.context import open_run_directory
from playbook.road.done import Done
from playbook.run import Run
from playbook.settings import Settings, read_settings
from playbook.sharing.pages import read_summaries, write_pages
from playbook.sharing.shown import Shown, show_chart, show_checks, show_step, show_summary, show_table, show_text
from playbook.sharing.summary import CountTable, Summary, read_summary

PLANNING = "04_merge_accounts"


@dataclass(slots=True)
class Step:
    """What a notebook works with.

    Attributes:
        name: The notebook's name, such as `03_match_accounts`.
        parameters: What the parameters cell holds, after papermill.
        run: The district's run.
        demo: The demo district, where that is what was opened.
        opener: Links places in the source to where they open.
        done: The step's answer, once it has run.
    """

    name: str
    parameters: Mapping[str, Any]
    run: Run
    demo: Demo | None
    opener: Opener = NOBODY
    done: Done | None = field(default=None, repr=False)

    def answer(self) -> Shown:
        """Run the step and show its answer: the verdict first, then at most six numbers.

        Raises:
            PlaybookError: The step refused.
        """
        options = {"execute": self._may_execute()} if "execute" in self.parameters else {}
        with self._reaching() as run:
            report = make_report(is_unattended=run.settings.is_unattended)
            self.done = road.run_step(self.name, run, progress=report, **options)
        return show_summary(self.summary)

    @property
    def summary(self) -> Summary:
        """The step's answer.

        Raises:
            StepMissing: The cell that asks for it was not run.
        """
        if self.done is None:
            raise StepMissing(f"{self.name} has no answer yet", remedy="Run the cells above.", step=self.name)
        return self.done.summary

    def table(self, number: int = 1) -> Shown:
        """Show one of the step's tables, counted from 1."""
        return self._show(self.summary.tables[number - 1])

    def places(self) -> Shown:
        """Show every place that must change, each opening at its line where somebody can click."""
        return self._show(road.places_to_change(self.run))

    def _show(self, table: CountTable) -> Shown:
        return show_table(table, self.opener.links(table, self.run.district.directory))

    def chart(self) -> Shown:
        """Show the step's chart."""
        return show_chart(self.summary.charts[0])

    def checks(self) -> Shown:
        """Show what needs a person."""
        return show_checks(self.summary)

    def choose(self, name: str, options: Sequence[str], question: str) -> Any:
        """Show a control that records a decision on this very plan; a sentence where nobody can click."""
        return choose(self.run, name, options, question=question, fingerprint=self.summary.fingerprint)

    def review(self) -> Any:
        """Show the review queue: a control that records decisions in Lab, a sentence elsewhere."""
        return review_accounts(self.run)

    def why(self) -> Any:
        """Show a control that tells one account's whole story; on the demo, unattended, that of the first who waits."""
        return tell_account(self.run, is_demo=self.demo is not None)

    def notes(self) -> Shown:
        """Show what is good to know, as sentences."""
        return show_text(" ".join(self.summary.notes) or "Nothing more to know.")

    def fingerprint(self) -> Shown:
        """Show the SHA-256 that names the plan."""
        return show_text(f"Plan {self.summary.fingerprint or 'not made yet'}")

    @contextmanager
    def _reaching(self) -> Iterator[Run]:
        """The run, with Clever in reach."""
        if self.demo is None:
            yield self.run
        else:
            with self.demo.serving() as run:
                yield run

    def _repr_mimebundle_(self, **options: Any) -> Mapping[str, str]:
        about = {
            "District": self.run.district.district.name,
            "Source": "the demo district, offline" if self.demo else "Clever",
            "Writes to accounts": "yes, if the plan's fingerprint is given" if self._executes() else "no, a dry run",
            "Playbook": __version__,
        }
        return show_step(self.name, about)._repr_mimebundle_(**options)

    def _executes(self) -> bool:
        return bool(self.parameters.get("execute"))

    def _may_execute(self) -> bool:
        """True where the parameters say execute and name the plan; a click alone is no consent.

        Raises:
            InputError: They say execute, and name another plan or none.
        """
        if not self._executes():
            return False
        plan = read_summary(self.run.made_by(PLANNING, "summary", f"{PLANNING[:2]}.json")).fingerprint
        if self.parameters["fingerprint"] != plan:
            raise InputError(
                "the plan that was typed is not the plan that was made",
                code="wrong_plan",
                remedy=f"Read step {PLANNING[:2]}, and type its fingerprint into fingerprint.",
                faults=[Fault("fingerprint", "is not the fingerprint of plan.json")],
            )
        return True


def open_step(name: str, namespace: Mapping[str, Any]) -> Step:
    """Open a step in a notebook: the first thing that runs, so that what is wrong fails in the first second.

    Args:
        name: The notebook's name.
        namespace: The notebook's `globals()`, in which the parameters stand.

    Raises:
        InputError: A parameter does not fit, or the run directory is not that of the district.
    """
    install_error_box(str(namespace.get("run_dir", "")))
    declared = read_parameters(DIRECTORY / f"{name}.ipynb")
    parameters = {parameter.name: namespace[parameter.name] for parameter in declared}
    check_values(declared, parameters)
    settings = read_settings()
    opener = find_opener(namespace, is_unattended=settings.is_unattended)
    if parameters["source"] == "demo":
        demo = open_demo(settings)
        demo.prepare(name)
        return Step(name, parameters, demo.open(), demo, opener)
    return Step(name, parameters, _open_given(parameters, settings), None, opener)


def _open_given(parameters: Mapping[str, Any], settings: Settings) -> Run:
    """Open the run directory that parameters name, and make sure that it is the named district's."""
    run = open_run_directory(Path(parameters["run_dir"]).absolute(), settings)
    if run.district_id != parameters["district_id"]:
        raise InputError(
            "the run directory belongs to another district",
            remedy="Name the directory of this district's run.",
            faults=[Fault("district_id", "is not the one that run_dir was made for")],
        )
    return run


def close_step(step: Step) -> Shown:
    """End a step: its pages are renewed, the demo keeps its state, and the next notebook is named.

    Raises:
        StepMissing: The step was not run.
    """
    summary = step.summary
    write_pages(step.run, read_summaries(step.run))
    if step.demo:
        step.demo.keep(step.name)
    following = next_notebook(step.name)
    return show_text(f"Written: summary/{summary.step[:2]}.json. {summary.next_action} {_pointer(following)}")


def _pointer(following: str) -> str:
    return f"The next notebook is {following}." if following else "This was the last notebook."
