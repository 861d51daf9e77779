"""The patch: what can be changed without anybody's judgment, as one unified diff; the rest is left alone with a reason.

Every edit is checked before it is kept: the file is read anew, it must parse no worse, and the place must show as v3.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from playbook.audit.audit import Audit
from playbook.audit.evidence import Project
from playbook.audit.findings import Finding
from playbook.audit.parsed import read_parsed
from playbook.audit.reading.node import Node, Text
from playbook.audit.reading.reader import decode
from playbook.audit.rewrite import Left, NeedsJudgment, rewrite_record_type, rewrite_request, rewrite_version
from playbook.audit.rules.endpoint import find_endpoints, whole_text
from playbook.audit.rules.events import find_event_types
from playbook.audit.view import View, read_view

BASES = frozenset({"base_url", "version_constant", "retired_host"})


@dataclass(frozen=True, slots=True)
class Patch:
    """A unified diff and what it does.

    Attributes:
        diff: For `patch -p0` or `git apply -p0`; empty where nothing can be changed.
        changed: The places that it changes, as (path, line).
        left: The places that it leaves alone, with the reason.
    """

    diff: str
    changed: tuple[tuple[str, int], ...]
    left: tuple[Left, ...]


@dataclass(slots=True)
class Edit:
    """One stretch of a file to replace."""

    start: int
    end: int
    text: str
    finding: Finding


def make_patch(audit: Audit, base: Path | None = None) -> Patch:
    """Return the patch of an audit's endpoints, bases, versions and record types.

    A base or version that several places share moves only when every place on it moves with it: half a client on v3 is
    worse than none. Which base a place rests on is often told in no source (a client is handed over, a version comes
    from a setting), so all of a project's are taken for one.

    Args:
        audit: What was found.
        base: Where the patch will be applied; files below it are named from it, because no tool patches `/an/absolute`
            name.
    """
    prefix = f"{base.as_posix()}/" if base else ""
    sources = {found.path: audit.sources[found.path] for found in audit.found if found.path in audit.sources}
    plans = [_plan(path, *sources[path], _of(audit.found, path)) for path in sorted(sources)]
    stuck = {plan.project for plan in plans if plan.blocks_base}
    diffs: list[str] = []
    changed: list[tuple[str, int]] = []
    left: list[Left] = []
    for plan in plans:
        edits = plan.edits
        if plan.project in stuck:
            held = [edit for edit in edits if _rests_on_base(edit, plan.content)]
            left += [_left(edit.finding, "it shares its base with a place that needs judgment") for edit in held]
            edits = [edit for edit in edits if edit not in held]
        left += plan.left
        kept, refused = _checked(plan, edits)
        left += refused
        if kept:
            diffs.append(_diff(plan, kept, plan.path.removeprefix(prefix)))
            changed += [(plan.path, edit.finding.line) for edit in kept]
    return Patch(
        "".join(diffs), tuple(sorted(set(changed))), tuple(sorted(left, key=lambda each: (each.path, each.line)))
    )


@dataclass(slots=True)
class Plan:
    """What could be done with one file."""

    path: str
    content: str
    below: str
    project: str
    known: Project
    edits: list[Edit]
    left: list[Left]
    blocks_base: bool = False  # a place that rests on a shared base needs judgment


def _of(found: Iterable[Finding], path: str) -> list[Finding]:
    return [
        finding
        for finding in found
        if finding.path == path
        and finding.state != "already_v3"
        and finding.context in ("code", "test", "document")
        and finding.kind in ("endpoint", "events_record_type")
    ]


def _plan(path: str, place: str, below: str, project: str, known: Project, found: list[Finding]) -> Plan:
    try:
        content = (decode(Path(place).read_bytes()) or "").replace("\r\n", "\n").replace("\r", "\n")
    except OSError:
        content = ""
    if not content or "\ufffd" in path:  # a diff could not name it
        left = [_left(finding, "its file cannot be patched") for finding in found]
        return Plan(path, content, below, project, known, [], left, blocks_base=True)
    plan = Plan(path, content, below, project, known, [], [])
    view = _view(plan, content)
    texts = {node.start: node for node in view.nodes() if isinstance(node, Text)} if view else {}
    for finding in found:
        if finding.kind == "events_record_type" and finding.variant != "record_type":
            continue
        node = view and texts.get(_offset(view, finding))
        if not node:
            plan.left.append(_left(finding, "it is no text of its own"))
            continue
        try:
            plan.edits.append(_edit(plan, node, finding))
        except NeedsJudgment as reason:
            outer = whole_text(node)
            source = content[outer.start : outer.end]
            plan.blocks_base |= "clever.com" not in source and rewrite_version(source) == source
            plan.left.append(_left(finding, str(reason)))
    return plan


def _view(plan: Plan, content: str) -> View | None:
    parsed = read_parsed(plan.path, content)
    return read_view(*parsed, plan.path, plan.below, plan.known) if parsed else None


def _offset(view: View, finding: Finding) -> int:
    lines = view.reading.content.split("\n")
    return sum(len(line) + 1 for line in lines[: finding.line - 1]) + finding.column - 1


def _edit(plan: Plan, node: Text, finding: Finding) -> Edit:
    if finding.kind == "events_record_type":
        return Edit(node.start, node.end, rewrite_record_type(plan.content[node.start : node.end]), finding)
    if finding.variant in BASES and not finding.legacy.startswith("GET "):
        return Edit(node.start, node.end, rewrite_version(plan.content[node.start : node.end]), finding)
    outer: Node = whole_text(node)
    text = plan.content[outer.start : outer.end]
    if "\n" in text.strip() and text.count("\n") > 3:
        raise NeedsJudgment("it stands inside a longer text")
    if _is_continued(plan.content, outer):
        raise NeedsJudgment("what follows the path stands elsewhere")
    return Edit(outer.start, outer.end, rewrite_request(text, finding.legacy), finding)


def _is_continued(content: str, outer: Node) -> bool:
    """Say whether a constant's path is continued with a query where it is used."""
    return content[outer.end : outer.end + 1] == "\n" and ('"?' in content or "'?" in content or "}?" in content)


