"""The contract of the sign-in rehearsal: for every (user, role), which account answers before and after."""

from __future__ import annotations

from playbook.tables import Contract

VERDICTS = (
    "same",  # the same account answers
    "merged",  # the account's survivor answers
    "new",  # nobody answered before; a new account will be made
    "held",  # waits for a decision; the legacy look-up still finds the old account
    "blocked",  # the account that answers is suspended
    "lost",  # somebody answered before and nobody, or a stranger, answers after: a no-go
)

SIGN_INS = Contract(
    "sign-ins",
    {
        "user_id": "text",
        "role": "text",
        "legacy_id": "text",
        "before": "text",  # account id; blank where none
        "after": "text",
        "verdict": "text",
        "reason": "text",
    },
    key=("user_id", "role"),
    codes={"verdict": frozenset(VERDICTS)},
)
