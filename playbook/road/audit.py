"""Step 01: what in our code, traffic and dependencies still speaks v2, and what each place becomes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from playbook.audit.audit import Audit, AuditOptions, run_audit
from playbook.audit.baseline import NO_BASELINE, Baseline, read_baseline, without_baseline, write_baseline
from playbook.audit.findings import FINDINGS, KINDS, SEVERITIES
from playbook.audit.output.csv import write_csv
from playbook.audit.output.markdown import make_markdown
from playbook.audit.output.sarif import write_sarif
from playbook.audit.patch import Patch, make_patch
from playbook.audit.report import first_files, map_by_area, map_by_step
from playbook.audit.traffic.joined import JOINED
from playbook.audit.traffic.reader import NO_TRAFFIC, Traffic, add_traffic, read_traffic
from playbook.errors import Fault, InputError
from playbook.road.done import Done, finish
from playbook.road.telling import Telling, plural
from playbook.run import Report, Run
from playbook.sharing.summary import Bars, CountTable, Number, Verdict
from playbook.tables import records, split

STEP = "01_audit_v2_usage"
MOST_LISTED = 40
MOST_FILES = 8
MOST_PLACES = 500
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


def audit(run: Run, *, progress: Report | None = None) -> Done:
    """Audit what the district file's [audit] names; write findings, CSV, SARIF, the patch and the joined traffic."""
    telling = Telling(run, STEP, "What still speaks v2")
    base, named = run.district.directory, run.district.audit
    paths, logs, har, postman = (
        tuple(base / name for name in names) for names in (named.paths, named.logs, named.har, named.postman)
    )
    audited = _relative(audit_sources(Sources(paths=paths, logs=logs, har=har, postman=postman)), base)
    run.write_table(audited.findings, FINDINGS, "audit", "findings.parquet")
    run.write_table(audited.joined, JOINED, "audit", "traffic.parquet")
    _write_outputs(run, audited)
    summary = telling.summary(
        audited.verdict,
        audited.headline if (paths or logs or har or postman) else "The district file names nothing to audit.",
        next_action="Open audit/findings.csv and begin with the files below; meanwhile fetch the users: step 02."
        if audited.legacy
        else "Fetch the district's users: step 02.",
        numbers=_numbers(audited),
        tables=(_by_step(audited), _by_file(audited), _by_area(audited), *_traffic(audited)),
        charts=(_by_kind(audited),),
        notes=(*audited.notes(), _patched(audited)),
    )
    return finish(run, summary, {**audited.to_document(), "table": str(run.path("audit", "findings.parquet"))})


def tell_patch(patch: Patch) -> str:
    """Say how much a patch changes and what it leaves."""
    left = plural(len(patch.left), "place is left for a person", "places are left for a person")
    return f"changes {plural(len(patch.changed), 'place')} that need no judgment; {left}."


def places_to_change(run: Run) -> CountTable:
    """Return every place of an audited run that must change, the most severe first; never part of the summary.

    Raises:
        StepMissing: The audit was not run.
    """
    findings = run.read_table(FINDINGS, "audit", "findings.parquet", step=STEP)
    open_places = findings[findings["state"] != "already_v3"]
    ranked = open_places.assign(rank=open_places["severity"].map(SEVERITIES.index))
    first = records(ranked.sort_values(["rank", "path", "line", "column"]).head(MOST_PLACES))
    rows = tuple((f"{r['path']}:{r['line']}", f"{r['kind']}, {r['severity']}", r["legacy"], r["v3"]) for r in first)
    more = len(open_places) - len(rows)
    told = f"The {len(rows)} most severe places; {more:,} more are in audit/findings.csv"
    caption = told if more else "Every place that must change"
    return CountTable(caption, ("opens at", "kind, severity", "today", "in v3"), rows)


def _write_outputs(run: Run, audited: Audited) -> None:
    names = {"csv": "findings.csv", "sarif": "findings.sarif", "patch": "v3.patch", "markdown": "ticket.md"}
    outputs = {kind: run.path("audit", name) for kind, name in names.items()}
    audited.write(**outputs)
    for path in outputs.values():
        path.chmod(0o600)


def _relative(audited: Audited, base: Path) -> Audited:
    """Name files from the district file's directory, so that a summary tells nothing of the machine."""
    prefix = f"{base.as_posix()}/"
    columns = {name: audited.findings[name].str.removeprefix(prefix) for name in ("path", "area")}
    findings = FINDINGS.make(audited.findings.assign(**columns))
    faults, idle, unread = (
        tuple(replace(fault, where=fault.where.removeprefix(prefix)) for fault in told)
        for told in (audited.code.faults, audited.code.idle_waivers, audited.traffic.unread)
    )
    failed = tuple(name.removeprefix(prefix) for name in audited.code.failed)
    code = replace(audited.code, faults=faults, failed=failed, idle_waivers=idle)
    traffic = replace(audited.traffic, unread=unread)
    return replace(audited, code=code, findings=findings, traffic=traffic, base=base)


def _numbers(audited: Audited) -> tuple[Number, ...]:
    places = audited.open_places()
    return (
        Number("places to change", audited.legacy),
        Number("files", int(places["path"].nunique())),
        Number("of high severity", int((places["severity"] == "high").sum())),
        Number("hours of work, estimated", round(int(map_by_step(audited.findings)["minutes"].sum()) / 60)),
        Number("places already on v3", len(audited.findings) - audited.legacy),
    )


def _by_step(audited: Audited) -> CountTable:
    steps = records(map_by_step(audited.findings))
    rows = tuple((r["step"], r["places"], r["files"], r["high"], r["hours"]) for r in steps)
    columns = ("step", "places", "files", "of high severity", "hours")
    return CountTable("The work, by step of Clever's checklist", columns, rows)


def _by_file(audited: Audited) -> CountTable:
    first = records(first_files(audited.findings).head(MOST_FILES))
    rows = tuple((f"{r['path']}:{r['line']}", r["places"], r["high"], r["kinds"]) for r in first)
    return CountTable("The files that matter first", ("opens at", "places", "of high severity", "kinds"), rows)


def _by_area(audited: Audited) -> CountTable:
    areas = records(map_by_area(audited.findings).head(MOST_FILES))
    rows = tuple((r["area"] or ".", r["places"], r["files"], r["hours"]) for r in areas)
    return CountTable("The work, by area", ("area", "places", "files", "hours"), rows)


def _traffic(audited: Audited) -> tuple[CountTable, ...]:
    if audited.traffic.requests.empty:
        return ()
    counts = audited.joined["verdict"].value_counts().sort_index()
    rows = tuple((str(verdict).replace("_", " "), int(count)) for verdict, count in counts.items())
    return (CountTable("Requests in traffic and in code", ("where", "requests"), rows),)


def _patched(audited: Audited) -> str:
    return f"audit/v3.patch {tell_patch(audited.patch())}"


def _by_kind(audited: Audited) -> Bars:
    counts = audited.open_places()["kind"].value_counts()
    bars = tuple((kind, int(counts.get(kind, 0))) for kind in KINDS)
    most = max(bars, key=lambda bar: bar[1])
    alt = f"Places to change by kind; most are {most[0]} ({most[1]})." if audited.legacy else "No place must change."
    return Bars("Places to change, by kind", bars, alt)
