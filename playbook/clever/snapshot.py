"""A district's data on disk: read whole, or kept as a beginning that the next run goes on from.

Pages gather in `.partial/`; only when every list was read to its end do the tables take their places and the manifest,
last of all, says so. A snapshot without its manifest, or whose files do not have its hashes, is none.

Source: https://dev.clever.com/docs/secure-sync-rostering.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from playbook.clever.client import Clever
from playbook.clever.fetching import Fetch, Order
from playbook.clever.manifest import Manifest
from playbook.clever.snapshot_tables import Snapshot, read_snapshot
from playbook.errors import InputError
from playbook.run import Report, make_private_directory

__all__ = ["Manifest", "Snapshot", "fetch_snapshot", "read_snapshot"]


def fetch_snapshot(
    clever: Clever,
    directory: Path,
    *,
    now: datetime,
    progress: Report | None = None,
    parallel: str = "off",
    known_ids: Sequence[str] = (),
    accept_loss: bool = False,
    district_id: str = "",
) -> Manifest:
    """Read a district's users, roles, sections, schools and contact relationships into a directory.

    Args:
        clever: The district's client.
        directory: Where the tables and the manifest go; 0700, its files 0600. A partial snapshot in it is gone on with.
        now: The moment in UTC, for the manifest only.
        progress: Is told the list, how many records were read, and of how many (0 where Clever does not say); on the
            client's own thread.
        parallel: `off`: one walk. `roles`: one walk a role. `ranges`: stretches between known ids, where a probe shows
            that Clever honours such cursors; else one walk.
        known_ids: Ids to cut the list at, such as those of the accounts or of an earlier snapshot.
        accept_loss: Whether a person has said that a mass disappearance is true.
        district_id: The district that is meant; blank for whichever the token belongs to.

    Returns:
        The manifest. Where Clever refused in the middle it is not `complete`; where known people disappeared in a mass
        its verdict is `no_go`. In both cases the tables of an earlier snapshot stay untouched.

    Raises:
        CleverError: Clever refused before a single page was read.
        InputError: Another process is fetching into the same directory, or the token is one of a single login or of
            another district.
    """
    if clever.is_one_users:
        raise _not_the_districts()
    make_private_directory(directory, root=directory)
    order = Order(
        directory=directory,
        now=now,
        report=progress or _silent,
        parallel=parallel,
        known_ids=known_ids,
        accept_loss=accept_loss,
        district_id=district_id,
    )
    with _alone(directory):
        return clever.run(Fetch(clever.session, order).run())


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Keep other processes out: two fetches into one directory would mix their pages."""
    lock = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)  # the directory itself, so that no lock file is left behind
    try:
        _take(lock)
        yield
    finally:
        os.close(lock)


def _take(lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(
            "this snapshot is being fetched already",
            code="busy",
            remedy="Wait for the other fetch to end, or stop it; its pages are kept.",
        ) from None


def _not_the_districts() -> InputError:
    return InputError(
        "the token looks like one of a single user's login (il…), which cannot read lists",
        code="user_token",
        remedy="Use the district's token, or let it be found: [clever] client_id and client_secret.",
    )


def _silent(what: str, done: int, of: int) -> None:
    pass
