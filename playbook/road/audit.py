"""Step 01: what in our code, traffic and dependencies still speaks v2, and what each place becomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from playbook.audit.audit import AuditOptions, audit_paths
from playbook.audit.findings import FINDINGS, KINDS, STEPS
from playbook.audit.output.csv import write_csv
from playbook.audit.output.sarif import write_sarif
from playbook.errors import Fault, InputError
from playbook.road.done import Done, finish
from playbook.road.telling import Telling, plural
from playbook.run import Report, Run
from playbook.sharing.summary import Bars, CountTable, Number, Verdict
from playbook.tables import records, split

STEP = "01_audit_v2_usage"
MOST_LISTED = 40
FACTS = ("path", "line", "column", "kind", "state", "legacy", "v3", "change", "rule", "severity", "remedy", "snippet")


@dataclass(frozen=True, slots=True)
class Sources:
    """What is searched: source trees and files, access logs, HAR files, Postman collections."""

    paths: tuple[Path, ...] = ()
    logs: tuple[Path, ...] = ()
    har: tuple[Path, ...] = ()
    postman: tuple[Path, ...] = ()
    baseline: Path | None = None
    include_vendored: bool = False


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found.

    Attributes:
        findings: The table `FINDINGS`.
    """

    findings: pd.DataFrame

    @property
    def legacy(self) -> int:
        """How many places must change."""
        return int((self.findings["state"] != "already_v3").sum())

    @property
    def verdict(self) -> Verdict:
        """Review while anything must change: the audit is a list of work, not a reason to stop a rehearsal."""
        return "review" if self.legacy else "go"

    @property
    def headline(self) -> str:
        """The answer in one sentence."""
        files = self.open_places()["path"].nunique()
        if not self.legacy:
            return "Nothing that was searched still speaks v2."
        return f"{plural(self.legacy, 'place')} in {plural(files, 'file')} still speak v2."

    def open_places(self) -> pd.DataFrame:
        """The places that must change."""
        return self.findings[self.findings["state"] != "already_v3"]

    def listing(self) -> tuple[tuple[str, ...], list[tuple[str | int, ...]]]:
        """Return the first places as columns and rows for a terminal."""
        first = self.open_places().head(MOST_LISTED)
        rows: list[tuple[str | int, ...]] = [
            (f"{r['path']}:{r['line']}", r["kind"], r["legacy"], r["v3"], r["remedy"]) for r in records(first)
        ]
        return ("place", "kind", "v2", "v3.1", "what to do"), rows

    def write(self, **files: Path | None) -> None:
        """Write the outputs that were asked for, each named by its format."""
        writers: dict[str, Callable[[pd.DataFrame, Path], None]] = {"csv": write_csv, "sarif": write_sarif}
        for name, path in files.items():
            if path is not None:
                writers[name](self.findings, path)

    def to_document(self) -> dict[str, Any]:
        """Return the findings as scripts read them."""
        rows = self.findings[list(FACTS)].to_dict("records")
        return {"findings": [{**row, "change": split(row["change"])} for row in rows]}


def audit_sources(sources: Sources, *, progress: Report | None = None) -> Audited:
    """Search what was named.

    Raises:
        InputError: Something that was named is not there; all of them are listed.
    """
    named = (*sources.paths, *sources.logs, *sources.har, *sources.postman)
    missing = [Fault(path.name, "does not exist") for path in named if not path.exists()]
    if missing:
        raise InputError("something to audit is not there", remedy="Correct the listed paths.", faults=missing)
    options = AuditOptions(include_vendored=sources.include_vendored)
    return Audited(audit_paths(sources.paths, options=options))


def audit(run: Run, *, progress: Report | None = None) -> Done:
    """Audit what the district file's [audit] names, and write findings, CSV and SARIF."""
    telling = Telling(run, STEP, "What still speaks v2")
    base = run.district.directory
    named = run.district.audit
    paths, logs, har, postman = (
        tuple(base / name for name in names) for names in (named.paths, named.logs, named.har, named.postman)
    )
    sources = Sources(paths=paths, logs=logs, har=har, postman=postman)
    audited = _relative(audit_sources(sources, progress=progress), base)
    run.write_table(audited.findings, FINDINGS, "audit", "findings.parquet")
    outputs = {name: run.path("audit", f"findings.{name}") for name in ("csv", "sarif")}
    audited.write(**outputs)
    for path in outputs.values():
        path.chmod(0o600)
    summary = telling.summary(
        audited.verdict,
        audited.headline if named.paths or named.logs else "The district file names nothing to audit.",
        next_action="Fetch the district's users: step 02."
        if audited.legacy == 0
        else "Open audit/findings.csv, change the files that matter first, and fetch the district's users: step 02.",
        numbers=_numbers(audited),
        tables=(_by_step(audited), _by_file(audited)),
        charts=(_by_kind(audited),),
    )
    return finish(run, summary, {**audited.to_document(), "table": str(run.path("audit", "findings.parquet"))})


def _relative(audited: Audited, base: Path) -> Audited:
    """Name files from the district file's directory, so that a summary tells nothing of the machine."""
    prefix = f"{base.as_posix()}/"
    paths = audited.findings["path"].str.removeprefix(prefix)
    return Audited(FINDINGS.make(audited.findings.assign(path=paths)))


def _numbers(audited: Audited) -> tuple[Number, ...]:
    places = audited.open_places()
    return (
        Number("places to change", audited.legacy),
        Number("files", int(places["path"].nunique())),
        Number("of high severity", int((places["severity"] == "high").sum())),
        Number("hours of work, estimated", round(int(places["effort"].sum()) / 60)),
        Number("places already on v3", len(audited.findings) - audited.legacy),
    )


def _by_step(audited: Audited) -> CountTable:
    places = audited.open_places()
    counted = places.groupby("step").agg(places=("path", "size"), files=("path", "nunique"), minutes=("effort", "sum"))
    rows = tuple(
        (str(r["step"]), r["places"], r["files"], round(r["minutes"] / 60)) for r in records(counted.reset_index())
    )
    return CountTable("The work, by step of Clever's checklist", ("step", "places", "files", "hours"), rows)


def _by_file(audited: Audited) -> CountTable:
    places = audited.open_places().assign(is_high=lambda p: p["severity"] == "high")
    counted = places.groupby("path").agg(places=("line", "size"), high=("is_high", "sum")).reset_index()
    first = counted.sort_values(["high", "places", "path"], ascending=[False, False, True]).head(8)
    rows = tuple((r["path"], r["places"], r["high"]) for r in records(first))
    return CountTable("The files that matter first", ("file", "places", "of high severity"), rows)


def _by_kind(audited: Audited) -> Bars:
    counts = audited.open_places()["kind"].value_counts()
    bars = tuple((kind, int(counts.get(kind, 0))) for kind in KINDS)
    most = max(bars, key=lambda bar: bar[1])
    alt = f"Places to change by kind; most are {most[0]} ({most[1]})." if audited.legacy else "No place must change."
    return Bars("Places to change, by kind", bars, alt)


__all__ = ["STEP", "STEPS", "Audited", "Sources", "audit", "audit_sources"]
