"""Findings as CSV, for a spreadsheet that somebody will sort by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(findings: pd.DataFrame, path: Path) -> None:
    """Write the table `FINDINGS`, one row a place; a cell that a spreadsheet would run as a formula is quoted."""
    safe = findings.copy()
    for column in safe.columns:
        if str(safe[column].dtype).startswith("string"):
            risky = safe[column].str.startswith(FORMULA)
            safe[column] = safe[column].where(~risky, "'" + safe[column])
    safe.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
