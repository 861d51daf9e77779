"""The v2 role lists, for the dual read: who has which old id, as long as the app may still call that version.

The same district token works on both versions: the lists say which old ids exist at all, v3 says whose they are.

Source: https://dev.clever.com/docs/api-overview (the URL carries the version).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from playbook.clever.client import Clever
from playbook.clever.district_state import NOT_SHARED
from playbook.clever.oddities import Document
from playbook.clever.session import PAGE_LIMIT
from playbook.clever.tables import LEGACY_USERS
from playbook.errors import CleverError

LISTS = {
    "student": "students",
    "teacher": "teachers",
    "staff": "school_admins",
    "district_admin": "district_admins",
    "contact": "contacts",
}
"""Role, as v3 calls it, to v2's list."""


@dataclass(frozen=True, slots=True)
class LegacyUsers:
    """Everybody whom v2's role lists show.

    Attributes:
        users: The table `LEGACY_USERS`.
        refused: Role to what Clever said, for the lists that the app may not read; they have no rows.
    """

    users: pd.DataFrame
    refused: Mapping[str, str]


def fetch_legacy_users(clever: Clever, version: str = "v2.1") -> LegacyUsers:
    """Read v2's role lists; one that the token may not read, such as contacts since their end in v2, is said.

    Args:
        clever: The district's client.
        version: `v2.0` or `v2.1`.

    Raises:
        CleverError: The app may not call that version at all, or Clever did not answer.
    """
    rows: dict[str, dict[str, str]] = {}
    refusals: dict[str, CleverError] = {}
    for role, noun in LISTS.items():
        try:
            for page in clever.pages(f"/{version}/{noun}", {"limit": PAGE_LIMIT}):
                rows.update((row["legacy_id"], row) for row in (_row(role, record) for record in page))
        except CleverError as error:
            if error.status not in NOT_SHARED:
                raise
            refusals[role] = error
    if len(refusals) == len(LISTS):
        raise next(iter(refusals.values()))
    rows.pop("", None)
    return LegacyUsers(
        LEGACY_USERS.make(list(rows.values())), {role: error.message for role, error in refusals.items()}
    )


def _row(role: str, record: Document) -> dict[str, str]:
    sis_id = record.get("staff_id") if role == "staff" else record.get("sis_id")
    texts = {"legacy_id": record.get("id"), "email": record.get("email"), "sis_id": sis_id}
    return {"role": role} | {column: str(value or "") for column, value in texts.items()}
