"""The reviewer's queue: out as CSV and XLSX, back in as decisions that are bound to the evidence they were made on."""

from __future__ import annotations

import hashlib

import pandas as pd

from playbook.matching.decisions import apply_decisions, read_decisions
from playbook.matching.match import Matches
from playbook.matching.review import list_review
from playbook.matching.table import DECISIONS
from playbook.run import Run
from playbook.sharing.sheets import read_sheet, write_csv, write_xlsx
from playbook.tables import read_parquet

QUEUE, DECIDED = "review", "decisions"
ENDINGS = ("csv", "xlsx")


def decide(run: Run, found: Matches, accounts: pd.DataFrame, users: pd.DataFrame) -> Matches:
    """Carry out the decisions that stand, and write the queue of what still waits.

    Decisions come from `decisions.csv` or `decisions.xlsx` in the run directory: the queue, filled in. They are kept,
    and hold in later runs as long as their evidence does.

    Raises:
        InputError: A returned decision is stale, altered or incomplete; all of them are listed, nothing is decided.
    """
    decisions = _decisions(run, found)
    queue = list_review(found, accounts=accounts, users=users, decisions=decisions)
    write_csv(queue, run.path(f"{QUEUE}.csv"))
    write_xlsx(queue, run.path(f"{QUEUE}.xlsx"), title="review")
    for ending in ENDINGS:
        run.path(f"{QUEUE}.{ending}").chmod(0o600)
    if decisions is None:
        return found
    run.write_table(decisions, DECISIONS, f"{DECIDED}.parquet")
    return apply_decisions(found, decisions).matches


def decisions_digest(run: Run) -> str:
    """Return what a plan is bound to of the decisions; blank where none was made."""
    path = run.directory / f"{DECIDED}.parquet"
    if not path.exists():
        return ""
    decisions = read_parquet(path, DECISIONS)
    return hashlib.sha256("\n".join(map(str, decisions.itertuples(index=False))).encode()).hexdigest()


def _decisions(run: Run, found: Matches) -> pd.DataFrame | None:
    """Return the kept decisions, with those of a returned sheet in place of older ones on the same account."""
    kept_path = run.directory / f"{DECIDED}.parquet"
    kept = read_parquet(kept_path, DECISIONS) if kept_path.exists() else None
    sheets = [path for ending in ENDINGS if (path := run.directory / f"{DECIDED}.{ending}").exists()]
    for sheet in sheets:
        returned = read_decisions(read_sheet(sheet), found)
        older = kept[~kept["account_id"].isin(returned["account_id"])] if kept is not None else returned.head(0)
        kept = DECISIONS.make(pd.concat([older, returned], ignore_index=True))
    return kept
