"""A snapshot read from disk: whole and unchanged since it was fetched, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from playbook.clever.manifest import MANIFEST, Manifest, hash_file, read_manifest
from playbook.clever.tables import CONTACT_RELATIONSHIPS, ROLES, SCHOOLS, SECTIONS, USERS
from playbook.errors import InputError
from playbook.tables import read_parquet

TABLES = {contract.name: contract for contract in (USERS, ROLES, SECTIONS, SCHOOLS, CONTACT_RELATIONSHIPS)}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole snapshot, its tables as `playbook.clever.tables` declares them."""

    users: pd.DataFrame
    roles: pd.DataFrame
    sections: pd.DataFrame
    schools: pd.DataFrame
    contact_relationships: pd.DataFrame
    manifest: Manifest


def read_snapshot(directory: Path) -> Snapshot:
    """Read a whole snapshot.

    Raises:
        InputError: There is none, it is partial, or a file is not the one that was fetched.
        TableError: A table breaks its contract.
    """
    manifest = read_manifest(directory / MANIFEST)
    for name in TABLES:
        path = directory / f"{name}.parquet"
        if not path.is_file() or hash_file(path) != manifest.hashes.get(name):
            raise InputError(
                f"{path.name} is not the file that was fetched",
                code="snapshot_changed",
                remedy="Fetch the snapshot again: playbook fetch.",
            )
    tables = {name: read_parquet(directory / f"{name}.parquet", contract) for name, contract in TABLES.items()}
    return Snapshot(**tables, manifest=manifest)
