"""What an audit searched and found, as the command and step 01 tell it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from playbook.audit.audit import Audit, AuditOptions, run_audit
from playbook.audit.baseline import NO_BASELINE, Baseline, read_baseline, without_baseline, write_baseline
from playbook.audit.output.csv import write_csv
from playbook.audit.output.markdown import make_markdown
from playbook.audit.output.sarif import write_sarif
from playbook.audit.patch import Patch, make_patch
from playbook.audit.traffic.joined import JOINED
from playbook.audit.traffic.reader import NO_TRAFFIC, Traffic, add_traffic, read_traffic
from playbook.errors import Fault, InputError
from playbook.road.telling import plural
from playbook.run import Report
from playbook.sharing.summary import Verdict
from playbook.tables import records, split

MOST_LISTED = 40
FACTS = ("path", "line", "column", "kind", "state", "legacy", "v3", "change", "rule", "severity", "remedy", "snippet")
UNSEARCHED = "Not everything could be searched."
EMPTY = "No file of the named paths was searched."
MOST_FAULTS = 10
"""So many unreadable files are listed; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is searched: source trees and files, access logs, HAR files, Postman collections, OpenAPI documents."""

    paths: tuple[Path, ...] = ()
    logs: tuple[Path, ...] = ()
    har: tuple[Path, ...] = ()
    postman: tuple[Path, ...] = ()
    openapi: tuple[Path, ...] = ()
    baseline: Path | None = None
    include_vendored: bool = False

    @property
    def recordings(self) -> tuple[Path, ...]:
        """The files that hold traffic."""
        return (*self.logs, *self.har, *self.postman, *self.openapi)


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found.

    Attributes:
        code: The audit of the source trees.
        findings: The table `FINDINGS`, traffic that no code explains among them, without what a baseline knows.
        joined: The table `JOINED`: what is called, and from where; empty without traffic.
        traffic: What logs and recordings say.
        base: Where the patch will be applied.
        baseline: What is accepted for now.
        is_empty: Source trees were named, and no file of them was searched.
    """

    code: Audit
    findings: pd.DataFrame
    joined: pd.DataFrame = field(default_factory=JOINED.empty)
    traffic: Traffic = NO_TRAFFIC
    base: Path | None = None
    baseline: Baseline = NO_BASELINE
    is_empty: bool = False

    @property
    def legacy(self) -> int:
        """How many places must change."""
        return len(self.open_places())

    @property
    def verdict(self) -> Verdict:
        """Review while anything must change: the audit is a list of work, not a reason to stop a rehearsal."""
        return "review" if self.legacy or self.code.faults or self.is_empty else "go"

    @property
    def passes(self) -> bool:
        """True where a gate may let it through: nothing must change, and no file that failed may hide anything."""
        return not self.legacy and not self.is_empty and all(self.baseline.accepts(name) for name in self.code.failed)

    @property
    def headline(self) -> str:
        """The answer in one sentence."""
        if self.is_empty and not self.legacy:
            return EMPTY
        if not self.legacy:
            told = f"; {plural(len(self.code.failed), 'file')} could not be searched" if self.code.failed else ""
            return f"Nothing that was searched still speaks v2{told}." if self.passes else UNSEARCHED
        files = self.open_places()["path"].nunique()
        return f"{plural(self.legacy, 'place')} in {plural(files, 'file')} still speak{'s' * (self.legacy == 1)} v2."

    def open_places(self) -> pd.DataFrame:
        """The places that must change."""
        return self.findings[self.findings["state"] != "already_v3"]

    def listing(self) -> list[tuple[str, str, str]]:
        """Return the first places for a terminal: where and of which kind, what becomes what, what to do."""
        first = records(self.open_places().head(MOST_LISTED))
        places = (f"{r['path']}:{r['line']}:{r['column']}  {r['kind']}, {r['severity']}" for r in first)
        becomes = (f"{r['legacy']}  ->  {r['v3']}" for r in first)
        return list(zip(places, becomes, (r["remedy"] for r in first), strict=True))

    def left_out(self) -> str:
        """Say how many places the listing leaves out, and where they are."""
        more = self.legacy - MOST_LISTED
        return f"… and {plural(more, 'place')} more: write them all with --csv or --sarif." if more > 0 else ""

    def notes(self) -> tuple[str, ...]:
        """What was not read and why, what the source waives, as sentences."""
        notes = [f"{plural(self.code.files, 'file')} with {plural(self.code.lines, 'line')} were read."]
        notes += [f"Not read: {plural(count, 'file')} ({reason})." for reason, count in self.code.skipped.items()]
        notes += [f"{fault}." for fault in self.code.faults[:MOST_FAULTS]]
        notes += [f"{fault}." for fault in self.traffic.unread]
        notes += self.baseline.tell(self.code.failed)
        if self.code.waived:
            waived = plural(len(self.code.waived), "place is", "places are")
            notes.append(f"{waived} waived in the source, each with its reason.")
        notes += [f"{fault}." for fault in self.code.idle_waivers]
        return tuple(notes)

    def patch(self) -> Patch:
        """Return what can be changed without judgment as a unified diff, and why the rest is left alone."""
        return make_patch(self.code, self.base)

    def write(
        self,
        *,
        csv: Path | None = None,
        sarif: Path | None = None,
        patch: Path | None = None,
        markdown: Path | None = None,
        baseline: Path | None = None,
    ) -> None:
        """Write the outputs that were asked for."""
        if csv:
            write_csv(self.findings, csv)
        if sarif:
            write_sarif(self.findings, sarif)
        if patch:
            patch.write_bytes(self.patch().diff)
        if markdown:
            markdown.write_text(make_markdown(self.findings), encoding="utf-8")
        if baseline:
            write_baseline(self.findings, baseline, self.code.failed)

    def to_document(self) -> dict[str, Any]:
        """Return the findings as scripts read them."""
        rows = self.findings[list(FACTS)].to_dict("records")
        return {
            "findings": [{**row, "change": split(row["change"])} for row in rows],
            "states": self.code.states,
            "faults": [str(fault) for fault in self.code.faults],
            "failed": list(self.code.failed),
            "unread": [str(fault) for fault in self.traffic.unread],
            "accepted": [name for name in self.code.failed if self.baseline.accepts(name)],
        }


def audit_sources(sources: Sources, *, progress: Report | None = None) -> Audited:
    """Search what was named.

    Raises:
        InputError: Something that was named is not there, or a recording cannot be read; all missing ones are listed.
    """
    missing = [
        Fault(path.name, "does not exist") for path in (*sources.paths, *sources.recordings) if not path.exists()
    ]
    if missing:
        raise InputError("something to audit is not there", remedy="Correct the listed paths.", faults=missing)
    known = read_baseline(sources.baseline) if sources.baseline else NO_BASELINE
    code = run_audit(sources.paths, options=AuditOptions(include_vendored=sources.include_vendored))
    findings, joined, traffic = code.findings, JOINED.empty(), NO_TRAFFIC
    if sources.recordings:
        traffic = read_traffic(logs=sources.logs, har=sources.har, postman=sources.postman, openapi=sources.openapi)
        findings, joined = add_traffic(findings, traffic.requests)
    is_empty = bool(sources.paths) and not code.files
    return Audited(code, without_baseline(findings, known), joined, traffic, Path.cwd(), known, is_empty)
