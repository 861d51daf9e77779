"""The reviewer's queue: out as CSV and XLSX, back in as decisions that are bound to the evidence they were made on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from playbook.errors import InputError
from playbook.matching.decisions import Decided, apply_decisions, combine_decisions, read_decisions
from playbook.matching.match import Matches
from playbook.matching.review import ANSWER, list_review
from playbook.matching.table import DECISION_WORDS, DECISIONS
from playbook.road.telling import plural
from playbook.run import Run
from playbook.sharing.sheets import read_sheet, write_csv, write_xlsx
from playbook.tables import read_parquet

QUEUE, DECIDED = "review", "decisions"
ENDINGS = ("csv", "xlsx")
_FILLED = ("account_id", "decision", "user_id")


def decide(run: Run, found: Matches, accounts: pd.DataFrame, users: pd.DataFrame) -> Decided:
    """Carry out the decisions that stand, and write the queue of what still waits.

    Decisions come from `decisions.csv` or `decisions.xlsx` in the run directory: the queue, filled in. They are kept,
    and hold in later runs as long as their evidence does.

    Raises:
        InputError: A returned decision is altered or incomplete, or a queue was filled in where it stands and would be
            overwritten; nothing is decided, nothing written.
    """
    kept, returned = _kept(run), _returned(run, found)
    known = combine_decisions([*kept, *returned], found)
    _refuse_filled_in(run, pd.concat([DECISIONS.empty(), *kept, *returned]))
    decided = apply_decisions(found, known)
    queue = list_review(found, accounts=accounts, users=users, decisions=decided.standing)
    write_csv(queue, run.path(f"{QUEUE}.csv"))
    choices = {"decision": DECISION_WORDS}
    write_xlsx(queue, run.path(f"{QUEUE}.xlsx"), title="review", to_fill=ANSWER, choices=choices)
    for ending in ENDINGS:
        run.path(f"{QUEUE}.{ending}").chmod(0o600)
    if kept or returned:
        run.write_table(known, DECISIONS, f"{DECIDED}.parquet")
    return decided


def count_emptied(run: Run, standing: pd.DataFrame) -> int:
    """Return how many decisions stand although the sheet that came back shows their row without one."""
    sheets = [read_sheet(sheet) for sheet in _sheets(run, DECIDED)]
    blank = {row for sheet in sheets for row in sheet.loc[sheet["decision"].str.strip() == "", "account_id"]}
    said = {row for sheet in sheets for row in sheet.loc[sheet["decision"].str.strip() != "", "account_id"]}
    return int(standing["account_id"].isin(blank - said).sum())


def digest_sheets(run: Run) -> str:
    """Return what matches are bound to of the sheets that came back: the SHA-256 of their bytes."""
    digests = [hashlib.sha256(sheet.read_bytes()).hexdigest() for sheet in _sheets(run, DECIDED)]
    return hashlib.sha256("".join(digests).encode()).hexdigest() if digests else ""


def decisions_digest(run: Run) -> str:
    """Return what a plan is bound to of the decisions; blank where none was made."""
    path = run.directory / f"{DECIDED}.parquet"
    if not path.exists():
        return ""
    decisions = read_parquet(path, DECISIONS)
    return hashlib.sha256("\n".join(map(str, decisions.itertuples(index=False))).encode()).hexdigest()


def _kept(run: Run) -> list[pd.DataFrame]:
    """Return the decisions of earlier runs."""
    path = run.directory / f"{DECIDED}.parquet"
    return [read_parquet(path, DECISIONS)] if path.exists() else []


def _returned(run: Run, found: Matches) -> list[pd.DataFrame]:
    """Return the decisions of the sheets that came back."""
    return [read_decisions(read_sheet(sheet), found, sheet=sheet.name) for sheet in _sheets(run, DECIDED)]


def _sheets(run: Run, name: str) -> list[Path]:
    return [path for ending in ENDINGS if (path := run.directory / f"{name}.{ending}").exists()]


def _refuse_filled_in(run: Run, known: pd.DataFrame) -> None:
    """Return if the queues of the run directory hold no decision but those that are known.

    Raises:
        InputError: Somebody filled a queue in where it stands; code `queue_holds_decisions`.
    """
    settled = set(zip(known["account_id"], known["decision"], strict=True))
    users = set(zip(known["account_id"], known["user_id"], strict=True))
    for sheet in _sheets(run, QUEUE):
        filled = read_sheet(sheet)
        cells = (filled.get(column, pd.Series("", filled.index)).str.strip() for column in _FILLED)
        rows = zip(*cells, strict=True)
        lost = sum(
            bool(decision)
            and ((account, decision.lower()) not in settled or bool(user and (account, user.lower()) not in users))
            for account, decision, user in rows
        )
        if lost:
            back = sheet.with_name(f"{DECIDED}{sheet.suffix}")
            raise InputError(
                f"{sheet.name} holds {plural(lost, 'decision')} that matching again would overwrite",
                code="queue_holds_decisions",
                remedy=f"Save it as {back}, where decisions are read from; then match again.",
                district_id=run.district_id,
            )
