"""What could be changed in one file without anybody's judgment, and what has to be left, each place by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from playbook.audit.evidence import Project
from playbook.audit.findings import Finding
from playbook.audit.original import Original, read_original
from playbook.audit.parsed import read_parsed
from playbook.audit.reading.node import Node, Text
from playbook.audit.rewrite import Left, NeedsJudgment, rewrite_record_type, rewrite_request, rewrite_version
from playbook.audit.rules.endpoint import whole_text
from playbook.audit.unified import make_diff
from playbook.audit.view import View, read_view

BASES = frozenset({"base_url", "version_constant", "retired_host"})
EVENTS = re.compile(r"/events\b")


@dataclass(slots=True)
class Edit:
    """One stretch of a file to replace, and the places that stand in it."""

    start: int
    end: int
    text: str
    findings: tuple[Finding, ...]
    is_on_base: bool

    @property
    def is_request(self) -> bool:
        """Say whether it asks for something, rather than being what requests are built with."""
        return any(finding.legacy.startswith("GET ") for finding in self.findings)

    @property
    def is_of_events(self) -> bool:
        """Say whether it asks for events, or which."""
        return any(is_of_events(finding) for finding in self.findings)

    @property
    def is_of_test(self) -> bool:
        """Say whether it stands in a test, which says what the code asks."""
        return any(finding.context == "test" for finding in self.findings)


@dataclass(slots=True)
class Plan:
    """What could be done with one file.

    Attributes:
        original: The file; None where it cannot be patched.
        edits: What can change, as far as is known.
        left: What is left alone, with the reason.
        blocks_base: A place that is left rests on a base, which must not move without it.
        blocks_events: A place that is left asks for events or tells them apart.
    """

    path: str
    below: str
    project: str
    known: Project
    original: Original | None = None
    edits: list[Edit] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    blocks_base: bool = False
    blocks_events: bool = False

    @property
    def content(self) -> str:
        """The file's text as the rules read it."""
        return self.original.text if self.original else ""

    def hold(self, reason: str, which: Callable[[Edit], bool]) -> None:
        """Take back the edits that a test chooses; what they leave may block others in turn."""
        for edit in [each for each in self.edits if which(each)]:
            self.edits.remove(edit)
            for finding in edit.findings:
                self.leave(finding, reason, is_on_base=edit.is_on_base)

    def leave(self, finding: Finding, reason: str, *, is_on_base: bool) -> None:
        """Leave a place alone."""
        self.left.append(Left(finding.path, finding.line, finding.legacy, reason))
        self.blocks_base |= is_on_base
        self.blocks_events |= is_of_events(finding)

    def view(self, content: str, known: Project) -> View | None:
        """Return the file as the rules see it, with another content or another project around it."""
        parsed = read_parsed(self.path, content)
        return read_view(*parsed, self.path, self.below, known) if parsed else None

    def applied(self) -> str:
        """Return the content after its edits."""
        content = self.content
        for start, end, text in sorted(self._stretches(), reverse=True):
            content = content[:start] + text + content[end:]
        return content

    def diff(self, name: str) -> bytes:
        """Return the diff that makes its edits, under a name; empty where there are none."""
        if self.original is None or not self.edits:
            return b""
        return make_diff(name, self.original.content, self.original.replaced(self._stretches()))

    def _stretches(self) -> list[tuple[int, int, str]]:
        return [(edit.start, edit.end, edit.text) for edit in self.edits]


def is_of_events(finding: Finding) -> bool:
    """Say whether a place asks for events or tells them apart."""
    return finding.kind == "events_record_type" or EVENTS.search(finding.legacy) is not None


def make_plan(path: str, source: tuple[str, str, str, Project], found: Iterable[Finding]) -> Plan:
    """Return what could be done with a file's open places.

    Args:
        path: The file as findings call it.
        source: Its place on disk, its path below the tree, its project's directory, and what the project says.
        found: Its findings.
    """
    place, below, project, known = source
    wanted = [finding for finding in found if _is_wanted(finding)]
    plan, view, refusal = Plan(path, below, project, known), None, "its file cannot be patched"
    try:
        plan.original = read_original(place)
        view = plan.view(plan.content, known) if "\ufffd" not in path else None  # a diff could not name it
    except NeedsJudgment as fault:
        refusal = str(fault)
    texts = {node.start: node for node in view.nodes() if isinstance(node, Text)} if view else {}
    for finding in wanted:
        if view is None:
            plan.leave(finding, refusal, is_on_base=True)
        elif finding.kind == "events_record_type" and finding.variant != "record_type":
            plan.blocks_events = True
        elif (node := texts.get(_offset(plan.content, finding))) is None:
            plan.leave(finding, "it is no text of its own", is_on_base=finding.kind == "endpoint")
        else:
            _add_edit(plan, node, finding)
    return plan


def _is_wanted(finding: Finding) -> bool:
    return (
        finding.state != "already_v3"
        and finding.context in ("code", "test", "document")
        and finding.kind in ("endpoint", "events_record_type")
    )


def _offset(content: str, finding: Finding) -> int:
    return sum(len(line) + 1 for line in content.split("\n")[: finding.line - 1]) + finding.column - 1


def _add_edit(plan: Plan, node: Text, finding: Finding) -> None:
    """Add the edit of a place to the plan, to the one of the same stretch where there is one, or leave it."""
    outer = node if _is_bare(finding) else whole_text(node)
    source = plan.content[outer.start : outer.end]
    is_on_base = finding.kind == "endpoint" and (
        finding.variant in BASES or ("clever.com" not in source and rewrite_version(source) == source)
    )
    beside = next((each for each in plan.edits if each.start < outer.end and outer.start < each.end), None)
    try:
        if beside is not None and (beside.start, beside.end) != (outer.start, outer.end):
            raise NeedsJudgment("it stands inside another place")
        text = _rewritten(plan.content, outer, beside.text if beside else source, finding)
    except NeedsJudgment as reason:
        plan.leave(finding, str(reason), is_on_base=is_on_base)
        return
    if beside is None:
        plan.edits.append(Edit(outer.start, outer.end, text, (finding,), is_on_base))
    else:
        beside.text, beside.findings = text, (*beside.findings, finding)


def _is_bare(finding: Finding) -> bool:
    """Say whether a place is a text by itself, whatever is put together with it: a filter, a base."""
    return finding.kind == "events_record_type" or (finding.variant in BASES and not finding.legacy.startswith("GET "))


def _rewritten(content: str, outer: Node, text: str, finding: Finding) -> str:
    if finding.kind == "events_record_type":
        return rewrite_record_type(text)
    if _is_bare(finding):
        return rewrite_version(text)
    if text.count("\n") > 3:
        raise NeedsJudgment("it stands inside a longer text")
    if _is_continued(content, outer):
        raise NeedsJudgment("what follows the path stands elsewhere")
    return rewrite_request(text, finding.legacy)


def _is_continued(content: str, outer: Node) -> bool:
    """Say whether a constant's path is continued with a query where it is used."""
    return content[outer.end : outer.end + 1] == "\n" and ('"?' in content or "'?" in content or "}?" in content)
