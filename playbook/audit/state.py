"""The state of a file: legacy, mixed or already on v3, told from its places and never from a constant that is not used.

Source: field experience: an unused `VERSION = "3.0"` beside live v1 calls made a file look migrated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from playbook.audit.findings import SEVERITIES, Finding

RECORDINGS = frozenset({"json"})
"""Languages of recorded answers, which repeat one link for every record; it is one thing to record anew."""

WEAK_VARIANTS = frozenset({"base_url", "version_constant", "pagination_by_hand"})
"""Forms that give way to a stronger finding of the same rule on the same line, and never make a file migrated."""


def settle(found: Iterable[Finding]) -> tuple[list[Finding], str]:
    """Return one file's findings without doubles, each told the state of its file, and that state."""
    kept = _without_doubles(found)
    state = file_state(kept)
    return [replace(finding, file_state=state) for finding in kept], state


def file_state(found: Iterable[Finding]) -> str:
    """Return legacy, mixed, already_v3, or blank where nothing says anything."""
    counted = [finding for finding in found if finding.context != "comment"]
    states = {finding.state for finding in counted}
    told_v3 = {
        finding.state
        for finding in counted
        if finding.state == "already_v3" and finding.variant not in ("version_constant",)
    }
    if "mixed" in states or ("legacy" in states and told_v3):
        return "mixed"
    return "legacy" if "legacy" in states else "already_v3" if told_v3 else ""


def _without_doubles(found: Iterable[Finding]) -> list[Finding]:
    """Keep one finding of a rule on a line for each thing that stands there; the strongest first."""
    by_place: dict[tuple[int, str], list[Finding]] = {}
    recorded: set[tuple[str, str]] = set()
    for finding in sorted(found, key=_strength):
        if finding.language in RECORDINGS and (finding.kind, finding.legacy) in recorded:
            continue
        recorded.add((finding.kind, finding.legacy))
        there = by_place.setdefault((finding.line, finding.kind), [])
        if any(_says_the_same(finding, other) for other in there):
            continue
        there.append(finding)
    return sorted(
        (finding for there in by_place.values() for finding in there),
        key=lambda finding: (finding.line, finding.column, finding.kind),
    )


def _strength(finding: Finding) -> tuple[int, int, int, int]:
    return (
        finding.state == "already_v3",
        finding.variant in WEAK_VARIANTS,
        SEVERITIES.index(finding.severity),
        finding.column,
    )


def _says_the_same(finding: Finding, other: Finding) -> bool:
    if finding.context == "dependency":
        return finding.legacy == other.legacy
    if finding.kind != "endpoint":
        return True
    return finding.variant in WEAK_VARIANTS or finding.state == "already_v3" or finding.legacy == other.legacy
