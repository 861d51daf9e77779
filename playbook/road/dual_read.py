"""Beside step 02: v2 is asked for its old ids as well, where the district file says that the app still may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from playbook.clever.client import Clever
from playbook.clever.dual_read import compare_reads
from playbook.clever.legacy import fetch_legacy_users
from playbook.clever.tables import DUAL_OUTCOMES, DUAL_READ
from playbook.errors import CleverError
from playbook.road.telling import plural
from playbook.run import Run
from playbook.sharing.summary import CountTable, Verdict

TABLE = "dual_read.parquet"
SAYS = {
    "agree": "both versions know the id, in one role",
    "v2_only": "v3 names the id nowhere; an account that holds it will find no user",
    "v3_only": "v2 does not list the id; only v3 names it",
    "other_role": "both know the id, each in another role",
    "several_users": "v3 names the id at more than one user",
    "not_compared": "v2's list of the role was refused",
}
DISAGREEING = ("v2_only", "other_role", "several_users")
ENDED = frozenset({"contact"})
"""Whose list in v2 may be refused without anybody's fault: contacts ended there in 2025."""


@dataclass(frozen=True, slots=True)
class DualRead:
    """What asking both versions brought.

    Attributes:
        counts: Outcome to how many old ids have it; empty where v2 was not asked, or did not answer.
        notes: What a person must know.
        verdict: `review` where the versions disagree or v2 could not be asked.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    verdict: Verdict = "go"

    @property
    def tables(self) -> tuple[CountTable, ...]:
        """The counts for people, where there are any."""
        rows = tuple((outcome.replace("_", " "), count, SAYS[outcome]) for outcome, count in self.counts.items())
        caption = "Old ids in v2 and in v3"
        return (CountTable(caption, ("where", "old ids", "what it says"), rows),) if rows else ()


def read_both(run: Run, clever: Clever, roles: pd.DataFrame) -> DualRead:
    """Read v2's role lists and compare them with the snapshot, if the district file names a v2 version.

    A refusal is told and ends nothing: the snapshot stands without it.

    Args:
        run: The district's run; takes the table of what differs.
        clever: The district's client.
        roles: The ROLES table of the snapshot.
    """
    version = run.district.clever.legacy_version
    run.path(TABLE).unlink(missing_ok=True)
    if not version:
        return DualRead()
    try:
        legacy = fetch_legacy_users(clever, run.directory, version)
    except CleverError as error:
        causes = "".join(f"; {fault.what}" for fault in error.faults)
        return DualRead(
            notes=(f"{version} could not be asked: {error.message}{causes}. {error.remedy}",), verdict="review"
        )
    compared = compare_reads(legacy.read(), roles, refused=legacy.refused)
    legacy.path.unlink()
    run.write_table(compared, DUAL_READ, TABLE)
    counts = {
        outcome: int(compared.loc[compared["outcome"] == outcome, "legacy_id"].nunique()) for outcome in DUAL_OUTCOMES
    }
    differing = sum(counts[outcome] for outcome in DISAGREEING)
    notes = [f"{version} does not show the list of {role}: {message}." for role, message in legacy.refused.items()]
    if differing:
        notes.append(f"{plural(differing, 'old id')} differ between {version} and v3; {TABLE} lists them.")
    is_fine = not differing and legacy.refused.keys() <= ENDED
    return DualRead(counts, tuple(notes), "go" if is_fine else "review")
