"""Pages on disk: one file a page, which also says where the walk goes on, so that a killed fetch goes on right there.

A page is written beside its place and then renamed: it is there as a whole, with the link to its successor, or it is
not there. So no page is read twice, none is missing, and none is half there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from playbook.errors import InputError
from playbook.run import make_private_directory

_COMPRESSION = pa.ipc.IpcWriteOptions(compression="lz4")


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a walk.

    Attributes:
        path: The file.
        next: The link to the next page; "" on the last page of the walk.
        first: The lowest id.
        last: The highest id.
        requests: Requests that it took.
        retries: How many of them were further tries.
        bytes: Bytes received for it.
    """

    path: Path
    next: str
    first: str
    last: str
    requests: int
    retries: int
    bytes: int

    def read(self) -> pa.Table:
        """Return the page's rows."""
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_file(file) as reader:
            return reader.read_all()


class Shelf:
    """The pages of one walk, in the order in which they were read."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def open(self) -> None:
        """Make the directory, and clear away what a killed write left."""
        make_private_directory(self._directory, root=self._directory.parent)
        for leftover in self._directory.glob(".*"):
            leftover.unlink()

    def parts(self) -> list[Part]:
        """Return the pages that are there."""
        return [_open_part(path) for path in sorted(self._directory.glob("*.arrow"))]

    def last(self) -> Part | None:
        """Return the page that the walk goes on from."""
        paths = sorted(self._directory.glob("*.arrow"))
        return _open_part(paths[-1]) if paths else None

    def put(self, table: pa.Table, following: str, *, requests: int, retries: int, size: int) -> None:
        """Add a page; the rows are sorted by their first column, which is the id."""
        ids = table.column(0)
        bounds = pc.min_max(ids).as_py() if len(ids) else {"min": "", "max": ""}
        notes = {
            "next": following,
            "first": bounds["min"],
            "last": bounds["max"],
            "requests": str(requests),
            "retries": str(retries),
            "bytes": str(size),
        }
        number = len(list(self._directory.glob("*.arrow")))
        place = self._directory / f"{number:06}.arrow"
        temporary = self._directory / f".{place.name}"
        temporary.touch(mode=0o600)
        noted = table.replace_schema_metadata(notes)
        with pa.OSFile(str(temporary), "wb") as file, pa.ipc.new_file(file, noted.schema, options=_COMPRESSION) as out:
            out.write_table(noted)
        temporary.replace(place)


def _open_part(path: Path) -> Part:
    try:
        with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
            notes = {key.decode(): value.decode() for key, value in reader.schema.metadata.items()}
    except pa.ArrowInvalid:
        raise InputError(
            f"{path.parent.name}/{path.name} is damaged",
            code="damaged_part",
            remedy="Remove the snapshot's .partial directory and fetch again.",
        ) from None
    counts = {name: int(notes[name]) for name in ("requests", "retries", "bytes")}
    return Part(path, notes["next"], notes["first"], notes["last"], **counts)


def in_order(parts: list[Part]) -> Iterator[Part]:
    """Yield the pages that hold rows by their lowest ids; an empty page says nothing."""
    yield from sorted((part for part in parts if part.first), key=lambda part: (part.first, part.path))
