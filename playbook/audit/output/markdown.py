"""Findings as Markdown, short enough for a ticket."""

from __future__ import annotations

import pandas as pd

from playbook.audit.findings import KINDS, SEVERITIES, STEPS
from playbook.audit.report import first_files, map_by_area, map_by_step

ROWS = 15


def make_markdown(findings: pd.DataFrame) -> str:
    """Return a summary: by step of Clever's checklist, by area, the files that matter first, what is most severe.

    Args:
        findings: The table `FINDINGS`.
    """
    open_places = findings[findings["state"] != "already_v3"]
    files = open_places["path"].nunique()
    parts = [
        "# What still speaks Clever v2",
        "",
        f"{len(open_places)} places in {files} files; about {_hours(int(open_places['effort'].sum()))} of work; "
        f"{int((findings['state'] == 'already_v3').sum())} places are on v3 already.",
        "",
        "## By step of the checklist",
        "",
        *_table(map_by_step(findings), ["step", "places", "files", "high", "hours"]),
        "",
        "## By area",
        "",
        *_table(map_by_area(findings).head(ROWS), ["area", "places", "high", "hours"]),
        "",
        "## Files to begin with",
        "",
        *_table(first_files(findings).head(ROWS), ["path", "state", "places", "high", "kinds"]),
        "",
        "## Most severe",
        "",
        *(_place(place) for place in _severest(open_places)),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _severest(open_places: pd.DataFrame) -> list[dict[str, object]]:
    code = open_places[open_places["context"] == "code"]
    order = {severity: index for index, severity in enumerate(SEVERITIES)}
    kinds = {kind: index for index, kind in enumerate(sorted(KINDS, key=lambda kind: STEPS[kind]))}
    ranked = code.assign(_rank=code["severity"].map(order), _kind=code["kind"].map(kinds))
    ranked = ranked.sort_values(["_rank", "_kind", "path", "line"]).head(ROWS)
    return [{str(key): value for key, value in row.items()} for row in ranked.to_dict("records")]


def _place(place: dict[str, object]) -> str:
    told = f"**{place['kind']}** {_plain(str(place['legacy']))}: {_plain(str(place['remedy']))}"
    return f"- `{place['path']}:{place['line']}` {told}"


def _table(rows: pd.DataFrame, columns: list[str]) -> list[str]:
    head = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return head + [
        "| " + " | ".join(_plain(str(row[column])) for column in columns) + " |" for row in rows.to_dict("records")
    ]


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _hours(minutes: int) -> str:
    return f"{minutes / 60:.0f} hours" if minutes >= 90 else f"{minutes} minutes"
