"""The v2 role lists, for the dual read: who has which old id, as long as the app may still call that version.

The same district token works on both versions: the lists say which old ids exist at all, v3 says whose they are.

Source: https://dev.clever.com/docs/api-overview (the URL carries the version).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from playbook.clever.client import Clever
from playbook.clever.district_state import NOT_SHARED
from playbook.clever.grouped_file import GroupedFile
from playbook.clever.reading import read_legacy_users
from playbook.clever.session import PAGE_LIMIT, Session
from playbook.clever.tables import LEGACY_USERS
from playbook.errors import CleverError
from playbook.tables import TEXT

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
        path: The rows of `LEGACY_USERS`, in the order in which they came.
        refused: Role to what Clever said, for the lists that the app may not read; they have no rows.
    """

    path: Path
    refused: Mapping[str, str]

    def read(self) -> pd.DataFrame:
        """Return the table `LEGACY_USERS`; of an id that stands in two lists, the role that was read last."""
        rows = pd.read_parquet(self.path).astype(TEXT)
        return LEGACY_USERS.make(rows.drop_duplicates("legacy_id", keep="last"))


def fetch_legacy_users(clever: Clever, directory: Path, version: str = "v2.1") -> LegacyUsers:
    """Read v2's role lists page by page; one that the token may not read, as contacts since their end in v2, is said.

    Args:
        clever: The district's client.
        directory: Where the rows go, in a file of 0600; none stays where v2 did not answer.
        version: `v2.0` or `v2.1`.

    Raises:
        CleverError: The app may not call that version at all, or Clever did not answer.
    """
    file = GroupedFile(LEGACY_USERS, directory)
    try:
        refusals = clever.run(_read_lists(clever.session, version, file))
    except CleverError:
        file.path.unlink()
        raise
    finally:
        file.close()
    return LegacyUsers(file.path, {role: error.message for role, error in refusals.items()})


async def _read_lists(session: Session, version: str, file: GroupedFile) -> dict[str, CleverError]:
    refusals: dict[str, CleverError] = {}
    for role, noun in LISTS.items():
        try:
            await _read_list(session, f"/{version}/{noun}", role, file)
        except CleverError as error:
            if error.status not in NOT_SHARED:
                raise
            refusals[role] = error
    if len(refusals) == len(LISTS):
        raise next(iter(refusals.values()))
    return refusals


async def _read_list(session: Session, path: str, role: str, file: GroupedFile) -> None:
    async for page in session.pages(session.target(path, {"limit": PAGE_LIMIT}), read_legacy_users):
        ids = pa.array([id_ for id_ in page.ids if id_], pa.string())
        file.add(pa.table([ids, pa.repeat(pa.scalar(role, pa.string()), len(ids))], schema=file.schema))
