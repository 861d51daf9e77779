"""One run of fetching one district: what is read in which order, and how it ends.

Source: https://dev.clever.com/docs/secure-sync-rostering.
"""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path

import msgspec

from playbook.clever.assembly import Assembly, PeopleAssembly, RecordAssembly
from playbook.clever.beginning import Beginning, begin, find_beginning
from playbook.clever.district_state import (
    count_records,
    make_mark,
    mark_district,
    read_district,
    read_newest_event,
    refuse_other_district,
)
from playbook.clever.kinds import SCHOOLS, SECTIONS, USERS, Kind
from playbook.clever.lists import Lists
from playbook.clever.manifest import MANIFEST, Finding, Manifest, moment, read_manifest, write_manifest
from playbook.clever.oddities import Document
from playbook.clever.ordering import Ordering
from playbook.clever.outcome import Outcome
from playbook.clever.parts import Shelf
from playbook.clever.publishing import MADE, finish_publishing, publish
from playbook.clever.ranges import divide, groups_of, mode_of, whole_list
from playbook.clever.retrying import Tally
from playbook.clever.session import Session
from playbook.clever.tables import SCHOOLS as SCHOOL_TABLE
from playbook.clever.tables import SECTIONS as SECTION_TABLE
from playbook.clever.together import both, together
from playbook.errors import CleverError, InputError
from playbook.run import Report, make_private_directory

PARTIAL = ".partial"
_NOT_COVERED = frozenset({"no_progress", "not_covered", "bad_request"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for.

    Attributes:
        directory: Where the snapshot goes.
        now: The moment in UTC.
        report: Is told the list, how many records were read, and of how many.
        parallel: How users are read.
        known_ids: Ids to choose ranges from.
        accept_loss: Whether a person has said that a mass disappearance is true.
        district_id: The district that is meant; blank for any.
    """

    directory: Path
    now: datetime
    report: Report
    parallel: str
    known_ids: Sequence[str]
    accept_loss: bool
    district_id: str


class Fetch:
    """One run of an order."""

    def __init__(self, session: Session, order: Order) -> None:
        self._session = session
        self._order = order
        self._partial = order.directory / PARTIAL
        self._lists = Lists(session, self._partial, order.report)

    async def run(self) -> Manifest:
        """Read what is missing and publish it.

        Raises:
            CleverError: Clever refused before a single page was read.
            InputError: The token belongs to another district; nothing was written.
        """
        self._before, self._began = self._session.tally.copy(), self._session.clock()
        try:
            with _without_collector():
                self._lists.start_decoder(len(self._order.known_ids) if self._order.parallel == "ranges" else 0)
                district = await read_district(self._session)
                refuse_other_district(str(district.get("id") or ""), self._order.district_id)
                beginning = await self._begin(district)
                if finished := _finished(self._partial):
                    return finish_publishing(finished, self._partial, self._order.directory)
                return await self._read(beginning)
        finally:
            self._lists.close()

    async def _read(self, beginning: Beginning) -> Manifest:
        self._kept = self._total()
        try:
            return await self._read_all(beginning)
        except CleverError as error:
            if error.code in _NOT_COVERED and len(beginning.stretches) > 1:
                return await self._read(
                    begin(self._partial, msgspec.structs.replace(beginning, stretches=whole_list()))
                )
            if not self._total().requests:
                raise
            return self._interrupted(beginning, error)

    async def _read_all(self, beginning: Beginning) -> Manifest:
        made = self._partial / MADE
        shutil.rmtree(made, ignore_errors=True)
        make_private_directory(made, root=self._order.directory)
        schools, sections = RecordAssembly(SCHOOL_TABLE, made), RecordAssembly(SECTION_TABLE, made)
        people = PeopleAssembly(made)
        refused, ordering = await self._read_lists(beginning, people, {SCHOOLS: schools, SECTIONS: sections})
        end, _ = await both(mark_district(self._session), ordering.finish())
        outcome = Outcome(
            beginning=beginning,
            end=end,
            rows=people.rows() | schools.rows() | sections.rows(),
            roles=people.roles,
            without_role=people.without_role,
            replaced=people.replaced,
            refused=refused,
        )
        finished = self._order.now.astimezone(UTC) + timedelta(seconds=self._session.clock() - self._began)
        draft = replace(self._draft(beginning), finished=moment(finished))
        return publish(outcome, draft, self._partial, self._order.directory, accept_loss=self._order.accept_loss)

    async def _read_lists(
        self, beginning: Beginning, people: Assembly, beside: Mapping[Kind, Assembly]
    ) -> tuple[dict[str, str], Ordering]:
        """Read all lists, one after the other or, where users are read in several walks, all at once."""
        groups, expected = groups_of(beginning.stretches), beginning.expected.get(USERS.name)
        if len(beginning.stretches) == 1:
            refusals = [await self._lists.read_if_shared(kind, assembly) for kind, assembly in beside.items()]
            ordering = await self._lists.read(groups, people, expected)
        else:
            self._lists.start_decoder(expected or 0)
            others = [self._lists.read_if_shared(kind, assembly) for kind, assembly in beside.items()]
            refusals, ordering = await both(together(others), self._lists.read(groups, people, expected))
        return {name: why for refusal in refusals for name, why in refusal.items()}, ordering

    async def _begin(self, district: Document) -> Beginning:
        """Go on with what stands there if it is of the same reading; else divide the list and begin."""
        found = find_beginning(
            self._partial,
            origin=self._session.origin,
            version=self._session.version,
            parallel=self._order.parallel,
            district_id=str(district.get("id") or ""),
        )
        return found or begin(self._partial, await self._make_beginning(district))

    async def _make_beginning(self, district: Document) -> Beginning:
        newest, (expected, stretches) = await both(
            read_newest_event(self._session),
            both(
                count_records(self._session, (USERS.name, SCHOOLS.name, SECTIONS.name)),
                divide(self._session, self._order.parallel, self._order.known_ids),
            ),
        )
        return Beginning(
            origin=self._session.origin,
            version=self._session.version,
            parallel=self._order.parallel,
            started=moment(self._order.now.astimezone(UTC)),
            mark=make_mark(district, newest),
            expected=expected,
            stretches=stretches,
        )

    def _interrupted(self, beginning: Beginning, error: CleverError) -> Manifest:
        fault = Finding("interrupted", f"{error.message}; the next run goes on from here", stops=True)
        manifest = replace(self._draft(beginning), district_state=beginning.mark.state, faults=(str(fault),))
        write_manifest(manifest, self._partial / MANIFEST)
        return manifest

    def _draft(self, beginning: Beginning) -> Manifest:
        """What a manifest says of any reading: whose it is, and what it cost in this and in earlier runs."""
        spent = self._session.tally.since(self._before).plus(self._kept)
        return Manifest(
            district_id=beginning.mark.district_id,
            version=beginning.version,
            started=beginning.started,
            parallel=mode_of(beginning.stretches),
            requests=spent.requests,
            retries=spent.retries,
            bytes=spent.bytes,
        )

    def _total(self) -> Tally:
        """What the pages on the shelves have cost."""
        parts = [part for path in self._partial.iterdir() if path.is_dir() for part in Shelf(path).parts()]
        return reduce(Tally.plus, (part.spent for part in parts), Tally())


@contextmanager
def _without_collector() -> Iterator[None]:
    """Spare the garbage collector millions of short-lived records, none of which is part of a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _finished(partial: Path) -> Manifest | None:
    """The manifest of a reading that was killed while it was published."""
    try:
        manifest = read_manifest(partial / MANIFEST)
    except InputError:
        return None
    return manifest if manifest.complete else None
