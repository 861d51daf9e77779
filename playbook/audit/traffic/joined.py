"""Code joined to traffic: what is called and from where, what is never called, and what is called from nowhere."""

from __future__ import annotations

import re

import pandas as pd

from playbook.audit.findings import Finding
from playbook.tables import Contract, join, split

JOINED = Contract(
    "code and traffic",
    {
        "request": "text",
        "verdict": "text",
        "calls": "int",
        "last_seen": "text",
        "places": "int",
        "paths": "text",  # list of path:line
    },
    key=("request",),
    codes={"verdict": frozenset({"called", "not_called", "unexplained"})},
)
ROLE_PATHS = ("students", "teachers", "school_admins", "district_admins", "contacts")


def join_traffic(findings: pd.DataFrame, traffic: pd.DataFrame) -> pd.DataFrame:
    """Join code to traffic by what is asked.

    Args:
        findings: The table `FINDINGS` of the code.
        traffic: The table `TRAFFIC`.

    Returns:
        One row a request, sorted by it: `called` (in both), `not_called` (in code only: dead, or rarely run) and
        `unexplained` (in traffic only: another repository, an SDK, or a place that the audit did not see).
    """
    places: dict[str, list[str]] = {}
    for place in findings[(findings["kind"] == "endpoint") & (findings["context"] == "code")].to_dict("records"):
        for request in _requests(str(place["legacy"])):
            places.setdefault(request, []).append(f"{place['path']}:{place['line']}")
    calls: dict[str, int] = {}
    last: dict[str, str] = {}
    for asked in traffic.to_dict("records"):
        request = str(asked["request"])
        calls[request] = calls.get(request, 0) + int(asked["calls"])
        last[request] = str(asked["last_seen"]) or last.get(request, "")
    requests = sorted({*calls, *(request for request in places if not _is_pattern(request, calls))})
    rows = []
    for request in requests:
        found = sorted({each for key in _keys(request) for each in places.get(key, [])})
        verdict = "unexplained" if not found else "called" if request in calls else "not_called"
        rows.append(
            {
                "request": request,
                "verdict": verdict,
                "calls": calls.get(request, 0),
                "last_seen": last.get(request, ""),
                "places": len(found),
                "paths": join(found),
            }
        )
    return JOINED.make(rows)


def _requests(legacy: str) -> list[str]:
    """Return the requests that a place can make; a variable collection makes those of every role."""
    if not legacy.startswith("GET /"):
        return []
    if "{role}s" in legacy:
        return [legacy.replace("{role}s", role) for role in ROLE_PATHS]
    return [legacy]


def _is_pattern(request: str, calls: dict[str, int]) -> bool:
    """Say whether a place's request is one that only some role makes, where another role's was seen."""
    return request not in calls and any(key in calls for key in _keys(request))


def _keys(request: str) -> list[str]:
    """Return a request and the same one without its version, as code that assembles it may be known."""
    return [request, re.sub(r" /v\d(?:\.\d)?/", " /", request)]


def traffic_findings(traffic: pd.DataFrame, joined: pd.DataFrame) -> list[Finding]:
    """Return what is called on v2 from nowhere in the code, as findings at the log's line."""
    unexplained = set(joined.loc[joined["verdict"] == "unexplained", "request"])
    return [
        Finding(
            str(row["source"]), int(row["line"]), 1, "endpoint", row["state"], str(row["request"]), str(row["v3"]),
            tuple(split(row["change"])), "medium",
            f"Find what calls this ({row['calls']} times, last {row['last_seen'] or 'unknown'}): no place in the "
            f"code does. "
            f"{row['remedy']}",
            "traffic", "", "log", "traffic",
        )
        for row in traffic.to_dict("records")
        if row["request"] in unexplained and row["state"] in ("legacy", "mixed")
    ]  # fmt: skip
