"""The contract of what a plan does to each account, for everybody who does not need the operations themselves."""

from __future__ import annotations

from playbook.tables import Contract

OUTCOMES = (
    "unchanged",  # a student, or an account that is on v3 already
    "linked",  # gets the v3 id, stands alone
    "survivor",  # gets the v3 id and answers for others as well
    "folded",  # another account answers for it from now on
    "held",  # a person must decide; nothing is written
    "left",  # no user to link to; nothing is written
    "retired",  # the summer path: the old id is retired on a date
)

DESTINATIONS = Contract(
    "destinations",
    {
        "account_id": "text",
        "outcome": "text",
        "user_id": "text",  # the v3 id that the account ends with; blank where it ends with none
        "role": "text",
        "survivor_id": "text",  # the account that answers afterwards; itself unless folded
        "reason": "text",
    },
    key=("account_id",),
    codes={"outcome": frozenset(OUTCOMES)},
)
