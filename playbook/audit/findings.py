"""What a finding is: one place in code, traffic or dependencies that speaks to Clever, and what it has to become.

Steps are those of Clever's checklist: https://dev.clever.com/docs/api-v3-upgrade-guide
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

from playbook.tables import Contract, join

Kind = Literal["endpoint", "client_library", "events_record_type", "identity_me_type", "id_usage", "field_move"]
State = Literal["legacy", "mixed", "already_v3"]
Severity = Literal["high", "medium", "low", "info"]

KINDS: tuple[Kind, ...] = (
    "endpoint",
    "client_library",
    "events_record_type",
    "identity_me_type",
    "id_usage",
    "field_move",
)
STATES: tuple[State, ...] = ("legacy", "mixed", "already_v3")
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low", "info")
CONTEXTS = ("code", "comment", "dead", "test", "document", "dependency", "traffic")
CHANGES = ("path", "id", "shape", "semantics", "event", "sdk", "version")

STEPS: dict[Kind, str] = {
    "id_usage": "2. Migrate to the v3.x User ID",
    "endpoint": "3. Update your User Endpoints",
    "client_library": "3. Update your User Endpoints",
    "field_move": "3. Update your User Endpoints",
    "events_record_type": "4. Adjust Event Handling",
    "identity_me_type": "5. Account for Identity API Changes (SSO)",
}
"""The step of Clever's checklist that each kind of finding belongs to."""

EFFORT_MINUTES: dict[Kind, int] = {
    "endpoint": 20,
    "client_library": 120,
    "events_record_type": 60,
    "identity_me_type": 90,
    "id_usage": 60,
    "field_move": 20,
}
"""An estimate for one place, tests included; a first place of a kind costs more, the tenth less."""

FINDINGS = Contract(
    "findings",
    {
        "path": "text",  # as given on the command line, with forward slashes
        "line": "int",  # from 1
        "column": "int",  # from 1
        "kind": "text",
        "state": "text",
        "legacy": "text",  # what stands there, in Clever's terms: GET /v2.1/teachers/{id}
        "v3": "text",  # what replaces it: GET /v3.1/users/{id}
        "change": "text",  # list of CHANGES
        "rule": "text",  # the name to waive it by
        "variant": "text",  # which form of the rule it is
        "severity": "text",
        "remedy": "text",
        "snippet": "text",  # the line, trimmed, secrets masked
        "step": "text",
        "effort": "int",  # minutes
        "language": "text",
        "area": "text",  # the directory that the file belongs to
        "context": "text",
        "file_state": "text",
        "roles": "text",  # list; whose data or ids the place is about
        "fingerprint": "text",  # stays when lines move; what a baseline holds
    },
    sort=("path", "line", "column", "kind", "legacy"),
    codes={
        "kind": frozenset(KINDS),
        "state": frozenset(STATES),
        "severity": frozenset(SEVERITIES),
        "context": frozenset(CONTEXTS),
    },
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One place.

    Attributes:
        legacy: What stands there, in Clever's terms.
        v3: What replaces it.
        change: Which kinds of change it needs, of `CHANGES`.
        variant: Which form of the rule found it.
        roles: Whose data or ids the place is about; empty where it cannot be told.
    """

    path: str
    line: int
    column: int
    kind: Kind
    state: State
    legacy: str
    v3: str
    change: tuple[str, ...]
    severity: Severity
    remedy: str
    variant: str = ""
    snippet: str = ""
    language: str = ""
    context: str = "code"
    file_state: str = ""
    roles: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """A name for the place that does not depend on its line number."""
        told = "\0".join((self.path, self.kind, self.variant, self.legacy, self.snippet))
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def make_findings(found: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as the table `FINDINGS`; equal places of equal text are numbered apart in their fingerprint."""
    rows: list[dict[str, object]] = []
    seen: dict[str, int] = {}
    for finding in sorted(found, key=lambda each: (each.path, each.line, each.column, each.kind, each.legacy)):
        nth = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
        rows.append(
            asdict(finding)
            | {
                "change": join(finding.change),
                "roles": join(finding.roles),
                "rule": finding.kind,
                "step": STEPS[finding.kind],
                "effort": 0 if finding.state == "already_v3" else EFFORT_MINUTES[finding.kind],
                "area": finding.path.rpartition("/")[0] or ".",
                "fingerprint": finding.fingerprint if nth == 1 else f"{finding.fingerprint}-{nth}",
            }
        )
    return FINDINGS.make(rows)
