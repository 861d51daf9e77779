"""A reviewer's decisions: bound to the evidence they were made on, kept while it stands, refused when it does not."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import pandas as pd

from playbook.errors import Fault, InputError
from playbook.matching.answer import Answer
from playbook.matching.match import Matches
from playbook.matching.reasons import Reason
from playbook.matching.review import ANSWER, EVIDENCE, hash_evidence, list_review
from playbook.matching.table import DECISIONS, MATCHES, NEW_USERS, WAITING


@dataclass(frozen=True, slots=True)
class Decided:
    """Matches with the decisions that stand carried out.

    Attributes:
        matches: The matches; a decided account is matched or unmatched, by the rule `reviewer`.
        standing: The DECISIONS table of what was carried out.
        stale: The DECISIONS table of what was not: the account or its evidence is another one now.
    """

    matches: Matches
    standing: pd.DataFrame
    stale: pd.DataFrame


def read_decisions(returned: pd.DataFrame, matches: Matches) -> pd.DataFrame:
    """Return the decisions of a review queue that came back filled in.

    Args:
        returned: The REVIEW table as it came back; rows without a decision are left out.
        matches: What the rules say now, before any decision.

    Returns:
        The DECISIONS table.

    Raises:
        InputError: A row was altered, is stale, is repeated or answers what cannot be answered so; all of them are
            listed by their number, and nothing is decided.
    """
    answers = _read_answers(returned)
    queue = list_review(matches)
    present = dict(zip(queue["account_id"], queue["evidence_hash"], strict=True))
    wrong = {number: answer.find_fault(present) for number, answer in answers.items()}
    faults = [Fault(f"row {number}", what) for number, what in wrong.items() if what]
    if faults:
        raise InputError(
            f"{len(faults)} decisions of the review queue cannot be taken",
            code="decisions_refused",
            remedy="Write the review queue anew, decide the listed rows again and leave every other cell as it is.",
            faults=faults,
        )
    return DECISIONS.make([answer.as_decision() for answer in answers.values()])


def apply_decisions(matches: Matches, decisions: pd.DataFrame) -> Decided:
    """Return the matches with every decision carried out whose evidence still stands.

    Args:
        matches: What the rules say now, before any decision.
        decisions: The DECISIONS table, perhaps of an earlier run.
    """
    queue = list_review(matches)[["account_id", "evidence_hash"]]
    is_standing = pd.MultiIndex.from_frame(decisions[["account_id", "evidence_hash"]]).isin(
        pd.MultiIndex.from_frame(queue)
    )
    standing, stale = decisions[is_standing], decisions[~is_standing]
    rows = _decide_rows(matches.rows, standing)
    new_users = _decide_new_users(matches, rows)
    decided = replace(matches, rows=rows, new_users=new_users)
    return Decided(decided, standing.reset_index(drop=True), stale.reset_index(drop=True))


def _read_answers(returned: pd.DataFrame) -> dict[int, Answer]:
    """Return the decided rows by their number in the sheet, whose header is row 1.

    Raises:
        InputError: The sheet lacks a column of the review queue.
    """
    missing = [column for column in (*EVIDENCE, "evidence_hash", *ANSWER) if column not in returned.columns]
    if missing:
        raise InputError(
            "the review queue came back without some of its columns",
            code="decisions_refused",
            remedy="Write the review queue anew and keep its header row.",
            faults=[Fault(column, "the column is missing") for column in missing],
        )
    rows = returned.fillna("").astype(str)
    rows["decision"] = rows["decision"].str.strip().str.lower()
    rows["own_hash"] = hash_evidence(rows)
    rows["number"] = range(2, len(rows) + 2)
    rows = rows[rows["decision"] != ""]
    rows["is_repeated"] = rows.duplicated("account_id", keep=False)
    names = [field.name for field in fields(Answer)]
    return {int(row["number"]): Answer(**{name: row[name] for name in names}) for row in rows.to_dict("records")}


def _decide_rows(rows: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    decided = rows.merge(standing[["account_id", "decision", "user_id", "role"]], on="account_id", how="left")
    is_accepted = (decided["decision"] == "accept").fillna(False)
    is_decided = decided["decision"].notna()
    settled = pd.DataFrame({"account_id": decided["account_id"], "evidence": decided["evidence"]})
    for column, accepted, separate in (
        ("state", "matched", "unmatched"),
        ("user_id", decided["user_id_y"], ""),
        ("role", decided["role_y"], ""),
        ("rule", "reviewer", "reviewer"),
        ("reason", str(Reason.ACCEPTED_BY_REVIEWER), str(Reason.KEPT_APART_BY_REVIEWER)),
    ):
        before = decided[f"{column}_x"] if column in ("user_id", "role") else decided[column]
        settled[column] = before.mask(is_decided, separate).mask(is_accepted, accepted)
    return MATCHES.make(settled)


def _decide_new_users(matches: Matches, rows: pd.DataFrame) -> pd.DataFrame:
    accepted = rows.loc[rows["reason"] == Reason.ACCEPTED_BY_REVIEWER, "user_id"]
    waiting = rows.loc[rows["state"].isin(WAITING), "account_id"]
    awaited = matches.candidates.loc[matches.candidates["account_id"].isin(waiting), "user_id"]
    new_users = matches.new_users[~matches.new_users["user_id"].isin(accepted)]
    reason = new_users["reason"].mask(~new_users["user_id"].isin(awaited), str(Reason.NO_ACCOUNT))
    return NEW_USERS.make(new_users.assign(reason=reason))
