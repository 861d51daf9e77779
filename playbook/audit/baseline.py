"""The baseline: places that are known and accepted for now, so that a gate stops only what is new.

A place is known by its fingerprint, which does not depend on its line number.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from playbook.errors import Fault, InputError
from playbook.tables import TEXT

VERSION = 1


def write_baseline(findings: pd.DataFrame, path: Path) -> None:
    """Write the fingerprints of every open place."""
    open_places = findings[findings["state"] != "already_v3"]
    document = {"version": VERSION, "fingerprints": sorted(open_places["fingerprint"])}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read_baseline(path: Path) -> frozenset[str]:
    """Return the fingerprints of a baseline.

    Raises:
        InputError: The file is no baseline of this version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] != VERSION:
            raise ValueError("another version")
        return frozenset(str(each) for each in document["fingerprints"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise InputError(
            "the baseline cannot be read",
            code="baseline",
            remedy="Write it again with the audit's own option.",
            faults=[Fault(path.name, type(fault).__name__)],
        ) from None


def without_baseline(findings: pd.DataFrame, known: frozenset[str]) -> pd.DataFrame:
    """Return the findings that a baseline does not know."""
    fingerprints = pd.Series(sorted(known), dtype=TEXT)
    return findings[~findings["fingerprint"].isin(fingerprints)].reset_index(drop=True)
