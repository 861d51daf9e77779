"""A district's data on disk: read whole, or kept as a beginning that the next run goes on from.

Pages gather in `.partial/`; only when every list was read to its end do the tables take their places and the manifest,
last of all, says so. A snapshot without its manifest, or whose files do not have its hashes, is none.

Source: https://dev.clever.com/docs/secure-sync-rostering.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pandas as pd

from playbook.clever.assembly import Assembled, assemble_people, assemble_records
from playbook.clever.beginning import Beginning, begin_or_go_on
from playbook.clever.client import Clever
from playbook.clever.district_state import DistrictMark, mark_district
from playbook.clever.manifest import (
    MANIFEST,
    Finding,
    Manifest,
    hash_file,
    moment,
    read_manifest,
    root_hash,
    verdict_of,
    write_manifest,
)
from playbook.clever.parts import Part, Shelf
from playbook.clever.retrying import Tally
from playbook.clever.session import Session
from playbook.clever.tables import CONTACT_RELATIONSHIPS, ROLES, SCHOOLS, SECTIONS, USERS
from playbook.clever.walks import SCHOOLS as SCHOOL_LIST
from playbook.clever.walks import SECTIONS as SECTION_LIST
from playbook.clever.walks import USERS as USER_LIST
from playbook.clever.walks import Walk, take_walk
from playbook.errors import CleverError, InputError
from playbook.run import Report, make_private_directory
from playbook.tables import read_parquet

Parallel = Literal["off", "roles", "ranges"]

TABLES = (USERS, ROLES, SECTIONS, SCHOOLS, CONTACT_RELATIONSHIPS)
_BY_NAME = {contract.name: contract for contract in TABLES}
PARTIAL = ".partial"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole snapshot, its tables as `playbook.clever.tables` declares them."""

    users: pd.DataFrame
    roles: pd.DataFrame
    sections: pd.DataFrame
    schools: pd.DataFrame
    contact_relationships: pd.DataFrame
    manifest: Manifest


def fetch_snapshot(
    clever: Clever,
    directory: Path,
    *,
    now: datetime,
    progress: Report | None = None,
    parallel: Parallel = "off",
    known_ids: Sequence[str] = (),
) -> Manifest:
    """Read a district's users, roles, sections, schools and contact relationships into a directory.

    Args:
        clever: The district's client.
        directory: Where the tables and the manifest go; 0700, its files 0600. A partial snapshot in it is gone on with.
        now: The moment in UTC, for the manifest only.
        progress: Is told the list's name, how many records were read, and of how many.
        parallel: `off`, by `roles`, or by `ranges` of the known ids.
        known_ids: Ids to choose ranges from, such as an earlier snapshot's.

    Returns:
        The manifest; where Clever refused in the middle it is not `complete`, and no table was replaced.

    Raises:
        CleverError: Clever refused before a single page was read.
    """
    make_private_directory(directory, root=directory)
    return clever.run(_Fetch(clever.session, directory, now, progress or _silent).run())


def read_snapshot(directory: Path) -> Snapshot:
    """Read a whole snapshot.

    Raises:
        InputError: There is none, it is partial, or a file is not the one that was fetched.
        TableError: A table breaks its contract.
    """
    manifest = read_manifest(directory / MANIFEST)
    for name, expected in manifest.hashes.items():
        path = directory / f"{name}.parquet"
        if not path.is_file() or hash_file(path) != expected:
            raise InputError(
                f"{path.name} is not the file that was fetched",
                code="snapshot_changed",
                remedy="Fetch the snapshot again: playbook fetch.",
            )
    tables = {name: read_parquet(directory / f"{name}.parquet", contract) for name, contract in _BY_NAME.items()}
    return Snapshot(**tables, manifest=manifest)


def _silent(what: str, done: int, of: int) -> None:
    pass


