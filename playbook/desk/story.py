"""One account's story in a notebook: typed and read in Lab, names masked; it is read only, so nothing gates on it."""

from __future__ import annotations

from typing import Any

from playbook.desk.review import read_queue
from playbook.errors import PlaybookError
from playbook.road.asking import explain
from playbook.run import Run
from playbook.sharing.shown import Shown, show_refusal, show_story, show_text

_NARROW = {"width": "max-content"}


def tell_account(run: Run, *, is_demo: bool) -> Any:
    """Show a control that tells an account's story.

    Where nobody can type, the demo's first waiting account is told; of a real district's accounts nothing is, since
    an executed notebook is kept.

    Raises:
        StepMissing: Step 03 has not run yet.
    """
    waiting = read_queue(run)["account_id"]
    first = str(waiting.iloc[0]) if len(waiting) else ""
    if not run.settings.is_unattended:
        return _control(run, first)
    if is_demo and first:
        return show_story(explain(run, first))
    return show_text("Open this notebook in Lab, or use `playbook why`, to read one account's story.")


def answer_account(run: Run, account_id: str) -> Shown:
    """Return the story of an account, or why there is none."""
    try:
        return show_story(explain(run, account_id.strip()))
    except PlaybookError as error:
        return show_refusal(error)


def _control(run: Run, first: str) -> Any:
    import ipywidgets  # slow to import; only those who can type wait for it

    account = ipywidgets.Text(value=first, description="Account", placeholder="its key in the accounts table")
    button = ipywidgets.Button(description="Tell its story", tooltip="Reads only; names stay masked", layout=_NARROW)
    told = ipywidgets.HTML()

    def tell(_: Any) -> None:
        told.value = answer_account(run, account.value).html

    button.on_click(tell)
    return ipywidgets.VBox([ipywidgets.HBox([account, button]), told])
