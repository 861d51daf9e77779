"""One district's run: its directory, its clock, and what it writes there, for its owner's eyes only.

The directory is the memory between the steps: each step reads files, writes files, and may be run again.
Everything in it may hold people's data, except what `pages/`, `share/` and `summary/` hold.
"""

from __future__ import annotations

import json
import os
import shlex
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from playbook.district import DistrictFile
from playbook.errors import InputError, ServiceError, StepMissing
from playbook.settings import Secret, Settings, resolve
from playbook.tables import Contract, read_parquet, write_parquet

Report = Callable[[str, int, int], None]
"""Takes progress: what is being done, how many are done, and of how many; zero where nobody knows."""

COMMANDS: Mapping[str, str] = {"02": "fetch", "03": "match", "04": "plan", "05": "preview", "06": "rehearse"}
"""A step's number to the command that runs it alone."""

SHAREABLE = ("pages", "share", "summary")
"""The parts of a run directory that hold no person: counts, codes and masked names only."""

KEYS = "keys"
"""The part of a run directory that holds the journal's keys."""


@dataclass(frozen=True, slots=True)
class Run:
    """One district on its way.

    Attributes:
        district: What the district file says.
        directory: The run directory; made 0700, its files 0600.
        settings: What the environment says; holds the clock.
    """

    district: DistrictFile
    directory: Path
    settings: Settings

    @property
    def district_id(self) -> str:
        """Clever's id of the district."""
        return self.district.district.id

    def now(self) -> datetime:
        """The moment in UTC, frozen in a rehearsal."""
        return self.settings.now()

    def path(self, *parts: str) -> Path:
        """Return a path inside the run directory, its parent made, and never outside it."""
        path = self.directory.joinpath(*parts)
        if not path.resolve().is_relative_to(self.directory.resolve()):
            raise ValueError("a path left the run directory")
        make_private_directory(path.parent, root=self.directory)
        return path

    def secret(self, reference: str) -> Secret:
        """Resolve a reference of the district file."""
        return resolve(reference, self.settings, base=self.district.directory)

    def write_table(self, table: pd.DataFrame, contract: Contract, *parts: str) -> Path:
        """Check a table and write it whole or not at all."""
        path = self.path(*parts)
        with _replacing(path) as temporary:
            write_parquet(table, temporary, contract)
        return path

    def read_table(self, contract: Contract, *parts: str, step: str) -> pd.DataFrame:
        """Read a table that an earlier step wrote.

        Raises:
            StepMissing: That step has not run yet.
        """
        return read_parquet(self.made_by(step, *parts), contract)

    def write_json(self, document: Mapping[str, Any], *parts: str) -> Path:
        """Write a JSON document whole or not at all, keys sorted so that two runs are identical."""
        return self.write_text(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n", *parts)

    def write_text(self, text: str, *parts: str) -> Path:
        """Write a text whole or not at all."""
        path = self.path(*parts)
        with _replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
        return path

    def read_json(self, *parts: str, step: str) -> dict[str, Any]:
        """Read a JSON document that an earlier step wrote."""
        document: dict[str, Any] = json.loads(self.made_by(step, *parts).read_text(encoding="utf-8"))
        return document

    def made_by(self, step: str, *parts: str) -> Path:
        """Return the path of a file that an earlier step must have written."""
        path = self.directory.joinpath(*parts)
        if not path.exists():
            raise StepMissing(
                f"{'/'.join(parts)} has not been made yet",
                remedy=f"Run step {step} first: {self.command(step)}",
                district_id=self.district_id,
                step=step,
            )
        return path

    def command(self, step: str) -> str:
        """Return what a person types to run one step in this directory."""
        number = step[:2]
        words = ["playbook", COMMANDS.get(number, "run"), _as_typed(self.district.path)]
        words += [] if number in COMMANDS else ["--to", number]
        is_usual = self.directory == (self.settings.outputs / self.district_id).absolute()
        return shlex.join(words if is_usual else [*words, "--out", _as_typed(self.directory)])


def open_run(district: DistrictFile, settings: Settings, *, directory: Path | None = None) -> Run:
    """Open a district's run directory, made on the first use; by default `outputs/<district id>/`."""
    directory = (directory or settings.outputs / district.district.id).absolute()
    make_private_directory(directory, root=directory)
    return Run(district, directory, settings)


def _as_typed(path: Path) -> str:
    """Return a path as a person would type it: from here or from the root, whichever is shorter."""
    return min(os.path.relpath(path), str(path), key=len)


def make_private_directory(path: Path, *, root: Path) -> None:
    """Make a directory, and those between it and `root`, for the owner's eyes only.

    Raises:
        InputError: Code `output`: the root is to lie where a file stands.
        ServiceError: Code `disk`.
    """
    if path == root:
        _refuse_file_in_the_way(path)
    with _telling_of_disk(path):
        _make_directory(path, root)


def _refuse_file_in_the_way(directory: Path) -> None:
    for path in (directory, *directory.parents):
        if path.exists() and not path.is_dir():
            raise InputError(
                f"{path} is a file, so {directory.name} cannot be a directory there",
                code="output",
                remedy="Name another directory with --out.",
            )


def _make_directory(path: Path, root: Path) -> None:
    if not path.is_dir():
        if path != root and path.parent != path:
            _make_directory(path.parent, root)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Give a temporary neighbour that takes a file's place when all went well; a crash leaves the old file whole."""
    with _telling_of_disk(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def _telling_of_disk(path: Path) -> Iterator[None]:
    """Raise what the disk refuses as ours, with the file's name; whatever stood there before still does.

    Raises:
        ServiceError: Code `disk`.
    """
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno).lower() if error.errno else "the disk refused"
        raise ServiceError(
            f"{path.name} could not be written: {why}",
            code="disk",
            remedy="Free space, or make the run directory writable; then run the same command again.",
        ) from None
