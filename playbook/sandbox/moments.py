"""When things happened in a sandbox district, in Unix seconds; an id starts with the second in which it was minted.

Source: https://dev.clever.com/docs/multi-role-users-in-clever
"""

from __future__ import annotations

from datetime import UTC, datetime

LEGACY_MINTED = 1_501_545_600  # 2017-08-01: the v2 ids of those who were there first
STUDENTS_MINTED = 1_483_228_800  # 2017-01-01
BACKFILL_DAY = 1_604_966_400  # 2020-11-10: the day on which employees of before got their v3 ids
EMPLOYEES_MINTED = 1_625_097_600  # 2021-07-01: later employees, both ids in one second
CONTACTS_MINTED = 1_672_531_200  # 2023-01-01
FORMER_MINTED = 1_470_009_600  # 2016-08-01: ids that Clever has since given up
DAY = 86_400
YEAR = 365 * DAY
LAST_SYNC = 1_785_542_400  # 2026-08-01: nothing was modified later


def moment(second: int) -> str:
    """Return a second as Clever writes a moment."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
