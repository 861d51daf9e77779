"""Erasing what is kept of a district's people, by age or all of it: journal images, snapshots, tables, reports.

What a plan did to the accounts stays; what it wrote over is gone, so the plan can no longer be taken back. Pages, the
share bundle and the audit chain hold nobody and stay. A file that the playbook did not write is never removed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playbook.accounts.source import DatabaseSource
from playbook.applying.erasing import ErasableRun, Erased, erase_runs, find_erasable
from playbook.applying.rekeying import kept_plans
from playbook.errors import ServiceError
from playbook.road.context import DISTRICT, open_accounts, open_keys
from playbook.road.done import Done
from playbook.road.plans import KEPT, PLAN
from playbook.road.telling import NOTHING_CHANGED, Telling, plural
from playbook.run import KEYS, SHAREABLE, Run
from playbook.sharing.summary import CountTable, Number, Summary

STEP = "08_hand_over"
ERASED = "erased.json"
"""Where a run directory remembers what was erased, and when."""

OURS = re.compile(r"\.?(\w+\.(parquet|json)|(review|decisions)\.(csv|xlsx)|mask\.key)(\..*)?")
"""Files beside the directories that the road writes; those that a crash left half written too."""

APPROVALS = (("permissions", "approved"), ("permissions", "previewed"))
"""Who approved what: a record of the operators, which holds nobody of the district."""

_STAYING = frozenset({*SHAREABLE, KEYS})
_WRITTEN = frozenset({"snapshot", "notebooks", "rehearsal", "permissions", "audit", "codes", KEPT, "watch"})


def erase(run: Run, *, older_than: int | None = None, everything: bool = False, execute: bool = False) -> Done:
    """Erase what is older than the retention, or say what that is.

    Args:
        run: The district's run.
        older_than: Days; by default [privacy] retention_days of the district file.
        everything: Whatever its age, the way back of plans that were applied included.
        execute: False for a dry run, which erases nothing.

    Raises:
        AnswerIsNo: Another plan of the district is being applied.
        ServiceError: The database or the disk refuses; the same command goes on.
    """
    telling, source = Telling(run, STEP, "Erase"), open_accounts(run)
    days = older_than or run.district.privacy.retention_days
    before = None if everything else run.now() - timedelta(days=days)
    erased, still = Erased((), False), set[str]()
    if isinstance(source, DatabaseSource):
        erased = _erase_journal(run, source, before, execute=execute)
        still = set(kept_plans(source, run.district_id)) - {each.plan for each in erased.runs}
    files = [*_erasable_files(run, before, still)]
    facts: dict[str, Any] = {
        "executed": execute,
        "before": before.isoformat() if before else "",
        "runs": len(erased.runs),
        "cells": sum(each.cells for each in erased.runs),
        "files": len(files),
        "left": sum(1 for _ in _strange_files(run)),
        "still_undoable": len(still),
        "rekeyed": erased.is_rekeyed,
    }
    if execute:
        _remove(files)
        _record(run, facts)
    return Done(_tell(telling, erased.runs, facts), facts)


def _erase_journal(run: Run, source: DatabaseSource, before: datetime | None, *, execute: bool) -> Erased:
    if not execute:
        return Erased((*find_erasable(source, run.district_id, before=before),), False)
    keys = open_keys(run, source)
    return erase_runs(source, district_id=run.district_id, before=before, keys=keys, now=run.now())


def _erasable_files(run: Run, before: datetime | None, still: Collection[str]) -> Iterator[Path]:
    """Yield what the road wrote, and holds people, before a moment; a plan that can be taken back stays."""
    directory = run.directory
    staying = {directory / DISTRICT, directory / ERASED, *(directory / KEPT / f"{plan}.json" for plan in still)}
    staying |= {directory / PLAN} if still else set()
    for path in _files(directory):
        is_old = before is None or path.lstat().st_mtime < before.timestamp()
        if is_old and path not in staying and _is_ours(run, path):
            yield path


def _strange_files(run: Run) -> Iterator[Path]:
    """Yield what somebody else put into the run directory."""
    for path in _files(run.directory):
        place = path.relative_to(run.directory)
        if not _is_ours(run, path) and place.parts[0] not in _STAYING and place.parts[:2] not in APPROVALS:
            yield path


def _files(directory: Path) -> Iterator[Path]:
    """Yield every file and link below a directory; nothing is followed out of it."""
    yield from (path for path in sorted(directory.rglob("*")) if path.is_symlink() or not path.is_dir())


def _is_ours(run: Run, path: Path) -> bool:
    place = path.relative_to(run.directory)
    if place.parts[:2] in APPROVALS or path.absolute() in _inputs(run):
        return False
    return place.parts[0] in _WRITTEN or (len(place.parts) == 1 and OURS.fullmatch(place.name) is not None)


def _inputs(run: Run) -> set[Path]:
    """Return the files that the district file names: they are the application's, wherever they lie."""
    url, base = run.district.accounts.url, run.district.directory
    accounts = [url.removeprefix("file:")] if url.startswith("file:") else []
    return {run.district.path, *((base / name).absolute() for name in (*accounts, *run.district.clever.csv))}


def _remove(files: Collection[Path]) -> None:
    try:
        for path in files:
            path.unlink(missing_ok=True)
        for parent in sorted({path.parent for path in files}, reverse=True):
            if parent.name in _WRITTEN and parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()
    except OSError:
        raise ServiceError(
            "a file of the run directory could not be removed",
            code="disk",
            remedy="Make the run directory writable; then run the same command again, which goes on.",
        ) from None


def _record(run: Run, facts: dict[str, Any]) -> None:
    """Remember what was erased and when: counts only."""
    path = run.directory / ERASED
    known = json.loads(path.read_text(encoding="utf-8"))["erasures"] if path.exists() else []
    run.write_json({"erasures": [*known, {"at": run.now().isoformat(), **facts}]}, ERASED)


def _tell(telling: Telling, runs: Collection[ErasableRun], facts: dict[str, Any]) -> Summary:
    executed, undoable = facts["executed"], sum(each.is_undoable for each in runs)
    what = f"{plural(len(runs), 'run')} of the journal and {plural(facts['files'], 'file')}"
    rows = tuple((each.plan[:12], each.kind, each.state, each.cells) for each in runs)
    return telling.summary(
        "review" if undoable and not executed else "go",
        f"{what} {'were' if executed else 'would be'} erased.",
        changed=f"{what} were erased." if executed and (runs or facts["files"]) else NOTHING_CHANGED,
        next_action=_next(executed, undoable, facts),
        numbers=(
            Number("runs of the journal", len(runs), "their keys are destroyed, their images emptied"),
            Number("rows of the journal", facts["cells"]),
            Number("files", facts["files"], "of the run directory"),
            Number("no longer undone", undoable, "plans whose way back goes"),
            Number("still undone", facts["still_undoable"], "plans whose way back stays"),
            Number("left", facts["left"], "files that the playbook did not write"),
        ),
        tables=(CountTable("Runs of the journal", ("plan", "kind", "state", "rows"), rows),) if rows else (),
    )


def _next(executed: bool, undoable: int, facts: dict[str, Any]) -> str:
    if not executed:
        way = f" {plural(undoable, 'applied plan')} could then no longer be taken back." if undoable else ""
        return f"The same command with --execute does it.{way}"
    if facts["runs"] and not facts["rekeyed"]:
        return "Change the journal's key and destroy the one before, which still opens keys in the database's backups."
    return "Delete what you exported yourself; backups of the run directory are yours to delete too."
