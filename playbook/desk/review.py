"""The review queue by clicking: one waiting account at a time, people masked, each decision a row of `decisions.csv`.

The row is the queue's own, so that the decision is bound to the evidence that was seen; step 03 reads it on its next
run, as it reads a sheet that came back from the district.
"""

from __future__ import annotations

import getpass
from typing import Any

import pandas as pd

from playbook.matching.reasons import EXPLANATIONS, Reason
from playbook.matching.table import REVIEW
from playbook.run import Run
from playbook.sharing.masking import Mask, read_mask
from playbook.sharing.sheets import read_sheet, write_csv
from playbook.sharing.shown import show_text
from playbook.tables import split

QUEUE, DECISIONS = "review.csv", "decisions.csv"
SEPARATE, ACCEPT, WITHDRAW = "separate", "accept", "withdraw"
_NARROW = {"width": "max-content"}
_STEP = "03_match_accounts"


def review_accounts(run: Run) -> Any:
    """Show a control that decides waiting accounts; where nobody can click, how many wait and are decided."""
    queue = read_queue(run)
    if run.settings.is_unattended:
        return show_text(_sentence(run, queue))
    return _control(run, queue)


def read_queue(run: Run) -> pd.DataFrame:
    """Read what waits for a person.

    Raises:
        StepMissing: Step 03 has not run yet.
    """
    return REVIEW.make(read_sheet(run.made_by(_STEP, QUEUE)))


def record_answer(run: Run, account_id: str, decision: str, user_id: str, *, who: str) -> None:
    """Decide one account; an earlier decision on it is replaced, and those on evidence that is gone are left out.

    Args:
        run: The district's run.
        account_id: A waiting account.
        decision: `accept`, `separate` or `withdraw`.
        user_id: For `accept`, which candidate.
        who: Who decides.
    """
    queue = read_queue(run)
    row = queue[queue["account_id"] == account_id]
    when = run.now().isoformat(timespec="seconds")
    answered = row.assign(decision=decision, user_id=user_id, who=who, when=when)
    others = _standing(run, queue)
    others = others[others["account_id"] != account_id]
    write_csv(REVIEW.make(pd.concat([others, answered], ignore_index=True)), run.path(DECISIONS))


def _standing(run: Run, queue: pd.DataFrame) -> pd.DataFrame:
    """The decisions of the file whose evidence is what the queue shows now."""
    path = run.directory / DECISIONS
    if not path.exists():
        return REVIEW.empty()
    decided = REVIEW.make(read_sheet(path))
    return decided[decided["evidence_hash"].isin(queue["evidence_hash"])]


def _sentence(run: Run, queue: pd.DataFrame) -> str:
    return f"{len(queue):,} accounts wait for a person; {len(_standing(run, queue)):,} of them are decided."


def _options(row: pd.Series, mask: Mask) -> list[tuple[str, tuple[str, str]]]:
    """What may be said of one account: each candidate, where the reason allows any, and none of them."""
    names, candidates = split(row["candidate_names"]), split(row["candidates"])
    offered = list(zip(candidates, names, strict=True)) if EXPLANATIONS[Reason(row["reason"])].may_accept else []
    seen: dict[tuple[str, str], str] = {}
    for candidate, name in offered:
        user_id, role, rule, *_ = candidate.split(" ")
        seen.setdefault((ACCEPT, user_id), f"Accept {mask.name(name)}, {role} ({rule})")
    withdraw = [("Withdraw the decision", (WITHDRAW, ""))] if row["decision"] else []
    return [*((label, answer) for answer, label in seen.items()), ("None of the candidates", (SEPARATE, "")), *withdraw]


def _control(run: Run, queue: pd.DataFrame) -> Any:
    import ipywidgets  # slow to import; only those who can click wait for it

    mask, rows = read_mask(run.directory), queue.set_index("account_id")
    labels = [(f"{mask.name(row['account_name'])}, {row['state']}", account) for account, row in rows.iterrows()]
    account = ipywidgets.Dropdown(options=labels, description="Account", layout=_NARROW)
    question = ipywidgets.Label()
    answer = ipywidgets.RadioButtons(options=[], layout=_NARROW)
    button = ipywidgets.Button(
        description="Record this decision", tooltip="Writes a row of decisions.csv", layout=_NARROW
    )
    said = ipywidgets.Label(_sentence(run, queue))

    def show(_: Any = None) -> None:
        if account.value is not None:
            question.value = rows.loc[account.value, "question"]
            answer.options = _options(rows.loc[account.value], mask)
            answer.value = None

    def record(_: Any) -> None:
        if answer.value is not None:
            record_answer(run, account.value, *answer.value, who=getpass.getuser())
            said.value = _sentence(run, queue)

    account.observe(show, "value")
    button.on_click(record)
    show()
    return ipywidgets.VBox([account, question, answer, button, said])
