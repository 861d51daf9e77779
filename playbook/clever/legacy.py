"""The v2 role lists, for the dual read: who has which old id, as long as the app may still call that version.

The same district token works on both versions: the lists say which old ids exist at all, v3 says whose they are.

Source: https://dev.clever.com/docs/api-overview (the URL carries the version).
"""

from __future__ import annotations

import pandas as pd

from playbook.clever.client import Clever
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


def fetch_legacy_users(clever: Clever, version: str = "v2.1") -> pd.DataFrame:
    """Return everybody whom v2's role lists show.

    Args:
        clever: The district's client.
        version: `v2.0` or `v2.1`.

    Returns:
        A table of `LEGACY_USERS`. A role that the token may not list, such as contacts since their end in v2, has no
        rows.

    Raises:
        CleverError: The app may not call that version at all, or Clever did not answer.
    """
    rows: list[dict[str, str]] = []
    refusals: list[CleverError] = []
    for role, noun in LISTS.items():
        try:
            for page in clever.pages(f"/{version}/{noun}", {"limit": PAGE_LIMIT}):
                rows.extend(_row(role, record) for record in page)
        except CleverError as error:
            if error.status not in (403, 404):
                raise
            refusals.append(error)
    if len(refusals) == len(LISTS):
        raise refusals[0]
    return LEGACY_USERS.make(rows)


def _row(role: str, record: Document) -> dict[str, str]:
    sis_id = record.get("staff_id") if role == "staff" else record.get("sis_id")
    texts = {"legacy_id": record.get("id"), "email": record.get("email"), "sis_id": sis_id}
    return {"role": role} | {column: str(value or "") for column, value in texts.items()}
