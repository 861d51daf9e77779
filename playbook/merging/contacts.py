"""Contacts whom nobody has an account for: made anew, with one relationship a student. Pure.

A contact is mapped by its old id; where that misses nobody guesses by name. v2 applied one relationship to all of a
contact's students, v3 has one each, so the relationships always come from v3.
Source: Clever's "Migrating from v2.x contacts to v3.x contacts".
"""

from __future__ import annotations

import json
from collections import defaultdict

import pandas as pd


def create_contacts(
    new_users: pd.DataFrame | None,
    users: pd.DataFrame | None,
    relationships: pd.DataFrame | None,
    members: pd.DataFrame,
    *,
    is_wanted: bool,
) -> pd.DataFrame:
    """Return one `create_contact` row for each contact without an account; none without the snapshot's users.

    Args:
        new_users: By NEW_USERS.
        users: By USERS; a contact's whole name stands in `last`.
        relationships: By CONTACT_RELATIONSHIPS.
        members: One row an account with its match; gives a student's account.
        is_wanted: False where the application starts afresh.
    """
    columns = ["kind", "group", "account_id", "user_id", "role", "survivor_id", "old_id", "reason", "detail"]
    if not is_wanted or new_users is None or users is None:
        return pd.DataFrame(columns=columns)
    contacts = new_users[new_users["role"] == "contact"].merge(users, on="user_id", how="inner")
    students = dict(zip(members["user_id"], members["account_id"], strict=True))
    of_contact: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in [] if relationships is None else relationships.to_dict("records"):
        if row["student_id"] in students:
            of_contact[row["user_id"]].append(
                {"account": students[row["student_id"]], "relationship": row["relationship"], "type": row["type"]}
            )
    rows = [
        {
            "kind": "create_contact",
            "group": row["user_id"],
            "account_id": row["user_id"],  # the account has no key yet: its user names it until then
            "user_id": row["user_id"],
            "role": "contact",
            "survivor_id": "",
            "old_id": row["legacy_id"],
            "reason": "no_account",
            "detail": json.dumps(
                {"email": row["email"], "name": row["last"], "students": of_contact[row["user_id"]]},
                sort_keys=True,
                ensure_ascii=False,
            ),
        }
        for row in contacts.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=columns)
