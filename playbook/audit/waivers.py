"""Waivers: a place that somebody has looked at and says so in the source, `playbook: ignore[endpoint] why`.

A waiver without a reason does not count; it stands on the place's own line or alone on the line above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from playbook.audit.findings import Finding
from playbook.audit.reading.token import Reading

WAIVER = re.compile(r"playbook:\s*ignore\[(?P<rules>[\w\s,*]+)\][:\s\-]*(?P<reason>[^\n]*)")


@dataclass(frozen=True, slots=True)
class Waived:
    """A finding that is waived, and the reason that the source gives."""

    finding: Finding
    reason: str


def read_waivers(reading: Reading, found: Iterable[Finding]) -> tuple[list[Finding], list[Waived]]:
    """Part a file's findings into those that stand and those that its source waives."""
    if "playbook:" not in reading.content:
        return list(found), []
    kept: list[Finding] = []
    waived: list[Waived] = []
    for finding in found:
        reason = _reason_for(reading, finding)
        if reason:
            waived.append(Waived(finding, reason))
        else:
            kept.append(finding)
    return kept, waived


def _reason_for(reading: Reading, finding: Finding) -> str:
    for line in (finding.line, finding.line - 1):
        if line < 1 or (match := WAIVER.search(reading.text_of(line))) is None:
            continue
        if line != finding.line and re.search(
            r"\w", reading.text_of(line)[: match.start()].strip(" \t#/*-;<!%'\"{}()")
        ):
            continue  # it belongs to the code in front of it
        rules = {rule.strip() for rule in match["rules"].split(",")}
        if rules & {"*", finding.kind, finding.variant}:
            return re.sub(r"\s*(?:-->|\*/|#\}|--%>|%>)\s*$", "", match["reason"]).strip()
    return ""
