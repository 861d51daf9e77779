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
