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
"""One row a login and a pair of rights, as `action:scope`, that it, or its person by several logins, newly holds."""

DIVIDED = Contract(
    "rights held by several logins",
    {"user_id": "text", "one": "text", "other": "text"},
    sort=("one", "other", "user_id"),
)
"""One row a person and a pair of rights that no login of theirs holds, but several of them together do."""


def find_together(changes: pd.DataFrame, apart: Iterable[Sequence[str]]) -> pd.DataFrame:
    """Return the logins that would newly hold both rights of a pair, alone or with their person's other logins.

    Args:
        changes: By the contract CHANGES.
        apart: Pairs of rights, each as `action:scope`; each of the two counts wherever it is held.
    """
    before, after = _before_and_after(changes)
    parts = [TOGETHER.empty()]
    for pair in apart:
        is_new = after["right"].isin(list(pair)) & after["person"].isin(
            _holding(after, "person", pair) - _holding(before, "person", pair)
        )
        is_new |= after["credential"].isin(_holding(after, "credential", pair) - _holding(before, "credential", pair))
        parts.append(after.loc[is_new, ["credential", "principal"]].assign(one=pair[0], other=pair[1]))
    return TOGETHER.make(pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True))


def find_divided(changes: pd.DataFrame, apart: Iterable[Sequence[str]]) -> pd.DataFrame:
    """Return the people whose logins hold both rights of a pair between them, as they did before.

    That is not the plan's doing, and no login does what it may not; but only now does the application know that the
    logins are one person's.
    """
    before, after = _before_and_after(changes)
    parts = [DIVIDED.empty()]
    for pair in apart:
        alone = after.loc[after["credential"].isin(_holding(after, "credential", pair)), "person"]
        people = (_holding(after, "person", pair) & _holding(before, "person", pair)) - {*alone}
        parts.append(pd.DataFrame({"user_id": sorted(people), "one": pair[0], "other": pair[1]}))
    return DIVIDED.make(pd.concat(parts, ignore_index=True))


def count_divided(divided: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Return each pair of rights with how many people hold both by several logins, sorted."""
    counts = divided.groupby(["one", "other"]).size().reset_index(name="people")
    return [(str(row["one"]), str(row["other"]), int(row["people"])) for row in records(counts)]


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
        Fault(
            f"{one} and {other}",
            f"logins that would newly hold both, by themselves or with others of the same person: {count}",
        )
        for one, other, count in counts
    ]
    if faults:
        raise AnswerIsNo(
            "the plan gives rights together that [permissions] apart keeps apart",
            code="rights_together",
            remedy="Change [permissions] mode or grants, or hold these accounts by a decision; then plan and preview "
            "again. No approval passes this.",
            faults=faults,
        )


def _before_and_after(changes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rights today and afterwards; a login that nobody is known to have is a person of its own."""
    person = changes["user_id"].where(changes["user_id"] != "", "login " + changes["credential"])
    rights = changes.assign(right=changes["action"] + ":" + changes["scope_kind"], person=person)
    return rights[rights["change"] != "gain"], rights[rights["change"] != "loss"]


def _holding(rights: pd.DataFrame, whose: str, pair: Sequence[str]) -> set[str]:
    """Return the logins, or the people, that hold both rights."""
    first, second = (set(rights.loc[rights["right"] == right, whose]) for right in pair)
    return first & second
