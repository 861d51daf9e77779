"""The baseline: what is known and accepted for now, so that a gate stops only what is new.

A place is known by its fingerprint, which does not depend on its line number; a file that cannot be read is accepted by
its path, and only with a reason that a person wrote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from playbook.errors import Fault, InputError
from playbook.tables import TEXT

VERSION = 1


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is accepted.

    Attributes:
        fingerprints: Of the places that are known.
        unread: Files that may fail to be read, with the reason; a blank one accepts nothing.
    """

    fingerprints: frozenset[str] = frozenset()
    unread: Mapping[str, str] = field(default_factory=dict)

    def accepts(self, path: str) -> bool:
        """Say whether a file may fail: it is named, with a reason."""
        return bool(self.unread.get(path, "").strip())

    def tell(self, failed: Sequence[str]) -> list[str]:
        """Say of each file that may fail why it may, and whether that still holds."""
        return [self._told(name, reason.strip(), name in failed) for name, reason in sorted(self.unread.items())]

    @staticmethod
    def _told(name: str, reason: str, is_failed: bool) -> str:
        if not is_failed:
            return f"{name} can be searched again: take it out of the baseline."
        if not reason:
            return f"The baseline names {name} without a reason, which accepts nothing."
        return f"NOT SEARCHED, and the baseline accepts it: {name} ({reason})."


NO_BASELINE = Baseline()


def write_baseline(findings: pd.DataFrame, path: Path, failed: Sequence[str] = ()) -> None:
    """Write the fingerprints of every open place, and the files that failed, whose reasons are left to a person."""
    open_places = findings[findings["state"] != "already_v3"]
    document: dict[str, object] = {"version": VERSION, "fingerprints": sorted(open_places["fingerprint"])}
    if failed:
        document["unread"] = dict.fromkeys(sorted(failed), "")
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read_baseline(path: Path) -> Baseline:
    """Return what a baseline accepts.

    Raises:
        InputError: The file is no baseline of this version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise _unreadable(path, f"it cannot be opened: {fault.strerror}") from None
    except (ValueError, RecursionError):
        raise _unreadable(path, "it is no JSON") from None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise _unreadable(path, f'it is no object with "version": {VERSION}')
    fingerprints, unread = document.get("fingerprints"), document.get("unread", {})
    if not isinstance(fingerprints, list) or not all(isinstance(each, str) for each in fingerprints):
        raise _unreadable(path, 'its "fingerprints" are no list of texts')
    if not isinstance(unread, dict) or not all(isinstance(each, str) for each in unread.values()):
        raise _unreadable(path, 'its "unread" is no object of paths with a reason each')
    return Baseline(frozenset(fingerprints), unread)


def _unreadable(path: Path, what: str) -> InputError:
    remedy = "Write it again with --write-baseline, or correct it."
    return InputError("the baseline cannot be read", code="baseline", remedy=remedy, faults=[Fault(path.name, what)])


def without_baseline(findings: pd.DataFrame, known: Baseline) -> pd.DataFrame:
    """Return the findings that a baseline does not know."""
    fingerprints = pd.Series(sorted(known.fingerprints), dtype=TEXT)
    return findings[~findings["fingerprint"].isin(fingerprints)].reset_index(drop=True)
