"""How a snapshot began: what a later run must agree on to go on with it, and what the end is compared with.

The marks of the first run stay, so that a snapshot which was read over days is compared with its very first moment.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from playbook.clever.manifest import write_whole
from playbook.run import make_private_directory

_NOTE = "beginning.json"


class Beginning(msgspec.Struct, frozen=True):
    """The first moment of a snapshot.

    Attributes:
        origin: Where it is read.
        version: The API version.
        district_id: Whose data it is.
        walks: The names of the walks, which tell how the lists were divided.
        started: When, ISO, UTC.
        state: The district's state then.
        last_sync: When Clever had last taken its data over.
        newest_event: The newest event's id then.
    """

    origin: str
    version: str
    district_id: str
    walks: tuple[str, ...]
    started: str
    state: str
    last_sync: str
    newest_event: str

    def continues(self, other: Beginning) -> bool:
        """Whether this is another run of the same reading."""
        return (self.origin, self.version, self.district_id, self.walks) == (
            other.origin,
            other.version,
            other.district_id,
            other.walks,
        )


def begin_or_go_on(directory: Path, wanted: Beginning) -> Beginning:
    """Return the beginning that stands in a directory if this run continues it; else clear it away and begin anew."""
    note = directory / _NOTE
    found = _read(note)
    if found and wanted.continues(found):
        return found
    shutil.rmtree(directory, ignore_errors=True)
    make_private_directory(directory, root=directory.parent)
    write_whole(note, msgspec.json.encode(wanted))
    return wanted


def _read(note: Path) -> Beginning | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=Beginning)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
