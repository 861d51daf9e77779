"""The review queue: one row an account that a person must decide about, bound to the evidence that it shows."""

from __future__ import annotations

import hashlib

import pandas as pd

from playbook.matching.match import Matches
from playbook.matching.reasons import EXPLANATIONS, Reason
from playbook.matching.table import REVIEW, WAITING
from playbook.tables import TEXT, join

EVIDENCE = ("account_id", "state", "reason", "rule", "evidence", "candidates")
"""The cells that a decision is bound to."""
ANSWER = ("decision", "user_id", "who", "when", "note")
"""The cells that the reviewer fills."""


def list_review(
    matches: Matches,
    *,
    accounts: pd.DataFrame | None = None,
    users: pd.DataFrame | None = None,
    decisions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the REVIEW table of what the rules left to people.

    Args:
        matches: What the rules say, before any decision.
        accounts: The ACCOUNTS table, to show the reviewer names and e-mails.
        users: The USERS table, for the same.
        decisions: The DECISIONS table; answers whose evidence still stands are filled in.

    Returns:
        One row for each suggested, tied or conflicting account, sorted by account_id.
    """
    waiting = matches.rows[matches.rows["state"].isin(WAITING)]
    queue = waiting[["account_id", "state", "reason", "rule", "evidence"]]
    queue = queue.merge(_candidates(matches.candidates, users), on="account_id", how="left")
    queue["candidates"] = queue["candidates"].fillna("")
    queue["question"] = pd.Series([ask(Reason(reason)) for reason in queue["reason"]], dtype=TEXT)
    queue["evidence_hash"] = pd.Series(hash_evidence(queue), dtype=TEXT)
    queue = queue.merge(_shown(accounts), on="account_id", how="left")
    return REVIEW.make(queue.merge(_answers(decisions), on=["account_id", "evidence_hash"], how="left"))


def hash_evidence(queue: pd.DataFrame) -> list[str]:
    """Return for each row the SHA-256 of the cells that a decision on it is bound to."""
    cells = zip(*(queue[column] for column in EVIDENCE), strict=True)
    return [hashlib.sha256("\x1f".join(row).encode()).hexdigest() for row in cells]


def ask(reason: Reason) -> str:
    """Return what the reviewer is asked about an account with this reason."""
    explanation = EXPLANATIONS[reason]
    return f"{explanation.says} {explanation.remedy}"


def _candidates(candidates: pd.DataFrame, users: pd.DataFrame | None) -> pd.DataFrame:
    """Return one row an account: its candidates as a list, and their names as another."""
    role = candidates["role"].where(candidates["role"] != "", "-")
    evidence = candidates["evidence"].str.replace("|", ",", regex=False)
    items = candidates["user_id"] + " " + role + " " + candidates["rule"] + " " + evidence
    table = pd.DataFrame({"account_id": candidates["account_id"], "candidates": items, "candidate_names": ""})
    if users is not None:
        names = (users["first"] + " " + users["last"]).str.strip().set_axis(users["user_id"])
        table["candidate_names"] = candidates["user_id"].map(names).fillna("").str.replace("|", " ", regex=False)
    return table.groupby("account_id", as_index=False).agg({"candidates": join, "candidate_names": join})


def _shown(accounts: pd.DataFrame | None) -> pd.DataFrame:
    if accounts is None:
        return pd.DataFrame({"account_id": [], "account_name": [], "account_email": []}, dtype="string[pyarrow]")
    shown = accounts[["account_id", "name", "email"]].drop_duplicates("account_id")
    return shown.rename(columns={"name": "account_name", "email": "account_email"})


def _answers(decisions: pd.DataFrame | None) -> pd.DataFrame:
    columns = ["account_id", "evidence_hash", *ANSWER]
    if decisions is None:
        return pd.DataFrame({column: [] for column in columns}, dtype="string[pyarrow]")
    return decisions[columns]
