"""The contracts of what matching says: one row an account, in exactly one state, with a rule and a reason."""

from __future__ import annotations

from playbook.tables import Contract

STATES = ("matched", "already_v3", "suggested", "tie", "conflict", "unmatched")

MATCHES = Contract(
    "matches",
    {
        "account_id": "text",
        "state": "text",
        "user_id": "text",  # blank unless matched, already_v3, or the one user that a suggestion names
        "role": "text",  # the role of the user that the account stands for
        "rule": "text",  # the rule that decided, or "reviewer"
        "evidence": "text",  # list of key=value, values ids or counts, never a name or an e-mail
        "reason": "text",  # a code of matching.reasons
    },
    key=("account_id",),
    codes={"state": frozenset(STATES)},
)

NEW_USERS = Contract(
    "new users",
    {"user_id": "text", "role": "text", "legacy_id": "text", "reason": "text"},
    key=("user_id", "role"),
)

CANDIDATES = Contract(
    "candidates",
    {
        "account_id": "text",
        "user_id": "text",
        "role": "text",  # the role that the account would stand for; blank where that is not known
        "rule": "text",
        "evidence": "text",
    },
    key=("account_id", "user_id", "rule"),
)

WAITING = ("suggested", "tie", "conflict")
"""The states in which a person decides."""

DECISION_WORDS = ("accept", "separate", "withdraw")
"""What a reviewer may say: the account is this user's, it is none of the candidates', or an earlier answer is void."""

REVIEW = Contract(
    "review queue",
    {
        "account_id": "text",
        "state": "text",
        "reason": "text",
        "rule": "text",
        "evidence": "text",
        "candidates": "text",  # list of "user_id role rule evidence"; a dash for an unknown role
        "question": "text",  # what the reason says and what to do, in words
        "account_name": "text",  # for the reviewer's eyes; not part of the evidence
        "account_email": "text",
        "candidate_names": "text",  # list, in the order of the candidates
        "evidence_hash": "text",  # SHA-256 over account_id to candidates
        "decision": "text",  # blank until decided
        "user_id": "text",  # for accept: which candidate
        "who": "text",
        "when": "text",
        "note": "text",
    },
    key=("account_id",),
    codes={"decision": frozenset({*DECISION_WORDS, ""}), "state": frozenset(WAITING)},
)

DECISIONS = Contract(
    "decisions",
    {
        "account_id": "text",
        "decision": "text",
        "user_id": "text",
        "role": "text",
        "evidence_hash": "text",  # what the decision was made on
        "who": "text",
        "when": "text",
        "note": "text",
    },
    key=("account_id",),
    codes={"decision": frozenset(DECISION_WORDS)},
)

OUTCOMES = (
    "agree",  # the CSVs and the API name the same user
    "disagree",
    "csv_only",  # in the CSVs, not in the API: departed, or its role is not shared
    "api_only",  # in the API, not in the CSVs: born later, or its district was not connected
    "neither",  # only an account holds it
)

RECONCILIATION = Contract(
    "reconciliation",
    {
        "legacy_id": "text",
        "csv_user_id": "text",  # a list where the CSVs name several
        "api_user_id": "text",
        "role": "text",
        "accounts": "int",  # how many accounts hold the old id
        "outcome": "text",
    },
    key=("legacy_id",),
    codes={"outcome": frozenset(OUTCOMES)},
)

CSV_LINES = Contract(
    "lines of the migration CSVs",
    {"file": "text", "line": "int", "outcome": "text"},  # an outcome of the reconciliation, or why it was not used
    key=("file", "line"),
)
