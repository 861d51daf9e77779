"""The contract of the accounts table: one row an (account, Clever identity), as the vendor's database holds it."""

from __future__ import annotations

from playbook.tables import Contract

STATUSES = frozenset({"active", "suspended", "deleted", ""})

ACCOUNTS = Contract(
    "accounts",
    {
        "account_id": "text",
        "clever_id": "text",  # lower case; blank where the account never had one
        "version": "text",  # "v2", "v3", or blank where the database does not say
        "v3_id": "text",  # what the column beside already holds; blank where there is none
        "role": "text",  # in Clever's v3 words; blank where unknown
        "role_word": "text",  # as the application has it
        "email": "text",
        "sis_id": "text",
        "number": "text",
        "state_id": "text",
        "name": "text",
        "district_id": "text",  # blank where the application does not keep it
        "status": "text",
        "last_login": "text",  # ISO; blank where never or not kept
        "image": "text",  # SHA-256 of its row and credential row, the v3_id apart: a plan's precondition
        "marks": "text",  # four digits a column, in the order of Schema.marked: which column changed
        "rows": "int",  # how many rows reference the account
    },
    sort=("account_id", "clever_id", "version"),  # no key: a student's v2 and v3 credentials hold the same id
    codes={"status": STATUSES},
)
