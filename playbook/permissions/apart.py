"""Rights that nobody may hold together, such as grading and approving grades: which logins a plan would give both.

What the application's own policy keeps apart is settled before anything is given, and no second person's yes changes
that: the policy, the mode or a decision has to. Source: separation of duty in NIST SP 800-53, AC-5.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from playbook.errors import AnswerIsNo, Fault
from playbook.tables import Contract, records

TOGETHER = Contract(
    "rights held together",
    {"credential": "text", "principal": "text", "one": "text", "other": "text"},
    sort=("one", "other", "credential"),
)
"""One row a login and a pair of rights, as `action:scope`, that it holds afterwards and did not hold before."""


def find_together(changes: pd.DataFrame, apart: Iterable[Sequence[str]]) -> pd.DataFrame:
    """Return the logins that would newly hold both rights of a pair, wherever each of the two counts.

    Args:
        changes: By the contract CHANGES.
        apart: Pairs of rights, each as `action:scope`.
    """
    rights = changes.assign(right=changes["action"] + ":" + changes["scope_kind"])
    before, after = rights[rights["change"] != "gain"], rights[rights["change"] != "loss"]
    parts = []
    for one, other in apart:
        logins = _holding(after, one, other) - _holding(before, one, other)
        rows = after[after["credential"].isin(list(logins))][["credential", "principal"]].drop_duplicates()
        parts.append(rows.assign(one=one, other=other))
    return TOGETHER.make(pd.concat(parts).drop_duplicates(ignore_index=True)) if parts else TOGETHER.empty()


def count_together(together: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Return each pair of rights with how many logins would newly hold both, sorted."""
    counts = together.groupby(["one", "other"]).agg(logins=("credential", "nunique")).reset_index()
    return [(str(row["one"]), str(row["other"]), int(row["logins"])) for row in records(counts)]


def refuse_together(counts: Iterable[Sequence[str | int]]) -> None:
    """Raise if somebody would newly hold rights that the policy keeps apart.

    Args:
        counts: As `count_together` returns them.

    Raises:
        AnswerIsNo: Code `rights_together`; no approval passes it.
    """
    faults = [
        Fault(f"{one} and {other}", f"logins that would newly hold both: {count}") for one, other, count in counts
    ]
    if faults:
        raise AnswerIsNo(
            "the plan gives rights together that [permissions] apart keeps apart",
            code="rights_together",
            remedy="Change [permissions] mode or grants, or hold these accounts by a decision; then plan and preview "
            "again. No approval passes this.",
            faults=faults,
        )


def _holding(rights: pd.DataFrame, one: str, other: str) -> set[str]:
    """Return the logins that hold both rights."""
    first, second = (set(rights.loc[rights["right"] == right, "credential"]) for right in (one, other))
    return first & second
