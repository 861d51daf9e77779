"""Step 01: what in our code, traffic and dependencies still speaks v2, and what each place becomes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from playbook.audit.findings import FINDINGS, KINDS, SEVERITIES
from playbook.audit.patch import Patch
from playbook.audit.report import first_files, map_by_area, map_by_step
from playbook.audit.traffic.joined import JOINED
from playbook.road.audited import Audited, Sources, audit_sources
from playbook.road.done import Done, finish
from playbook.road.telling import Telling, plural
from playbook.run import Report, Run
from playbook.sharing.summary import Bars, CountTable, Number
from playbook.tables import records

STEP = "01_audit_v2_usage"
MOST_FILES = 8
MOST_PLACES = 500


def audit(run: Run, *, progress: Report | None = None) -> Done:
    """Audit what the district file's [audit] names; write findings, CSV, SARIF, the patch and the joined traffic."""
    telling = Telling(run, STEP, "What still speaks v2")
    base, named = run.district.directory, run.district.audit
    paths, logs, har, postman = (
        tuple(base / name for name in names) for names in (named.paths, named.logs, named.har, named.postman)
    )
    audited = _relative(audit_sources(Sources(paths=paths, logs=logs, har=har, postman=postman)), base)
    is_named = bool(paths or logs or har or postman)
    run.write_table(audited.findings, FINDINGS, "audit", "findings.parquet")
    run.write_table(audited.joined, JOINED, "audit", "traffic.parquet")
    _write_outputs(run, audited)
    summary = telling.summary(
        audited.verdict if is_named else "review",
        audited.headline if is_named else "The district file names nothing to audit: nobody has looked at the code.",
        next_action=_next_action(audited, is_named),
        numbers=_numbers(audited),
        tables=(_by_step(audited), _by_file(audited), _by_area(audited), *_traffic(audited)),
        charts=(_by_kind(audited),),
        notes=(*audited.notes(), _patched(audited)),
    )
    return finish(run, summary, {**audited.to_document(), "table": str(run.path("audit", "findings.parquet"))})


def _next_action(audited: Audited, is_named: bool) -> str:
    if not is_named:
        return "Name the application's code as `paths` under [audit] and run this step again; meanwhile step 02."
    if audited.legacy:
        return "Open audit/findings.csv and begin with the files below; meanwhile fetch the users: step 02."
    return "Fetch the district's users: step 02."


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
