"""Controls that record a decision and gate nothing: in Lab a click, unattended the value that was given or recorded.

What is decided is a line in the run directory's `decisions.json`, with who, when, and the plan that it was made on; a
rerun reads it there. No control's own state is ever saved.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping, Sequence
from typing import Any

from playbook.run import Run
from playbook.sharing.shown import show_text

DECISIONS = "decisions.json"
_NARROW = "max-content"


def read_decisions(run: Run) -> dict[str, dict[str, str]]:
    """Return every recorded decision by its name: value, who, when, fingerprint."""
    path = run.directory / DECISIONS
    if not path.exists():
        return {}
    decisions: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return decisions


def record_decision(run: Run, name: str, value: str, *, who: str, fingerprint: str = "") -> Mapping[str, str]:
    """Record one decision; a later one of the same name replaces it, and says so.

    Args:
        run: The district's run.
        name: What was decided.
        value: The choice.
        who: Who decided.
        fingerprint: The plan, or the evidence, that the decision was made on.
    """
    decisions = read_decisions(run)
    decision = {"value": value, "who": who, "when": run.now().isoformat(timespec="seconds"), "fingerprint": fingerprint}
    run.write_json({**decisions, name: decision}, DECISIONS)
    return decision


def choose(
    run: Run, name: str, options: Sequence[str], *, value: str = "", question: str = "", fingerprint: str = ""
) -> Any:
    """Show a control that records a choice, or, where nobody can click, say which choice stands.

    Args:
        run: The district's run.
        name: What is decided.
        options: What may be chosen; codes, never people.
        value: What the notebook's parameter says; it stands where it is given.
        question: What the control asks.
        fingerprint: The plan that the decision is made on; a decision on another plan does not stand.

    Returns:
        Something to show: a control in Lab, a sentence elsewhere.
    """
    standing = value or standing_decision(run, name, fingerprint)
    if run.settings.is_unattended:
        return show_text(_sentence(name, standing))
    return _control(run, name, options, standing, question or name, fingerprint)


def standing_decision(run: Run, name: str, fingerprint: str) -> str:
    """Return what was decided on this very plan; blank where nothing was."""
    decision = read_decisions(run).get(name, {})
    return decision.get("value", "") if decision.get("fingerprint", "") == fingerprint else ""


def _sentence(name: str, standing: str) -> str:
    return f"Decided: {name} is {standing}." if standing else f"Not decided yet: {name}."


def _control(run: Run, name: str, options: Sequence[str], standing: str, question: str, fingerprint: str) -> Any:
    import ipywidgets  # slow to import; only those who can click wait for it

    picker = ipywidgets.RadioButtons(
        options=list(options), value=standing or None, description=question, layout={"width": _NARROW}
    )
    button = ipywidgets.Button(
        description=f"Record: {name}", tooltip="Writes your choice into decisions.json", layout={"width": _NARROW}
    )
    said = ipywidgets.Label(_sentence(name, standing))

    def record(_: Any) -> None:
        if picker.value is not None:
            record_decision(run, name, picker.value, who=getpass.getuser(), fingerprint=fingerprint)
            said.value = _sentence(name, picker.value)

    button.on_click(record)
    return ipywidgets.VBox([picker, button, said])
