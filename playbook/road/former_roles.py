"""What is known of the roles that ids stood for, beside the snapshot: so that one that has ended is seen to be lost.

A fetch replaces the snapshot before it, so the roles in that are remembered first: ids, roles and schools, and nothing
else of a person. Afterwards only those stay that Clever no longer shows, for as long as the district keeps what it
knows of people.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pandas as pd

from playbook.clever.manifest import MANIFEST, hash_file, read_manifest
from playbook.clever.tables import DUAL_READ, ROLES
from playbook.errors import InputError
from playbook.matching.official import usable_rows
from playbook.permissions.table import FORMER_ROLES
from playbook.road.dual_read import TABLE
from playbook.road.match import load_mapping
from playbook.run import Run
from playbook.tables import read_parquet

SEEN = "roles_seen.parquet"


def remember_roles(run: Run) -> None:
    """Remember the roles of the snapshot that is about to be replaced; nothing where there is no sound one."""
    path = run.directory / "snapshot" / "roles.parquet"
    try:
        manifest = read_manifest(path.with_name(MANIFEST))
    except InputError:
        return
    if not path.is_file() or hash_file(path) != manifest.hashes.get("roles"):
        return
    roles = read_parquet(path, ROLES).assign(last_seen=manifest.finished)
    by_id = [roles.assign(clever_id=roles["user_id"]), roles.assign(clever_id=roles["legacy_id"])]
    kept_since = (run.now() - timedelta(days=run.district.privacy.retention_days)).isoformat()
    known = [table[table["last_seen"] >= kept_since] for table in _read_seen(run)]
    seen = pd.concat([*known, *by_id], ignore_index=True).sort_values("last_seen")
    seen = seen[seen["clever_id"] != ""].drop_duplicates(["clever_id", "user_id", "role"], keep="last")
    run.write_table(FORMER_ROLES.make(seen), FORMER_ROLES, SEEN)


def forget_shown_roles(run: Run, roles: pd.DataFrame) -> None:
    """Forget the remembered roles that a new, whole snapshot shows; by the contract ROLES."""
    for seen in _read_seen(run):
        shown = roles[["user_id", "role"]].assign(is_shown=True)
        gone = seen[seen.merge(shown, on=["user_id", "role"], how="left")["is_shown"].isna().to_numpy()]
        if gone.empty:
            (run.directory / SEEN).unlink()
        else:
            run.write_table(gone.reset_index(drop=True), FORMER_ROLES, SEEN)


def load_former_roles(run: Run) -> pd.DataFrame:
    """Return what earlier snapshots, v2's own lists and Clever's migration CSVs say, by the contract FORMER_ROLES."""
    tables = [*_read_seen(run), *_read_v2(run), *_read_csv(run)]
    rows = pd.concat([FORMER_ROLES.empty(), *tables], ignore_index=True)
    return FORMER_ROLES.make(rows)


def _read_seen(run: Run) -> Iterator[pd.DataFrame]:
    path = run.directory / SEEN
    if path.is_file():
        yield read_parquet(path, FORMER_ROLES)


def _read_v2(run: Run) -> Iterator[pd.DataFrame]:
    path = run.directory / TABLE
    if path.is_file():
        listed = read_parquet(path, DUAL_READ)
        named = listed[listed["v2_role"] != ""].rename(columns={"legacy_id": "clever_id", "v2_role": "role"})
        yield named[["clever_id", "user_id", "role"]]


def _read_csv(run: Run) -> Iterator[pd.DataFrame]:
    mapping = load_mapping(run)
    if mapping is not None:
        named = usable_rows(mapping, run.district_id).rename(columns={"legacy_id": "clever_id"})
        yield named.loc[named["role"] != "", ["clever_id", "user_id", "role"]]