class _Fetch:
    """One run of fetching one district."""

    def __init__(self, session: Session, directory: Path, now: datetime, report: Report) -> None:
        self._session = session
        self._directory = directory
        self._partial = directory / PARTIAL
        self._now = now
        self._report = report
        self._done: Counter[str] = Counter()
        self._walks = [Walk("schools", SCHOOL_LIST), Walk("sections", SECTION_LIST), Walk("users", USER_LIST)]

    async def run(self) -> Manifest:
        self._before, self._began = self._session.tally.copy(), self._session.clock()
        mark = await mark_district(self._session)
        beginning = self._begin(mark)
        self._kept = _total([part for walk in self._walks for part in self._parts(walk)])
        try:
            for walk in self._walks:
                await self._take(walk)
            end = await mark_district(self._session)
        except CleverError as error:
            if not any(self._parts(walk) for walk in self._walks):
                raise
            return self._interrupted(beginning, error)
        return self._publish(beginning, end)

    def _begin(self, mark: DistrictMark) -> Beginning:
        wanted = Beginning(
            origin=self._session.origin,
            version=self._session.version,
            district_id=mark.district_id,
            walks=tuple(walk.name for walk in self._walks),
            started=moment(self._now.astimezone(UTC)),
            state=mark.state,
            last_sync=mark.last_sync,
            newest_event=mark.newest_event,
        )
        return begin_or_go_on(self._partial, wanted)

    async def _take(self, walk: Walk) -> None:
        shelf = self._shelf(walk)
        shelf.open()
        await take_walk(self._session, walk, shelf, self._counter(walk.name))

    def _counter(self, name: str) -> Callable[[int], None]:
        def count(records: int) -> None:
            self._done[name] += records
            self._report(name, self._done[name], 0)

        return count

    def _shelf(self, walk: Walk) -> Shelf:
        return Shelf(self._partial / walk.name)

    def _parts(self, walk: Walk) -> list[Part]:
        return self._shelf(walk).parts()

    def _interrupted(self, beginning: Beginning, error: CleverError) -> Manifest:
        fault = Finding("interrupted", f"{error.message}; the next run goes on from here", stops=True)
        manifest = replace(self._draft(beginning), district_state=beginning.state, faults=(str(fault),))
        write_manifest(manifest, self._partial / MANIFEST)
        return manifest

    def _publish(self, beginning: Beginning, end: DistrictMark) -> Manifest:
        made = self._partial / "tables"
        shutil.rmtree(made, ignore_errors=True)
        make_private_directory(made, root=self._directory)
        schools, sections, users = (self._parts(walk) for walk in self._walks)
        people = assemble_people(users, made)
        people.rows[SECTIONS.name] = assemble_records(sections, SECTIONS, made)
        people.rows[SCHOOLS.name] = assemble_records(schools, SCHOOLS, made)
        manifest = self._manifest(beginning, end, people, made)
        (self._directory / MANIFEST).unlink(missing_ok=True)
        for contract in TABLES:
            (made / f"{contract.name}.parquet").replace(self._directory / f"{contract.name}.parquet")
        write_manifest(manifest, self._directory / MANIFEST)
        shutil.rmtree(self._partial)
        return manifest

    def _manifest(self, beginning: Beginning, end: DistrictMark, people: Assembled, made: Path) -> Manifest:
        has_changed = (beginning.last_sync, beginning.newest_event) != (end.last_sync, end.newest_event)
        hashes = {contract.name: hash_file(made / f"{contract.name}.parquet") for contract in TABLES}
        findings = _findings(end, people, has_changed)
        return replace(
            self._draft(beginning),
            finished=moment(self._now.astimezone(UTC) + timedelta(seconds=self._seconds())),
            users=people.rows[USERS.name],
            roles=dict(sorted(people.roles.items())),
            rows=people.rows,
            hashes=hashes,
            root=root_hash(hashes),
            district_state=end.state,
            changed_while_reading=has_changed,
            replaced=tuple(people.twice.replaced),
            complete=True,
            faults=tuple(map(str, findings)),
            verdict=verdict_of(findings),
        )

    def _seconds(self) -> float:
        return self._session.clock() - self._began

    def _draft(self, beginning: Beginning) -> Manifest:
        """What a manifest says of any reading: whose it is, and what it cost in this and in earlier runs."""
        spent = self._session.tally.since(self._before)
        return Manifest(
            district_id=beginning.district_id,
            version=beginning.version,
            started=beginning.started,
            requests=spent.requests + self._kept.requests,
            retries=spent.retries + self._kept.retries,
            bytes=spent.bytes + self._kept.bytes,
        )


def _total(parts: list[Part]) -> Tally:
    return Tally(
        requests=sum(part.requests for part in parts),
        retries=sum(part.retries for part in parts),
        bytes=sum(part.bytes for part in parts),
    )


def _findings(end: DistrictMark, people: Assembled, has_changed: bool) -> list[Finding]:
    findings = []
    if not people.rows[USERS.name]:
        findings.append(Finding("no_users", "Clever shares no user of this district", stops=True))
    if end.is_frozen:
        findings.append(Finding(f"district_{end.state}", "Clever does not keep the district's data up at the moment"))
    if has_changed or people.twice.replaced:
        what = f"the district changed while it was read; {len(people.twice.replaced)} users were seen in two forms"
        findings.append(Finding("changed_while_reading", what))
    if people.without_role:
        findings.append(Finding("unknown_role", f"{people.without_role} users have no role that is known"))
    return findings
