"""Findings as SARIF 2.1.0, which code-scanning viewers open at the line.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from playbook.audit.findings import KINDS, STEPS, Kind
from playbook.tables import split

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
GUIDE = "https://dev.clever.com/docs/api-v3-upgrade-guide"
LEVELS = {"high": "error", "medium": "warning", "low": "note", "info": "none"}
SAYS: dict[Kind, str] = {
    "endpoint": "A request to a Clever endpoint that v3 does not have, or answers differently",
    "client_library": "A Clever SDK, OAuth strategy or fork of one that speaks v2",
    "events_record_type": "An event type, record type or filter that v3 does not send",
    "identity_me_type": "A role taken from /me, from a link, or from the first key of roles",
    "id_usage": "A Clever id that is stored, looked up or written",
    "field_move": "A field that v3 keeps elsewhere or in another shape",
}


def write_sarif(findings: pd.DataFrame, path: Path) -> None:
    """Write what must change (not what is on v3 already) as one SARIF run."""
    path.write_text(json.dumps(make_sarif(findings), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def make_sarif(findings: pd.DataFrame) -> dict[str, Any]:
    """Return the SARIF document of the table `FINDINGS`."""
    open_places = findings[findings["state"] != "already_v3"]
    driver = {
        "name": "playbook audit",
        "informationUri": GUIDE,
        "rules": [_rule(kind) for kind in KINDS],
    }
    results = [_result(place) for place in open_places.to_dict("records")]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(kind: Kind) -> dict[str, Any]:
    return {
        "id": kind,
        "name": "".join(word.capitalize() for word in kind.split("_")),
        "shortDescription": {"text": SAYS[kind]},
        "fullDescription": {"text": f"{SAYS[kind]}. Checklist step: {STEPS[kind]}."},
        "helpUri": GUIDE,
        "defaultConfiguration": {"level": "warning"},
    }


def _uri(path: str) -> str:
    """Return a path as a URI: relative to where the viewer is, unless it was named from the root."""
    return f"file://{quote(path)}" if path.startswith("/") else quote(path)


def _result(place: dict[Any, Any]) -> dict[str, Any]:
    becomes = f" It becomes {place['v3']}." if place["v3"] else ""
    region: dict[str, Any] = {"startLine": int(place["line"]), "startColumn": int(place["column"])}
    if place["snippet"]:
        region["snippet"] = {"text": place["snippet"]}
    return {
        "ruleId": place["rule"],
        "ruleIndex": KINDS.index(place["rule"]),
        "level": LEVELS[place["severity"]],
        "message": {"text": f"{place['legacy']}.{becomes} {place['remedy']}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(str(place["path"]))}, "region": region}}],
        "partialFingerprints": {"playbook/v1": place["fingerprint"]},
        "properties": {
            "state": place["state"],
            "change": split(place["change"]),
            "step": place["step"],
            "effortMinutes": int(place["effort"]),
        },
    }
