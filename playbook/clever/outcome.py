"""What a reading brought, and everything about it that a person must know before anything is built on it.

Source: https://dev.clever.com/docs/secure-sync-rostering.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from playbook.clever.beginning import Beginning
from playbook.clever.district_state import DistrictMark
from playbook.clever.manifest import Finding
from playbook.clever.tables import SCHOOLS, SECTIONS, USERS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the reading brought.

    Attributes:
        beginning: The first moment.
        end: The district's mark after the last page.
        rows: Table to number of rows.
        roles: Role to number of users who have it.
        without_role: Users without any known role.
        replaced: Ids of users who were read in two forms.
        refused: List to what Clever said, for those that the app may not read.
    """

    beginning: Beginning
    end: DistrictMark
    rows: Mapping[str, int]
    roles: Mapping[str, int]
    without_role: int
    replaced: tuple[str, ...]
    refused: Mapping[str, str]

    @property
    def has_changed(self) -> bool:
        """Whether Clever took new data over, or events came, while we read."""
        return self.beginning.mark.data != self.end.data


def list_findings(outcome: Outcome, made: Path) -> list[Finding]:
    """Return what a person must know, the gravest first.

    Args:
        outcome: What the reading brought.
        made: The directory of the tables that were made of it.
    """
    return [*_of_people(outcome), *_of_lists(outcome, made), *_of_moment(outcome)]


def _of_people(outcome: Outcome) -> Iterator[Finding]:
    if not outcome.rows[USERS.name]:
        yield Finding("no_users", "Clever shares no user of this district", stops=True)
    if outcome.without_role:
        yield Finding("unknown_role", f"{outcome.without_role} users have no role that is known")


def _of_lists(outcome: Outcome, made: Path) -> Iterator[Finding]:
    for name, message in outcome.refused.items():
        yield Finding(f"{name}_refused", f"{message}; nothing that hangs on {name} is known")
    if SCHOOLS.name in outcome.refused:
        return
    if outcome.rows[USERS.name] and not outcome.rows[SCHOOLS.name]:
        yield Finding("no_schools", "Clever sent users and no school")
    elif missing := _count_missing_schools(made):
        schools = "1 school" if missing == 1 else f"{missing} schools"
        yield Finding("schools_missing", f"sections name {schools} that Clever did not send")


def _of_moment(outcome: Outcome) -> Iterator[Finding]:
    if outcome.end.is_frozen:
        what = "Clever does not keep the district's data up at the moment"
        yield Finding(f"district_{outcome.end.state}", what)
    if outcome.has_changed or outcome.replaced:
        what = f"the district changed while it was read; {len(outcome.replaced)} users were seen in two forms"
        yield Finding("changed_while_reading", what)
        return
    for name, count in outcome.beginning.expected.items():
        if count != outcome.rows[name]:
            yield Finding("count_differs", f"Clever counts {count} {name} and sent {outcome.rows[name]}")


def _count_missing_schools(made: Path) -> int:
    """Return how many schools stand in sections and not in the list of schools."""
    named, sent = (
        pq.read_table(made / f"{contract.name}.parquet", columns=["school_id"])[0].unique()
        for contract in (SECTIONS, SCHOOLS)
    )
    missing = np.setdiff1d(named, sent)
    return int((missing != "").sum())
