"""The sample vendor application's source, which speaks v2, copied out for an audit to read."""

from __future__ import annotations

import shutil
from pathlib import Path

from playbook.errors import InputError

SOURCE = Path(__file__).with_name("vendor_app")


def copy_source(directory: Path) -> Path:
    """Copy the application's source tree.

    Args:
        directory: A directory that is not there yet.

    Raises:
        InputError: There is something of that name already; nothing was changed.
    """
    if directory.exists():
        raise InputError(
            f"{directory.name} is there already", code="not_empty", remedy="Name a directory that is not there yet."
        )
    shutil.copytree(SOURCE, directory, ignore=shutil.ignore_patterns("__pycache__"))
    return directory
