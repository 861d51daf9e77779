"""The map of the work: by step of Clever's checklist, by area, by file, with an estimate of each.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migration Checklist")
"""

from __future__ import annotations

import pandas as pd

from playbook.tables import Contract

MAP_BY_STEP = Contract(
    "map by step",
    {"step": "text", "places": "int", "files": "int", "high": "int", "minutes": "int", "hours": "text"},
    key=("step",),
)
MAP_BY_AREA = Contract(
    "map by area",
    {"area": "text", "places": "int", "files": "int", "high": "int", "minutes": "int", "hours": "text"},
    key=("area",),
)
FIRST_FILES = Contract(
    "first files",
    {"path": "text", "state": "text", "places": "int", "high": "int", "kinds": "text", "minutes": "int", "line": "int"},
    key=("path",),
)
LEARNING = 0.5  # what each further place of a kind in the same file costs of the first one's estimate


def map_by_step(findings: pd.DataFrame) -> pd.DataFrame:
    """Return one row a step of the checklist, in its order, with what is still open."""
    return MAP_BY_STEP.make(_mapped(findings, "step"))


def map_by_area(findings: pd.DataFrame) -> pd.DataFrame:
    """Return one row a directory, the one with most severe places first."""
    areas = MAP_BY_AREA.make(_mapped(findings, "area"))
    return areas.sort_values(["high", "places", "area"], ascending=[False, False, True], ignore_index=True)


def first_files(findings: pd.DataFrame) -> pd.DataFrame:
    """Return one row a file, in the order in which to begin: sign-in and ids before endpoints, severe before mild."""
    open_places = _open(findings)
    rows = []
    for path, places in open_places.groupby("path", sort=True):
        rows.append(
            {
                "path": path,
                "state": places["file_state"].iloc[0],
                "places": len(places),
                "high": int((places["severity"] == "high").sum()),
                "kinds": ", ".join(sorted(set(places["kind"]))),
                "minutes": _minutes(places),
                "line": int(places["line"].min()),
            }
        )
    files = FIRST_FILES.make(rows)
    decisive = files["kinds"].str.contains("id_usage|identity_me_type").astype("int64[pyarrow]")
    ranked = files.assign(_decisive=decisive)
    ranked = ranked.sort_values(["_decisive", "high", "places", "path"], ascending=[False, False, False, True])
    return ranked.drop(columns="_decisive").reset_index(drop=True)


def _open(findings: pd.DataFrame) -> pd.DataFrame:
    return findings[(findings["state"] != "already_v3") & (~findings["context"].isin(["comment", "dead"]))]


def _mapped(findings: pd.DataFrame, by: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, places in _open(findings).groupby(by, sort=True):
        minutes = _minutes(places)
        rows.append(
            {
                by: name,
                "places": len(places),
                "files": int(places["path"].nunique()),
                "high": int((places["severity"] == "high").sum()),
                "minutes": minutes,
                "hours": f"{minutes / 60:.1f}",
            }
        )
    return rows


def _minutes(places: pd.DataFrame) -> int:
    """Estimate the work: the first place of a kind in a file in full, each further one in half."""
    total = 0.0
    for _, group in places.groupby(["path", "kind"], sort=True):
        efforts = sorted((int(effort) for effort in group["effort"]), reverse=True)
        total += efforts[0] + LEARNING * sum(efforts[1:])
    return round(total)
