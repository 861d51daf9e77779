"""Files that the command line names to be written: asked for before the work, so that none of it is lost."""

from __future__ import annotations

import os
from pathlib import Path

from playbook.errors import Fault, InputError


def refuse_unwritable(*paths: Path | None) -> None:
    """Raise if one of the files cannot be written; None stands for a file that nobody asked for.

    Raises:
        InputError: Code `output`; all of them are listed by name.
    """
    faults = [Fault(path.name, why) for path in paths if path is not None and (why := _why_not(path))]
    if faults:
        raise InputError(
            "a file that was named cannot be written",
            code="output",
            remedy="Name files in directories that are there and that you may write to; nothing was done yet.",
            faults=faults,
        )


def _why_not(path: Path) -> str:
    if path.is_dir():
        return "it is a directory"
    if not path.parent.is_dir():
        return "its directory is not there"
    return "" if os.access(path if path.exists() else path.parent, os.W_OK) else "it may not be written to"
