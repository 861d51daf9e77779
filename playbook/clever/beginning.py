"""How a snapshot began: what a later run must agree on to go on with it, and what the end is compared with.

The marks of the first run stay, so that a snapshot which was read over days is compared with its very first moment;
and so do its walks, because pages on the shelves belong to them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from playbook.clever.district_state import DistrictMark
from playbook.clever.manifest import write_whole
from playbook.run import make_private_directory

_NOTE = "beginning.json"
_TRASH = ".trash"


class Stretch(msgspec.Struct, frozen=True):
    """One walk over users, as `walks.Walk` has it."""

    name: str
    role: str = ""
    after: str = ""
    until: str = ""


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """The first moment of a snapshot.

    Attributes:
        origin: Where it is read.
        version: The API version.
        parallel: How it was asked to be read.
        started: When, ISO, UTC.
        mark: The district's mark then.
        expected: List to how many records Clever counted then, where it said so.
        stretches: The walks over users.
    """

    origin: str
    version: str
    parallel: str
    started: str
    mark: DistrictMark
    expected: dict[str, int]
    stretches: tuple[Stretch, ...]


def find_beginning(directory: Path, *, origin: str, version: str, parallel: str, district_id: str) -> Beginning | None:
    """Return the beginning that stands in a directory, if it is another run of this same reading."""
    try:
        found = msgspec.json.decode((directory / _NOTE).read_bytes(), type=Beginning)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    is_same = (found.origin, found.version, found.parallel, found.mark.district_id) == (
        origin,
        version,
        parallel,
        district_id,
    )
    return found if is_same else None


def begin(directory: Path, beginning: Beginning) -> Beginning:
    """Clear away what stands in a directory and note a new beginning there."""
    discard(directory)
    make_private_directory(directory, root=directory.parent)
    write_whole(directory / _NOTE, msgspec.json.encode(beginning))
    return beginning


def discard(directory: Path) -> None:
    """Remove a directory in one step: a half-removed one could be taken for a beginning."""
    trash = directory.with_name(_TRASH)
    shutil.rmtree(trash, ignore_errors=True)
    if directory.exists():
        directory.rename(trash)
        shutil.rmtree(trash)
