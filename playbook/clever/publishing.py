"""The end of a fetch: the tables take their places, the manifest last of all; or they do not, and it says why.

Killed at any point, the next run finishes: the manifest stands among the pages before the first table is moved.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from playbook.clever.beginning import discard
from playbook.clever.judgement import judge_lists, judge_people
from playbook.clever.manifest import (
    MANIFEST,
    Finding,
    Manifest,
    hash_file,
    read_manifest,
    root_hash,
    verdict_of,
    write_manifest,
)
from playbook.clever.outcome import Outcome, list_findings
from playbook.clever.snapshot_tables import TABLES
from playbook.clever.tables import USERS
from playbook.errors import InputError

MADE = "tables"
REFUSED = "refused.json"


def publish(outcome: Outcome, draft: Manifest, partial: Path, directory: Path, *, accept_loss: bool) -> Manifest:
    """Judge the tables that were made, and put them in their places if they may take them.

    Args:
        outcome: What the reading brought.
        draft: The manifest so far: whose, when, at what cost.
        partial: The directory of the pages; its `tables/` holds the new tables.
        directory: The snapshot's directory.
        accept_loss: Whether a person has said that a mass disappearance is true.

    Returns:
        The manifest. Where people disappeared in a mass its verdict is `no_go` and the earlier snapshot stays.
    """
    hashes = {name: hash_file(partial / MADE / f"{name}.parquet") for name in TABLES}
    losses = () if accept_loss else _losses(outcome, partial / MADE, directory)
    findings = [*list_findings(outcome, partial / MADE), *losses]
    manifest = replace(
        draft,
        users=outcome.rows[USERS.name],
        roles=dict(sorted(outcome.roles.items())),
        rows=dict(outcome.rows),
        hashes=hashes,
        root=root_hash(hashes),
        district_state=outcome.end.state,
        changed_while_reading=outcome.has_changed,
        replaced=outcome.replaced,
        complete=True,
        faults=tuple(map(str, findings)),
        verdict=verdict_of(findings),
    )
    if losses:
        write_manifest(manifest, directory / REFUSED)
        discard(partial)
        return manifest
    write_manifest(manifest, partial / MANIFEST)
    return finish_publishing(manifest, partial, directory)


def finish_publishing(manifest: Manifest, partial: Path, directory: Path) -> Manifest:
    """Move the tables that are not in their places yet, write the manifest, and clear the pages away."""
    (directory / MANIFEST).unlink(missing_ok=True)
    for name in TABLES:
        made = partial / MADE / f"{name}.parquet"
        if made.exists():
            made.replace(directory / made.name)
    write_manifest(manifest, directory / MANIFEST)
    (directory / REFUSED).unlink(missing_ok=True)
    discard(partial)
    return manifest


def _losses(outcome: Outcome, made: Path, directory: Path) -> tuple[Finding, ...]:
    """Compare with the earlier snapshot of the same district, if it stands there unchanged."""
    earlier = directory / f"{USERS.name}.parquet"
    try:
        before = read_manifest(directory / MANIFEST)
    except InputError:
        return ()
    if before.district_id != outcome.beginning.mark.district_id or not earlier.is_file():
        return ()
    known, current = (pq.read_table(path, columns=["user_id"])[0] for path in (earlier, made / earlier.name))
    people = judge_people(known, current, before.roles, outcome.roles)
    return (*people, *judge_lists(before.rows, outcome.rows))
