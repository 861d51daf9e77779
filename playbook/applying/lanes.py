"""Connections that write batches side by side: on PostgreSQL one batch is being written while the one before it is.

Only the writing overlaps. The audit chain's entries and the commits come one after the other in the order of the
batches, so whenever everything ends, what is committed is a beginning of the plan. Both connections hold the
district's lock, so nobody else comes in while either lives. The first batch goes on the first connection: whatever the
second one commits comes after a commit of the one that took the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import pandas as pd
from sqlalchemy import Connection, Engine

from playbook.applying.added_links import AddedLinks
from playbook.applying.changed_links import ChangedLinks
from playbook.applying.links import Staging
from playbook.applying.rows import Drift, Writer
from playbook.applying.session import Session, helping
from playbook.errors import AnswerIsNo, DatabaseError

Links = Staging | AddedLinks | ChangedLinks
"""What writes a batch of links."""

Written = tuple[set[int], str]


class _TakenBack(Exception):
    """A batch is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A batch in a transaction that is open.

    Attributes:
        connection: The transaction's; idle once the batch is written.
        ending: Commits where it is left without an exception, else rolls back.
        write: Returns, once the batch is written, the positions that were left out and the digest of what was
            journaled; raises what kept it from being written.
    """

    batch: pd.DataFrame
    connection: Connection
    ending: ExitStack
    write: Callable[[], Written]

    def take_back(self) -> None:
        """Roll the batch back, whatever has become of it."""
        with suppress(_TakenBack, Drift, DatabaseError), self.ending:
            self.write()
            raise _TakenBack


@dataclass(frozen=True, slots=True)
class Lane:
    """A session that has one batch at a time in a transaction.

    Attributes:
        pool: Whose threads do the writing; none where it is done when it is asked for.
    """

    session: Session
    pool: Executor | None

    def begin(self, opened: Links, batch: pd.DataFrame, writer: Writer) -> Begun:
        """Open a transaction and have a batch written in it.

        Args:
            writer: For this lane's connection.
        """
        ending = ExitStack()
        connection = ending.enter_context(self.session.transaction(execute=True))
        write = partial(opened.link, writer, batch)
        return Begun(batch, connection, ending, partial(_await, self.pool.submit(write)) if self.pool else write)


@contextmanager
def open_lanes(session: Session, engine: Engine, district_id: str, *, batches: int) -> Iterator[tuple[Lane, ...]]:
    """Open as many lanes as pay for a number of batches; one where the server has no connection left for another."""
    with ExitStack() as stack:
        pool: Executor | None = None
        sessions = [session]
        if session.connection.dialect.name == "postgresql" and batches > 1:
            with suppress(DatabaseError, AnswerIsNo):
                sessions.append(stack.enter_context(helping(engine, session, district_id=district_id)))
                pool = stack.enter_context(ThreadPoolExecutor(len(sessions)))
        yield tuple(Lane(each, pool) for each in sessions)


def _await(future: Future[Written]) -> Written:
    """Return what a thread returned; an interrupt does not leave it alone with the connection."""
    try:
        return future.result()
    finally:
        wait([future])
