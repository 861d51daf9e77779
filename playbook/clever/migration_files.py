"""Open Clever's migration CSVs where they lie: loose, or in the zip that the dashboard gives out; nothing is unpacked.

A zip comes from outside, so its names and sizes are not believed: a name that leads out of it, a locked member, or
more bytes than a migration file can hold refuse the whole file.

Source: https://dev.clever.com/docs/api-v1-deprecation, "Request API V3 Migration CSVs".
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any

from playbook.errors import Fault

MAX_MEMBERS = 5_000
"""A file a district; no application is connected to more."""

MAX_BYTES = 2**31
"""Thirty million rows: more than any zip of one application holds."""


class BadFile(Exception):
    """One file cannot be read; carries what is wrong with it."""

    def __init__(self, where: str, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.fault = Fault(where, what, remedy)


@contextmanager
def open_csvs(path: Path) -> Iterator[Iterator[tuple[str, IO[str]]]]:
    """Open a CSV, or every CSV of a zip.

    Args:
        path: A loose CSV or a zip.

    Yields:
        Name and text of each CSV, one open at a time; the byte order mark is gone.

    Raises:
        BadFile: The file is not there, is no zip inside, or is not safe to read.
    """
    try:
        if path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield _members(archive, path.name)
        else:
            with path.open("rb") as raw, _text(raw) as text:
                yield iter([(path.name, text)])
    except (zipfile.BadZipFile, NotImplementedError, EOFError):
        raise BadFile(path.name, "is a damaged zip", "request the files again") from None
    except OSError:
        raise BadFile(path.name, "cannot be read") from None


def _members(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, IO[str]]]:
    members = [member for member in archive.infolist() if _is_csv(member)]
    _check_members(members, name)
    budget = _Budget(name, MAX_BYTES)
    for member in members:
        with archive.open(member) as raw, _text(io.BufferedReader(_Counted(raw, budget))) as text:
            yield f"{name}/{member.filename}", text


def _is_csv(member: zipfile.ZipInfo) -> bool:
    """Leave out directories and what macOS puts beside each file."""
    file = PurePosixPath(member.filename)
    return not member.is_dir() and file.suffix.lower() == ".csv" and not file.name.startswith("._")


def _check_members(members: list[zipfile.ZipInfo], name: str) -> None:
    if not members:
        raise BadFile(name, "holds no CSV", "name the zip that Clever's dashboard gave out")
    if len(members) > MAX_MEMBERS:
        raise BadFile(name, f"holds {len(members)} CSVs, more than {MAX_MEMBERS}")
    if any(_leads_out(member.filename) for member in members):
        raise BadFile(name, "holds a name that leads out of the zip", "request the files again and compare them")
    if any(member.flag_bits & 1 for member in members):
        raise BadFile(name, "is locked with a password", "unlock it first")
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise BadFile(name, f"unpacks to more than {MAX_BYTES} bytes")


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or bool(PureWindowsPath(name).drive) or ".." in parts


def _text(raw: io.BufferedReader) -> IO[str]:
    """Decode; only ids are read, so that a byte of another encoding in some name does no harm."""
    encoding = "utf-16" if raw.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="")


class _Budget:
    """How many bytes a zip may still unpack to; its own directory is not believed."""

    def __init__(self, name: str, left: int) -> None:
        self.name = name
        self.left = left

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise BadFile(self.name, f"unpacks to more than {MAX_BYTES} bytes")


class _Counted(io.RawIOBase):
    """A member of a zip whose bytes are counted as they are read."""

    def __init__(self, raw: IO[bytes], budget: _Budget) -> None:
        self._raw = raw
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._raw.read(len(buffer))
        self._budget.spend(len(piece))
        buffer[: len(piece)] = piece
        return len(piece)