def _rests_on_base(edit: Edit, content: str) -> bool:
    before = content[edit.start : edit.end]
    if edit.finding.variant in BASES:
        return True
    return edit.finding.kind == "endpoint" and "api.clever.com" not in before and rewrite_version(before) == before


def _left(finding: Finding, reason: str) -> Left:
    return Left(finding.path, finding.line, finding.legacy, reason)


def _checked(plan: Plan, edits: list[Edit]) -> tuple[list[Edit], list[Left]]:
    """Keep the edits after which the file reads no worse and their places show as v3."""
    kept = _merged(edits)
    refused: list[Left] = []
    if not kept:
        return [], []
    known = replace(
        plan.known,
        versions=frozenset("v3.1" for _ in plan.known.versions),
        constants={
            name: tuple(rewrite_version(text) for text in texts) for name, texts in plan.known.constants.items()
        },
    )
    before, moved = _view(plan, plan.content), Plan(plan.path, "", plan.below, plan.project, known, [], [])
    after = _view(moved, _applied(plan.content, kept))
    if before is None or after is None or len(after.reading.faults) > len(before.reading.faults):
        return [], [_left(edit.finding, "the file would no longer parse") for edit in kept]
    still = {
        finding.line
        for finding in (*find_endpoints(after), *find_event_types(after))
        if finding.state != "already_v3" and (finding.kind == "endpoint" or finding.variant == "record_type")
    }
    for edit in list(kept):
        if edit.finding.line in still:
            kept.remove(edit)
            refused.append(_left(edit.finding, "it would not show as v3 afterwards"))
    return kept, refused


def _merged(edits: list[Edit]) -> list[Edit]:
    """Put edits of the same stretch together: a URL that also holds a record type."""
    by_start: dict[int, Edit] = {}
    for edit in sorted(edits, key=lambda each: (each.start, each.finding.kind)):
        other = by_start.get(edit.start)
        if other is None:
            if not any(each.start < edit.end and edit.start < each.end for each in by_start.values()):
                by_start[edit.start] = edit
        elif edit.finding.kind == "events_record_type":
            other.text = rewrite_record_type(other.text)
    return list(by_start.values())


def _applied(content: str, edits: Iterable[Edit]) -> str:
    for edit in sorted(edits, key=lambda each: -each.start):
        content = content[: edit.start] + edit.text + content[edit.end :]
    return content


def _diff(plan: Plan, edits: list[Edit], name: str) -> str:
    changed = _applied(plan.content, edits)
    lines = difflib.unified_diff(plan.content.splitlines(keepends=True), changed.splitlines(keepends=True), name, name)
    return "".join(_ended(lines))


def _ended(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
