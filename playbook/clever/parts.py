"""Pages on disk: one file a page, which also says where the walk goes on, so that a killed fetch goes on right there.

A page is written beside its place and then renamed: it is there as a whole, with the link to its successor, or it is
not there. So no page is read twice, none is missing, and none is half there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from playbook.clever.retrying import Tally
from playbook.errors import InputError
from playbook.run import make_private_directory


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a walk.

    Attributes:
        path: The file.
        next: The link to the next page; "" on the last page of the walk.
        first: The lowest id.
        last: The highest id.
        spent: What it cost.
    """

    path: Path
    next: str
    first: str
    last: str
    spent: Tally

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
        for leftover in self._directory.glob("*.new"):
            leftover.unlink()

    def parts(self) -> list[Part]:
        """Return the pages that are there."""
        return [_open_part(path) for path in self._paths()]

    def last(self) -> Part | None:
        """Return the page that the walk goes on from."""
        paths = self._paths()
        return _open_part(paths[-1]) if paths else None

    def put(self, table: pa.Table, following: str, spent: Tally) -> None:
        """Add a page; the rows are sorted by their first column, which is the id."""
        ids = table.column(0)
        bounds = pc.min_max(ids).as_py() if len(ids) else {"min": "", "max": ""}
        notes = {
            "next": following,
            "first": bounds["min"],
            "last": bounds["max"],
            "requests": str(spent.requests),
            "retries": str(spent.retries),
            "bytes": str(spent.bytes),
        }
        place = self._directory / f"{len(self._paths()):06}.arrow"
        temporary = place.with_suffix(".new")
        temporary.touch(mode=0o600)
        noted = table.replace_schema_metadata(notes)
        with pa.OSFile(str(temporary), "wb") as file, pa.ipc.new_file(file, noted.schema) as out:
            out.write_table(noted)
        temporary.replace(place)

    def _paths(self) -> list[Path]:
        paths = sorted(self._directory.glob("*.arrow"))
        if [path.stem for path in paths] != [f"{number:06}" for number in range(len(paths))]:
            raise _damaged(self._directory.name)
        return paths


def _open_part(path: Path) -> Part:
    try:
        with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
            notes = {key.decode(): value.decode() for key, value in reader.schema.metadata.items()}
    except pa.ArrowInvalid:
        raise _damaged(f"{path.parent.name}/{path.name}") from None
    spent = Tally(int(notes["requests"]), int(notes["retries"]), int(notes["bytes"]))
    return Part(path, notes["next"], notes["first"], notes["last"], spent)


def _damaged(name: str) -> InputError:
    return InputError(
        f"the kept pages of {name} are damaged",
        code="damaged_part",
        remedy="Remove the snapshot's .partial directory and fetch again.",
    )


def in_order(parts: list[Part]) -> list[Part]:
    """Return the pages that hold rows by their lowest ids; an empty page says nothing."""
    return sorted((part for part in parts if part.first), key=lambda part: (part.first, str(part.path)))
