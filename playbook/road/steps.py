"""The road as a list: each step's name and what runs it, in the order that the lessons of the field ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playbook.errors import InputError
from playbook.road.apply import STEP as APPLY
from playbook.road.apply import apply_and_verify
from playbook.road.audit import STEP as AUDIT
from playbook.road.audit import audit
from playbook.road.done import Done
from playbook.road.fetch import STEP as FETCH
from playbook.road.fetch import fetch
from playbook.road.hand_over import STEP as HAND_OVER
from playbook.road.hand_over import hand_over
from playbook.road.match import STEP as MATCH
from playbook.road.match import match
from playbook.road.plan import plan
from playbook.road.plans import STEP as PLAN
from playbook.road.preview import STEP as PREVIEW
from playbook.road.preview import preview
from playbook.road.rehearse import STEP as REHEARSE
from playbook.road.rehearse import rehearse
from playbook.road.start import STEP as START
from playbook.road.start import start
from playbook.run import Report, Run

RunStep = Callable[..., Done]

STEPS: Mapping[str, RunStep] = {
    START: start,
    AUDIT: audit,
    FETCH: fetch,
    MATCH: match,
    PLAN: plan,
    PREVIEW: preview,
    REHEARSE: rehearse,
    APPLY: apply_and_verify,
    HAND_OVER: hand_over,
}
"""Notebook name to what it runs, in the order of the road."""


def run_step(step: str, run: Run, *, progress: Report | None = None, **options: Any) -> Done:
    """Run one step of the road.

    Args:
        step: The notebook's name.
        run: The district's run.
        progress: Takes what is being done, how many are done, and of how many.
        options: The step's own; `execute` for step 07.

    Raises:
        InputError: There is no such step.
        StepMissing: A step that it reads from has not run.
    """
    if step not in STEPS:
        raise InputError("there is no such step", remedy=f"Name one of {', '.join(STEPS)}.")
    return STEPS[step](run, progress=progress, **options)
