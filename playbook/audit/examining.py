"""Pass two over a file: the rules are asked, with what the whole project says at hand."""

from __future__ import annotations

from dataclasses import dataclass

from playbook.audit.content import read_content, tell_failure
from playbook.audit.dependencies import find_dependencies, is_manifest, is_script
from playbook.audit.evidence import Project
from playbook.audit.files import AuditFile
from playbook.audit.findings import Finding
from playbook.audit.parsed import read_parsed
from playbook.audit.reading.reader import decode
from playbook.audit.rules.registry import RULES
from playbook.audit.state import settle
from playbook.audit.view import View, read_view
from playbook.audit.waivers import Waived, find_idle_waivers, read_waivers
from playbook.errors import Fault


@dataclass(slots=True)
class Examined:
    """What pass two learns of a file; where `failed`, not all of what could be learnt."""

    name: str
    findings: tuple[Finding, ...] = ()
    waived: tuple[Waived, ...] = ()
    idle_waivers: tuple[Fault, ...] = ()
    state: str = ""
    language: str = ""
    fault: Fault | None = None
    failed: bool = False


def examine(file: AuditFile, below: str, project: Project, wanted: frozenset[str]) -> Examined:
    """Ask the rules about one file.

    Args:
        below: The file's path below the audited tree.
        project: What the rest of its project says.
        wanted: The rules to ask; all where empty.
    """
    try:
        return _examine(file, below, project, wanted)
    except Exception as error:  # as in pass one
        return Examined(file.name, fault=tell_failure(file, error), failed=True)


def _examine(file: AuditFile, below: str, project: Project, wanted: frozenset[str]) -> Examined:
    examined = Examined(file.name)
    content = read_content(file)
    text = decode(content) if content is not None else None
    if text is not None and is_manifest(file.name):
        _examine_manifest(file, text, wanted, examined)
        if not is_script(file.name):
            return examined
    parsed = read_parsed(file.name, text) if text is not None else None
    if parsed is None:
        return examined
    reading, syntax = parsed
    examined.language = reading.language
    view = read_view(reading, syntax, file.name, below, project)
    asked = [
        finding
        for finding in _ask(view, wanted, examined)
        if finding.kind != "client_library" or not is_manifest(file.name)
    ]
    found, examined.state = settle([*examined.findings, *asked])
    kept, waived = read_waivers(reading, found)
    examined.findings, examined.waived = tuple(kept), tuple(waived)
    examined.idle_waivers = tuple(find_idle_waivers(reading, file.name, found))
    if reading.faults and found and not examined.fault:
        examined.fault = Fault(file.name, "has syntax errors; it was read around them")
    return examined


def _ask(view: View, wanted: frozenset[str], examined: Examined) -> list[Finding]:
    """Ask the rules; one that fails on the file costs what it would have found, and nothing of the others'."""
    found: list[Finding] = []
    for kind, rule in RULES.items():
        if wanted and kind not in wanted:
            continue
        try:
            found += rule(view)
        except Exception as error:  # a rule meets code that nobody thought of
            told = f"the rule {kind} failed on it: {type(error).__name__}"
            examined.fault, examined.failed = Fault(view.shown, told), True
    return found


def _examine_manifest(file: AuditFile, text: str, wanted: frozenset[str], examined: Examined) -> None:
    if not wanted or "client_library" in wanted:
        found, examined.state = settle(find_dependencies(file.name, text))
        examined.findings = tuple(found)
