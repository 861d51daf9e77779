"""A reviewer's decisions: bound to the evidence they were made on, kept while it stands, left out when it does not."""

from __future__ import annotations

from collections.abc import Sequence
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
        standing: The DECISIONS table of what was carried out, bound to the evidence as it is now.
        fulfilled: The DECISIONS table of what needs no carrying out any more: the account is on the accepted user.
        stale: The DECISIONS table of what was not carried out: the account or its evidence is another one now.
    """

    matches: Matches
    standing: pd.DataFrame
    fulfilled: pd.DataFrame
    stale: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """How many decisions were carried out, had been before, and are stale."""
        return {name: len(getattr(self, name)) for name in ("standing", "fulfilled", "stale")}


def read_decisions(returned: pd.DataFrame, matches: Matches, *, sheet: str = "the review queue") -> pd.DataFrame:
    """Return the decisions of a review queue that came back filled in, those on evidence that is gone among them.

    Args:
        returned: The REVIEW table as it came back; rows without a decision are left out.
        matches: What the rules say now, before any decision.
        sheet: What the returned file is called.

    Returns:
        The DECISIONS table.

    Raises:
        InputError: A row was altered, is repeated or answers what cannot be answered so; all of them are listed by
            their number, and nothing is decided.
    """
    answers = _read_answers(returned, sheet)
    queue = list_review(matches)
    present = dict(zip(queue["account_id"], queue["evidence_hash"], strict=True))
    wrong = {number: answer.find_fault(present) for number, answer in answers.items()}
    faults = [Fault(f"{sheet} row {number}", what) for number, what in wrong.items() if what]
    if faults:
        raise InputError(
            f"{len(faults)} decision{'s' * (len(faults) != 1)} of {sheet} cannot be taken; nothing was decided",
            code="decisions_refused",
            remedy=f"Correct the listed rows of {sheet}: copy what was altered back from review.csv, or empty the "
            "decision; then match again.",
            faults=faults,
        )
    return DECISIONS.make([answer.as_decision() for answer in answers.values()])


def apply_decisions(matches: Matches, decisions: pd.DataFrame) -> Decided:
    """Return the matches with every decision carried out whose evidence still stands.

    Args:
        matches: What the rules say now, before any decision.
        decisions: The DECISIONS table, perhaps of an earlier run.
    """
    if decisions.empty:
        return Decided(matches, *(DECISIONS.empty() for _ in range(3)))
    bound = _bind(decisions, matches)
    is_standing = bound["evidence_hash"] != ""
    is_fulfilled = ~is_standing & _is_fulfilled(decisions, matches.rows)
    standing = DECISIONS.make(bound[is_standing])
    rows = _decide_rows(matches.rows, standing)
    new_users = _decide_new_users(matches, rows)
    return Decided(
        replace(matches, rows=rows, new_users=new_users),
        standing,
        DECISIONS.make(decisions[is_fulfilled]),
        DECISIONS.make(decisions[~is_standing & ~is_fulfilled]),
    )


def combine_decisions(tables: Sequence[pd.DataFrame], matches: Matches) -> pd.DataFrame:
    """Return one decision an account: of several the last one whose evidence stands, else the last one.

    A decision that was withdrawn last is none; `withdraw` needs no evidence that stands.

    Args:
        tables: DECISIONS tables, the oldest first.
        matches: What the rules say now, before any decision.
    """
    every = pd.concat([DECISIONS.empty(), *tables], ignore_index=True)
    if every.empty:
        return every
    stands = (_bind(every, matches)["evidence_hash"] != "") | (every["decision"] == "withdraw")
    order = stands.sort_values(kind="stable").index
    last = every.loc[order].drop_duplicates("account_id", keep="last")
    return DECISIONS.make(last[last["decision"] != "withdraw"])


def _bind(decisions: pd.DataFrame, matches: Matches) -> pd.DataFrame:
    """Return the decisions with the hash of the evidence as it is now; blank where they do not stand.

    The accepted user's id beside the account is what a plan wrote for the decision: it is no new evidence.
    """
    accepted = pd.MultiIndex.from_frame(decisions.loc[decisions["decision"] == "accept", ["account_id", "user_id"]])
    candidates = matches.candidates
    is_own = pd.MultiIndex.from_frame(candidates[["account_id", "user_id"]]).isin(accepted)
    others = candidates[~(is_own & (candidates["rule"] == "v3_id_beside"))]
    now, before = list_review(matches), list_review(replace(matches, candidates=others))
    known: dict[tuple[str, str], str] = {}
    for queue in (before, now):
        known |= zip(zip(queue["account_id"], queue["evidence_hash"], strict=True), now["evidence_hash"], strict=True)
    keys = zip(decisions["account_id"], decisions["evidence_hash"], strict=True)
    return decisions.assign(evidence_hash=[known.get(key, "") for key in keys])


def _is_fulfilled(decisions: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Return which decisions accepted the very user whose v3 id the account holds now."""
    on_v3 = rows.loc[rows["state"] == "already_v3", ["account_id", "user_id"]]
    decided = pd.MultiIndex.from_frame(decisions[["account_id", "user_id"]])
    return pd.Series(decided.isin(pd.MultiIndex.from_frame(on_v3)), index=decisions.index)


def _read_answers(returned: pd.DataFrame, sheet: str) -> dict[int, Answer]:
    """Return the decided rows by their number in the sheet, whose header is row 1.

    Raises:
        InputError: The sheet lacks a column of the review queue.
    """
    missing = [column for column in (*EVIDENCE, "evidence_hash", *ANSWER) if column not in returned.columns]
    if missing:
        raise InputError(
            f"{sheet} lacks some columns of the review queue",
            code="decisions_refused",
            remedy=f"Copy the header row of review.csv into {sheet} and keep it as it is; then match again.",
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
