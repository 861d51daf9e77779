"""One run of fetching one district: what is read in which order, and how it ends.

Source: https://dev.clever.com/docs/secure-sync-rostering.
"""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial, reduce
from pathlib import Path

import pyarrow as pa

from playbook.clever.assembly import Assembly, PeopleAssembly, RecordAssembly
from playbook.clever.beginning import Beginning, Stretch, begin, find_beginning
from playbook.clever.district_state import (
    NOT_SHARED,
    DistrictMark,
    count_records,
    mark_district,
    refuse_other_district,
)
from playbook.clever.manifest import MANIFEST, Finding, Manifest, moment, read_manifest, write_manifest
from playbook.clever.outcome import Outcome
from playbook.clever.parts import Shelf, in_order
from playbook.clever.publishing import MADE, finish_publishing, publish
from playbook.clever.ranges import divide, mode_of, whole_list
from playbook.clever.retrying import Tally
from playbook.clever.session import Session
from playbook.clever.storing import Store, add_parts
from playbook.clever.tables import SCHOOLS as SCHOOL_TABLE
from playbook.clever.tables import SECTIONS as SECTION_TABLE
from playbook.clever.together import together
from playbook.clever.walks import SCHOOLS, SECTIONS, USERS, Kind, Walk, take_walk
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
        self._done: Counter[str] = Counter()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="snapshot")

    async def run(self) -> Manifest:
        """Read what is missing and publish it.

        Raises:
            CleverError: Clever refused before a single page was read.
            InputError: The token belongs to another district; nothing was written.
        """
        self._before, self._began = self._session.tally.copy(), self._session.clock()
        try:
            with _without_collector():
                mark = await mark_district(self._session)
                refuse_other_district(mark.district_id, self._order.district_id)
                beginning = await self._begin(mark)
                if finished := _finished(self._partial):
                    return finish_publishing(finished, self._partial, self._order.directory)
                return await self._read(beginning)
        finally:
            self._worker.shutdown()

    async def _read(self, beginning: Beginning) -> Manifest:
        self._kept = self._total()
        try:
            return await self._read_all(beginning)
        except CleverError as error:
            if error.code in _NOT_COVERED and len(beginning.stretches) > 1:
                return await self._read(await self._begin_anew(beginning.mark, whole_list()))
            if not self._total().requests:
                raise
            return self._interrupted(beginning, error)

    async def _read_all(self, beginning: Beginning) -> Manifest:
        made = self._partial / MADE
        shutil.rmtree(made, ignore_errors=True)
        make_private_directory(made, root=self._order.directory)
        users = [Walk(s.name, USERS, role=s.role, after=s.after, until=s.until) for s in beginning.stretches]
        schools, sections = RecordAssembly(SCHOOL_TABLE, made), RecordAssembly(SECTION_TABLE, made)
        people = PeopleAssembly(made)
        lists = [
            partial(self._read_beside, SCHOOLS, schools),
            partial(self._read_beside, SECTIONS, sections),
            partial(self._read_list, users, people, beginning.expected.get(USERS.name)),
        ]
        is_parallel = len(users) > 1
        refused = await together([read() for read in lists]) if is_parallel else [await read() for read in lists]
        end = await self._end(users, people)
        outcome = Outcome(
            beginning=beginning,
            end=end,
            rows=people.rows() | schools.rows() | sections.rows(),
            roles=people.roles,
            without_role=people.without_role,
            replaced=people.replaced,
            refused={name: why for refusal in refused for name, why in refusal.items()},
        )
        finished = self._order.now.astimezone(UTC) + timedelta(seconds=self._session.clock() - self._began)
        draft = replace(self._draft(beginning), finished=moment(finished))
        return publish(outcome, draft, self._partial, self._order.directory, accept_loss=self._order.accept_loss)

    async def _read_beside(self, kind: Kind, assembly: Assembly) -> dict[str, str]:
        """Read a list that the app need not have; return what Clever said where it refuses it from its first page on.

        A list that ends in a refusal after some pages was taken away while we read, and ends the fetch.
        """
        try:
            await self._read_list([Walk(kind.name, kind)], assembly)
        except CleverError as error:
            if error.status not in NOT_SHARED or Shelf(self._partial / kind.name).parts():
                raise
            await self._work(assembly.close)
            return {kind.name: error.message}
        return {}

    async def _read_list(self, walks: list[Walk], assembly: Assembly, expected: int | None = None) -> dict[str, str]:
        """Read a list that is refused to nobody; one walk is assembled as it comes, several wait for `_end`."""
        shelves = [Shelf(self._partial / walk.name) for walk in walks]
        for shelf in shelves:
            shelf.open()
        at_once = assembly if len(walks) == 1 else None
        if at_once:
            await self._work(add_parts, at_once, shelves[0].parts())
        pairs = zip(walks, shelves, strict=True)
        await together([self._take(walk, shelf, at_once, expected) for walk, shelf in pairs])
        if at_once:
            await self._work(assembly.close)
        return {}

    async def _end(self, walks: list[Walk], assembly: Assembly) -> DistrictMark:
        """Mark the district after the last page; pages of several walks are brought into order meanwhile."""
        marking = asyncio.create_task(mark_district(self._session))
        try:
            if len(walks) > 1:
                parts = in_order([part for walk in walks for part in Shelf(self._partial / walk.name).parts()])
                await self._work(add_parts, assembly, parts)
                await self._work(assembly.close)
            return await marking
        finally:
            marking.cancel()

    async def _take(self, walk: Walk, shelf: Shelf, assembly: Assembly | None, expected: int | None) -> None:
        store = Store(shelf, assembly, self._worker)

        async def put(rows: pa.Table, following: str, spent: Tally) -> None:
            await store.put(rows, following, spent)
            self._done[walk.kind.name] += len(rows)
            self._order.report(walk.kind.name, self._done[walk.kind.name], expected or 0)

        try:
            await take_walk(self._session, walk, shelf.last(), put, expected, ahead=assembly is not None)
        finally:
            await store.settle()

    async def _begin(self, mark: DistrictMark) -> Beginning:
        """Go on with what stands there if it is of the same reading; else divide the list and begin."""
        found = find_beginning(
            self._partial,
            origin=self._session.origin,
            version=self._session.version,
            parallel=self._order.parallel,
            district_id=mark.district_id,
        )
        return found or await self._begin_anew(
            mark, await divide(self._session, self._order.parallel, self._order.known_ids)
        )

    async def _begin_anew(self, mark: DistrictMark, walks: Sequence[Walk]) -> Beginning:
        beginning = Beginning(
            origin=self._session.origin,
            version=self._session.version,
            parallel=self._order.parallel,
            started=moment(self._order.now.astimezone(UTC)),
            mark=mark,
            expected=await count_records(self._session, (USERS.name, SCHOOLS.name, SECTIONS.name)),
            stretches=tuple(Stretch(walk.name, walk.role, walk.after, walk.until) for walk in walks),
        )
        return begin(self._partial, beginning)

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

    async def _work(self, function: Callable[..., None], *arguments: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._worker, function, *arguments)


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
