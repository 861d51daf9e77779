"""The road by its notebooks, unattended: papermill runs each, what it writes is redacted, and errors become our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import papermill
from papermill.exceptions import PapermillExecutionError
from papermill.iorw import papermill_io

from playbook.desk import engine
from playbook.desk.error_box import REFUSAL, read_refusal
from playbook.desk.notebook import choose_stretch, list_notebooks
from playbook.desk.parameters import check_values, read_parameters
from playbook.desk.redaction import SCHEME, RedactingWriter
from playbook.errors import Fault, InputError, PlaybookError
from playbook.run import Report, Run
from playbook.sharing.forbidden import read_secrets
from playbook.sharing.pages import read_summaries, summarise_road, write_pages
from playbook.sharing.summary import Verdict, read_summary

KEPT, NOT_RUN = "kept", "not run"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a run came.

    Attributes:
        district_id: Clever's id of the district.
        verdict: The road's, as far as it was walked.
        headline: The answer in one sentence.
        steps: For each step its verdict, `kept` where an earlier run's was used, `not run` where the road stopped.
        pages: The path of the index page.
    """

    district_id: str
    verdict: Verdict
    headline: str
    steps: Mapping[str, str]
    pages: Path

    @property
    def exit_code(self) -> int:
        """1 where the answer is no."""
        return 1 if self.verdict == "no_go" else 0

    def to_document(self) -> dict[str, Any]:
        """Return what scripts read."""
        return {
            "verdict": self.verdict,
            "district": self.district_id,
            "steps": {step[:2]: status for step, status in self.steps.items()},
            "pages": str(self.pages),
        }


def run_notebooks(
    run: Run,
    *,
    first: str = "",
    last: str = "",
    progress: Report | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Outcome:
    """Run the notebooks of a stretch of the road, into the run directory's `notebooks/`.

    Args:
        run: The district's run.
        first: The step to begin with, such as `03`; blank for the first. What stands before it is kept as it is.
        last: The step to end with; blank for the last.
        progress: Takes (step, done, total).
        parameters: Values for those notebooks that declare them, such as `execute`.

    Returns:
        How far it came; a step whose answer is no ends the road.

    Raises:
        PlaybookError: A step refused, or failed; its own error, as if it had been called directly.
    """
    notebooks = list_notebooks()
    stretch = choose_stretch(notebooks, first, last)
    _refuse_unknown(stretch, parameters or {})
    papermill_io.register(SCHEME, RedactingWriter(read_secrets(run)))
    steps = {path.stem: _before(run, path, stretch) for path in notebooks}
    for number, notebook in enumerate(stretch):
        if progress:
            progress(notebook.stem, number, len(stretch))
        steps[notebook.stem] = _run_notebook(run, notebook, parameters or {})
        if steps[notebook.stem] == "no_go":
            break
    return _outcome(run, steps)


def _refuse_unknown(stretch: tuple[Path, ...], options: Mapping[str, Any]) -> None:
    """Refuse what no notebook of the stretch declares; papermill would pass over it in silence."""
    known = {parameter.name for notebook in stretch for parameter in read_parameters(notebook)}
    faults = [Fault(name, "is a parameter of no notebook in this stretch") for name in options if name not in known]
    if faults:
        raise InputError(
            "a parameter is unknown",
            code="parameters",
            remedy=f"Name one of {', '.join(sorted(known))}.",
            faults=faults,
        )


def _before(run: Run, notebook: Path, stretch: tuple[Path, ...]) -> str:
    is_kept = notebook < stretch[0] and (run.directory / "summary" / f"{notebook.stem[:2]}.json").exists()
    return KEPT if is_kept else NOT_RUN


def _run_notebook(run: Run, notebook: Path, options: Mapping[str, Any]) -> Verdict:
    declared = read_parameters(notebook)
    known = {parameter.name for parameter in declared}
    given = {"district_id": run.district_id, "run_dir": str(run.directory), "source": "clever"}
    given |= {name: value for name, value in options.items() if name in known}
    check_values(declared, given)
    run.path(REFUSAL).unlink(missing_ok=True)
    try:
        papermill.execute_notebook(
            str(notebook),
            f"{SCHEME}{run.path('notebooks', notebook.name)}",
            parameters=given,
            engine_name=engine.NAME,
            progress_bar=False,
            cwd=str(run.directory),
            environ=run.settings.environ,
        )
    except PapermillExecutionError as error:
        raise _our_error(run, notebook, error.ename) from None
    return read_summary(run.made_by(notebook.stem, "summary", f"{notebook.stem[:2]}.json")).verdict


def _our_error(run: Run, notebook: Path, kind: str) -> PlaybookError:
    """Return the refusal that the step left behind; what it did not foresee is told by its kind alone."""
    return read_refusal(run.directory, district_id=run.district_id, step=notebook.stem) or PlaybookError(
        f"{notebook.stem} met a fault of its own ({kind})",
        remedy=f"Open notebooks/{notebook.name} in the run directory; it stands as far as it came.",
        code="internal",
        district_id=run.district_id,
        step=notebook.stem,
    )


def _outcome(run: Run, steps: Mapping[str, str]) -> Outcome:
    summaries = read_summaries(run)
    whole = summarise_road(summaries)
    verdict: Verdict = "no_go" if "no_go" in steps.values() else whole.verdict
    return Outcome(run.district_id, verdict, whole.headline, steps, write_pages(run, summaries))
