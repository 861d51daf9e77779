"""Where the master key of a journal lies: where the district file says, or in a private file that is made when needed.

A reference (`env:`, `file:`, `keyring:`) is somebody else's to keep. The files are ours: 0600 in a directory 0700, each
named after the database whose journal it is for, so that a rehearsal's database and the real one share no key.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from playbook.applying.ciphers import MasterKey, key_text, make_key, parse_master_key
from playbook.errors import InputError, ServiceError
from playbook.run import make_private_directory


class Keys(Protocol):
    """What applying asks of the place where master keys lie; asked under the district's lock where it writes."""

    @property
    def are_ours(self) -> bool:
        """Whether the keys are ours to change and to destroy."""
        ...

    def current(self) -> MasterKey:
        """Return the key that new runs are encrypted with."""
        ...

    def find(self, name: str) -> MasterKey | None:
        """Return the key of a name, an earlier one too, or nothing."""
        ...

    def successor(self) -> MasterKey:
        """Return the key that all runs shall be encrypted with from now on."""
        ...

    def settle(self, *, is_needed: bool) -> None:
        """Let go of the keys that the successor replaced, and of itself where no run needs it."""
        ...


@dataclass(frozen=True, slots=True)
class ReferredKeys:
    """Keys that the district file refers to: the one of now, and earlier ones until their runs are encrypted anew.

    Attributes:
        now: Finds the key; called only when it is needed, so that nobody needs it for anything else.
        before: Find the earlier ones.
    """

    now: Callable[[], MasterKey]
    before: Sequence[Callable[[], MasterKey]] = ()

    @property
    def are_ours(self) -> bool:
        """They are not."""
        return False

    def current(self) -> MasterKey:
        """Return the key of now."""
        return self.now()

    def find(self, name: str) -> MasterKey | None:
        """Return the key of a name, or nothing."""
        return next((key for find in (self.now, *self.before) if (key := find()).name == name), None)

    def successor(self) -> MasterKey:
        """Return the key of now: whoever changes it names the earlier one beside it."""
        return self.now()

    def settle(self, *, is_needed: bool) -> None:
        """Leave the keys to whoever keeps them."""


@dataclass(frozen=True, slots=True)
class KeptKeys:
    """Keys in files of a private directory.

    Attributes:
        directory: The directory; made when a key is.
        database: The database's identity.
    """

    directory: Path
    database: str

    @property
    def are_ours(self) -> bool:
        """They are."""
        return True

    def current(self) -> MasterKey:
        """Return the database's key, made on the first use."""
        return self._made(self._path)

    def find(self, name: str) -> MasterKey | None:
        """Return the key of a name from whichever file holds it, or nothing."""
        return next((key for path in self._files() if (key := _read(path)).name == name), None)

    def successor(self) -> MasterKey:
        """Return the next key, made on the first use; one that was begun with before is gone on with."""
        return self._made(self._next)

    def settle(self, *, is_needed: bool) -> None:
        """Put the next key, if there is one, in the current one's place, or remove both."""
        with _telling_of_disk():
            if not is_needed:
                self._path.unlink(missing_ok=True)
                self._next.unlink(missing_ok=True)
            elif self._next.exists():
                os.replace(self._next, self._path)
            if self.directory.is_dir():
                _sync(self.directory)

    @property
    def _path(self) -> Path:
        return self.directory / f"{hashlib.sha256(self.database.encode()).hexdigest()[:16]}.key"

    @property
    def _next(self) -> Path:
        return self._path.with_suffix(".next.key")

    def _files(self) -> Iterator[Path]:
        yield from sorted(self.directory.glob("*.key"))

    def _made(self, path: Path) -> MasterKey:
        if not path.exists():
            make_private_directory(self.directory, root=self.directory)
            with _telling_of_disk():
                _write(path)
        return _read(path)


def _write(path: Path) -> None:
    """Make a key file, whole and on the disk before anything is encrypted with it; one that is there stays."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{key_text(make_key())}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # somebody else was quicker
            os.link(name, path)
    finally:
        os.unlink(name)
    _sync(path.parent)


def _read(path: Path) -> MasterKey:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        raise _refusal(path, "cannot be read") from None
    with os.fdopen(handle, encoding="utf-8", errors="replace") as file:
        if os.name == "posix" and os.fstat(handle).st_mode & 0o077:
            raise _refusal(path, "may be read by others; run chmod 600 on it")
        return parse_master_key(file.read())


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refusal(path: Path, why: str) -> InputError:
    return InputError(
        f"the key file {path.name} {why}",
        code="journal_key_unreadable",
        remedy=f"Make {path.name} in the directory {path.parent.name} readable for you alone; nothing was written.",
    )


class _telling_of_disk:
    """Raises what the disk refuses as ours."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, OSError):
            raise ServiceError(
                "the journal's key could not be written",
                code="disk",
                remedy="Free space, or make the run directory writable; then run the same command again.",
            ) from None
