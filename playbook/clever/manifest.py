"""What a snapshot says about itself: how it was read, whether it is whole, and the hashes that prove it unchanged.

The root hash covers the tables alone; when and how fast they were read is told beside it and changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from playbook.errors import InputError

Verdict = Literal["go", "hold", "no_go"]

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a snapshot that a person must know.

    Attributes:
        code: What it is.
        what: A sentence for people, with counts and never with a person.
        stops: Whether nothing may be built on the snapshot.
    """

    code: str
    what: str
    stops: bool = False

    def __str__(self) -> str:
        return f"{self.code}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was read.

    Attributes:
        district_id: Clever's id of the district.
        version: The API version that was read.
        users: How many users.
        roles: Role to number of users who have it.
        rows: Table to number of rows.
        requests: Requests sent, over all runs that built this snapshot.
        retries: How many of them were further tries.
        bytes: Bytes received, as they came over the wire.
        parallel: How users were read in the end.
        started: When the first request was sent, ISO, UTC.
        finished: When the last answer was in; "" while partial.
        hashes: Table to the SHA-256 of its file.
        root: The hash over all tables.
        district_state: The district's state when reading ended.
        changed_while_reading: Whether Clever took over new data, or events came, between the first and the last page.
        replaced: Ids of users who were read twice and differed; the newest was kept.
        complete: Whether every list was read to its end.
        verdict: `go`; `hold` where a person must look; `no_go` where nothing may be built on it.
        faults: What led to the verdict, each a code and a sentence.
    """

    district_id: str
    version: str
    started: str
    finished: str = ""
    parallel: str = "off"
    users: int = 0
    roles: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    retries: int = 0
    bytes: int = 0
    hashes: Mapping[str, str] = field(default_factory=dict)
    root: str = ""
    district_state: str = ""
    changed_while_reading: bool = False
    replaced: tuple[str, ...] = ()
    complete: bool = False
    verdict: Verdict = "no_go"
    faults: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the manifest as a JSON document."""
        return asdict(self)


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """Return what the findings allow: any that stops means no, any at all means that a person looks first."""
    if any(finding.stops for finding in findings):
        return "no_go"
    return "hold" if findings else "go"


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def root_hash(hashes: Mapping[str, str]) -> str:
    """Return the hash over all tables."""
    lines = "".join(f"{name} {hashes[name]}\n" for name in sorted(hashes))
    return hashlib.sha256(lines.encode()).hexdigest()


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write a manifest whole or not at all."""
    write_whole(path, msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=2) + b"\n")


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        InputError: It is missing, or is not a manifest.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        raise InputError(
            f"{path.parent.name}/{path.name} is missing or damaged",
            code="no_snapshot",
            remedy="Fetch the snapshot: playbook fetch.",
        ) from None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file for the owner's eyes only, whole or not at all."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600, exist_ok=False)
    temporary.write_bytes(content)
    temporary.replace(path)


def moment(now: datetime) -> str:
    """Return a moment as a manifest holds it."""
    return now.isoformat(timespec="seconds")
