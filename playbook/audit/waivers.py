"""Waivers: a place that somebody has looked at and says so in the source, `playbook: ignore[endpoint] why`.

A waiver without a reason, or of a rule that there is not, does not count and is told; it stands on the place's own line
or alone on the line above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from playbook.audit.findings import KINDS, Finding
from playbook.audit.reading.token import Reading
from playbook.errors import Fault

WAIVER = re.compile(r"playbook:\s*ignore\s*\[(?P<rules>[^\]\n]*)\][:\s\-]*(?P<reason>[^\n]*)")


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
        if _rules(match) & {"*", finding.kind, finding.variant}:
            return _reason(match)
    return ""


def find_idle_waivers(reading: Reading, shown: str, found: Iterable[Finding]) -> Iterator[Fault]:
    """Tell the waivers of a file that cannot count, and what to write instead.

    Args:
        shown: The file as findings call it.
        found: What was found in it, waived or not: a form of a rule can be waived by its name.
    """
    known = {"*", *KINDS, *(finding.variant for finding in found)}
    for number, line in enumerate(reading.content.split("\n"), 1):
        match = WAIVER.search(line) if "playbook:" in line else None
        if match is None:
            continue
        where = f"{shown}:{number}"
        if not _rules(match) <= known:
            remedy = f"Write playbook: ignore[…] with {', '.join(KINDS)} between the brackets."
            yield Fault(where, "a waiver names no rule, nor a form of one that its file holds", remedy)
        if not _reason(match):
            yield Fault(where, "a waiver gives no reason and waives nothing", "Write the reason behind the brackets.")


def _rules(match: re.Match[str]) -> set[str]:
    return {rule.strip() for rule in match["rules"].split(",")}


def _reason(match: re.Match[str]) -> str:
    return re.sub(r"\s*(?:-->|\*/|#\}|--%>|%>)\s*$", "", match["reason"]).strip()
