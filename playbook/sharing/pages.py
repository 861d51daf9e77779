"""The pages that a support person reads: an index and one page a step, made from the steps' summaries and nothing else.

They load nothing, run nothing and name nobody; `playbook.sharing.bundle` makes the same pages for other readers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from playbook import __version__
from playbook.errors import StepMissing
from playbook.run import Run
from playbook.sharing.charts import draw_bars, tabulate_bars
from playbook.sharing.summary import Summary, read_summary, worst
from playbook.sharing.template import render

LEVELS: Mapping[str, str] = {
    "masked": "counts, codes and masked names",
    "counts": "counts only; below ten not told, others rounded to tens",
}
INDEX = "index.html"
_LAST_STEP = "08"
_NOTHING_TO_UNDO = "This step changed nothing, so there is nothing of it to undo."
_UNDO = "`playbook undo` takes the executed plan back, to the database as it was; it keeps what people changed since."


@dataclass(frozen=True, slots=True)
class About:
    """What every page says about itself."""

    district_id: str
    district_name: str
    run_id: str
    made_at: str
    version: str
    fingerprint: str
    shows: str


def read_summaries(run: Run) -> tuple[Summary, ...]:
    """Read what each step has said so far, in the order of the road.

    Raises:
        StepMissing: No step has run yet.
    """
    paths = sorted((run.directory / "summary").glob("[0-9][0-9].json"))
    if not paths:
        raise StepMissing(
            "no step has run yet",
            remedy=f"Run the road first: playbook run {run.district.path.name}",
            district_id=run.district_id,
        )
    return tuple(map(read_summary, paths))


def write_pages(run: Run, summaries: Sequence[Summary]) -> Path:
    """Write the pages into the run's `pages/`.

    Returns:
        The path of the index page.
    """
    for name, page in render_pages(summaries, "masked").items():
        run.write_text(page, "pages", name)
    return run.path("pages", INDEX)


def render_pages(summaries: Sequence[Summary], level: str) -> dict[str, str]:
    """Return every page by its file name.

    Args:
        summaries: One a step, in the order of the road; at least one.
        level: A key of `LEVELS`; said on the page, not applied to it.
    """
    about = _about(summaries, LEVELS[level])
    pages = {f"{summary.step}.html": _render("step.html.j2", summary, summaries, about) for summary in summaries}
    return {INDEX: _render("index.html.j2", summarise_road(summaries), summaries, about), **pages}


def summarise_road(summaries: Sequence[Summary]) -> Summary:
    """Return the answer of the whole road.

    The last step speaks for all; until it has run, the worst verdict does. What any step changed, the road changed.
    """
    last = summaries[-1]
    verdict = worst([summary.verdict for summary in summaries])
    decisive = next(summary for summary in reversed(summaries) if summary.verdict == verdict)
    speaker = last if last.step.startswith(_LAST_STEP) else replace(decisive, numbers=last.numbers)
    changes = [summary.changed for summary in summaries if not _is_unchanged(summary)]
    charts = next((summary.charts for summary in reversed(summaries) if summary.charts), ())
    return replace(speaker, charts=charts, changed=" ".join(changes) or last.changed)


def _is_unchanged(summary: Summary) -> bool:
    return summary.changed.startswith("Nothing")


def _about(summaries: Sequence[Summary], shows: str) -> About:
    last = summaries[-1]
    started = f"{last.district_id} {summaries[0].made_at}"
    return About(
        district_id=last.district_id,
        district_name=last.district_name,
        run_id=hashlib.sha256(started.encode()).hexdigest()[:8],
        made_at=last.made_at,
        version=__version__,
        fingerprint=next((s.fingerprint for s in reversed(summaries) if s.fingerprint), ""),
        shows=shows,
    )


def _render(template: str, whole: Summary, steps: Sequence[Summary], about: About) -> str:
    charts = [(bars, draw_bars(bars), tabulate_bars(bars)) for bars in whole.charts]
    return render(
        template,
        whole=whole,
        steps=steps,
        about=about,
        charts=charts,
        next_action=whole.next_action,
        undo=_NOTHING_TO_UNDO if all(map(_is_unchanged, steps)) else _UNDO,
    )
