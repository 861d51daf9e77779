"""The bundle that support or Clever may have: built from the steps' summaries by an allow-list, scanned, then named.

Nothing is cleaned out of it, because nothing that would need cleaning is put in. It is handed over only if the scanner
finds none of the run's forbidden texts in its finished bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playbook import __version__
from playbook.errors import AnswerIsNo, Fault, InputError
from playbook.run import Run
from playbook.sharing.coded_accounts import code_accounts
from playbook.sharing.forbidden import Forbidden, read_forbidden
from playbook.sharing.pages import LEVELS, read_summaries, render_pages
from playbook.sharing.scanner import scan_bytes
from playbook.sharing.small_cells import suppress_small_cells
from playbook.sharing.summary import Summary

_MADE_AT = (1980, 1, 1, 0, 0, 0)
_MANIFEST = "manifest.json"
_FIRST_WITH_PEOPLE = "02"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was scanned and found clean.

    Attributes:
        path: The zip file.
        level: masked or counts.
        files: Names of the entries, the manifest among them.
        searched: How many forbidden texts were searched for.
        sha256: Of the zip file.
    """

    path: Path
    level: str
    files: tuple[str, ...]
    searched: int
    sha256: str


def make_bundle(run: Run, out: Path, level: str = "masked") -> Bundle:
    """Make the bundle of a run and prove it clean.

    Args:
        run: The run; at least one step has been made.
        out: The zip file to write; a file that stands there is replaced.
        level: `masked`: counts, codes, and a random code for each account that needs a person, which only this run
            directory can resolve. `counts`: counts alone, none below ten.

    Raises:
        InputError: The level is unknown, or everybody was erased from the run; or something other than a file stands
            where the bundle shall be (code `output`).
        StepMissing: No step has been made.
        AnswerIsNo: The scanner found a forbidden text; no file was written.
    """
    if level not in LEVELS:
        raise InputError(f"{level} is not a level", remedy=f"Choose one of {', '.join(LEVELS)}.")
    if out.exists() and not out.is_file():
        raise InputError(f"{out.name} is no file to replace", code="output", remedy="Name a zip file that may be new.")
    summaries = read_summaries(run)
    entries = _entries(run, summaries, level)
    forbidden = read_forbidden(run)
    if any(summary.step >= _FIRST_WITH_PEOPLE for summary in summaries):
        forbidden.refuse_empty()
    entries[_MANIFEST] = _manifest(entries, summaries, level, forbidden)
    content = _zip(entries)
    _refuse_leaks(out.name, content, forbidden, run)
    _write(out, content)
    return Bundle(out, level, tuple(sorted(entries)), len(forbidden), hashlib.sha256(content).hexdigest())


def _entries(run: Run, summaries: Sequence[Summary], level: str) -> dict[str, str]:
    told = [suppress_small_cells(summary) for summary in summaries] if level == "counts" else summaries
    pages = {f"pages/{name}": page for name, page in render_pages(told, level).items()}
    steps = {f"summary/{summary.step[:2]}.json": _json(summary.to_document()) for summary in told}
    accounts = code_accounts(run, bundle_id=secrets.token_hex(8)) if level == "masked" else ""
    return pages | steps | ({"accounts.csv": accounts} if accounts else {})


def _manifest(entries: Mapping[str, str], summaries: Sequence[Summary], level: str, forbidden: Forbidden) -> str:
    """What a receiver needs to check the bundle without us."""
    return _json(
        {
            "playbook": __version__,
            "district_id": summaries[-1].district_id,
            "made_at": summaries[-1].made_at,
            "level": level,
            "shows": LEVELS[level],
            "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in entries.items()},
            "scan": {"clean": True, "searched": len(forbidden)},
        }
    )


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _zip(entries: Mapping[str, str]) -> bytes:
    """Pack entries so that nothing of the machine comes along: no times, owners or comments."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, date_time=_MADE_AT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, entries[name].encode())
    return buffer.getvalue()


def _write(out: Path, content: bytes) -> None:
    part = out.with_name(f".{out.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    os.replace(part, out)


def _refuse_leaks(name: str, content: bytes, forbidden: Forbidden, run: Run) -> None:
    found = scan_bytes(name, content, forbidden)
    if not found.clean:
        raise AnswerIsNo(
            f"the bundle would hold what must not leave, in {len(found.hits)} places; it was not written",
            code="not_clean",
            remedy="Report the listed places; share nothing until they are gone.",
            faults=[Fault(hit.where.partition("!")[2], f"holds a forbidden {hit.kind}") for hit in found.hits],
            district_id=run.district_id,
        )
