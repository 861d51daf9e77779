"""What each step's answer was made from, so that an answer from other sources or settings is not taken for this one's.

Only digests are kept, of the snapshot, of the accounts, and of the parts of the district file that decide; and the
accounts database's identity.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from playbook.errors import InputError
from playbook.merging.plan import Plan
from playbook.run import Run

MATCH, PLAN = "03_match_accounts", "04_merge_accounts"
MATCHED = "matched.json"
_SOURCES = {
    "snapshot_root": "another snapshot",
    "settings": "other settings",
    "database": "another accounts database",
    "sheets": "other decisions",
}
PLANNED = ("reference", "waive", "access")
"""What [accounts] says for the plan alone; whoever answers a safety check there need not match again."""


def note_matches(run: Run, *, snapshot_root: str, sheets: str, database: str) -> None:
    """Keep what the matches were made from: a snapshot, settings, accounts and the reviewer's sheets, by digests."""
    run.write_json(_sources(run, snapshot_root, sheets, database), MATCHED)


def refuse_other_matches(run: Run, *, snapshot_root: str, sheets: str, database: str) -> None:
    """Return if the matches were made from this snapshot, these settings and sheets of decisions, this database.

    Raises:
        InputError: They were not (code `stale_matches`).
    """
    noted, present = run.read_json(MATCHED, step=MATCH), _sources(run, snapshot_root, sheets, database)
    if other := [what for name, what in _SOURCES.items() if noted.get(name) != present[name]]:
        raise InputError(
            f"the matches were made from {' and '.join(other)}",
            code="stale_matches",
            remedy=f"Match again: {run.command(MATCH)}",
            district_id=run.district_id,
            step=MATCH,
        )


def refuse_other_plan(run: Run, plan: Plan, *, snapshot_root: str, accounts: pd.DataFrame) -> None:
    """Return if the plan was made from this snapshot, these accounts and this policy.

    Raises:
        InputError: It was not (code `stale_plan`).
    """
    header = plan.header
    bound = (header.snapshot_root, header.accounts_digest, header.policy_digest)
    if bound != (snapshot_root, digest_table(accounts), digest_policy(run)):
        raise InputError(
            "the plan was made from another snapshot, other accounts or another [permissions]",
            code="stale_plan",
            remedy=f"Plan again: {run.command(PLAN)}",
            district_id=run.district_id,
        )


def digest_policy(run: Run) -> str:
    """Return the SHA-256 of what the district file says about permissions."""
    policy = asdict(run.district.permissions)
    return _digest({name: said for name, said in policy.items() if said or name != "apart"})


def digest_table(table: pd.DataFrame) -> str:
    """Return the SHA-256 of a table's rows in their order."""
    hashed = pd.util.hash_pandas_object(table.astype(object), index=False)
    return hashlib.sha256(hashed.to_numpy().tobytes()).hexdigest()


def _sources(run: Run, snapshot_root: str, sheets: str, database: str) -> dict[str, str]:
    accounts = {name: value for name, value in asdict(run.district.accounts).items() if name not in PLANNED}
    settings = {"accounts": accounts, "csv": run.district.clever.csv}
    noted = {"snapshot_root": snapshot_root, "sheets": sheets, "database": database}
    return {"settings": _digest(settings), **noted}


def _digest(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
