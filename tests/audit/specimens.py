"""Three verbs for the tests of rules: a specimen is one file of source, alone in its tree unless others are given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playbook.audit.audit import AuditOptions, run_audit

MARK = "@@"
"""Stands behind each line of a specimen that is a place."""


def audit(tree: Path, files: Mapping[str, str], *rules: str) -> list[dict[Any, Any]]:
    """Write files into a tree and return what an audit of it finds, already-v3 places included."""
    for name, source in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return run_audit([tree], options=AuditOptions(rules=frozenset(rules))).findings.to_dict("records")


def check_noop(tree: Path, rule: str, name: str, source: str, **others: str) -> None:
    """Check that a rule has nothing to change in a file."""
    found = audit(tree, {name: source, **others}, rule)
    assert [(place["line"], place["legacy"]) for place in found if place["state"] != "already_v3"] == []


def check_found(tree: Path, rule: str, name: str, source: str, *expected: tuple[int, str], **others: str) -> None:
    """Check that a rule finds exactly these lines of a file, each with what it says there (or the start of it)."""
    found = audit(tree, {name: source, **others}, rule)
    places = [place for place in found if place["state"] != "already_v3" and place["path"].endswith(name)]
    assert [place["line"] for place in places] == [line for line, _ in expected], places
    for place, (_, legacy) in zip(places, expected, strict=True):
        assert place["legacy"].startswith(legacy), place["legacy"]
        assert place["remedy"]


def check_marked(tree: Path, rule: str, specimens: Mapping[str, str], **others: str) -> None:
    """Check that of these files a rule reports the lines that end in a mark, and no other; already-v3 places count."""
    found = audit(tree, {name: source.replace(MARK, "") for name, source in specimens.items()} | others, rule)
    for name, source in specimens.items():
        marked = [number for number, line in enumerate(source.splitlines(), 1) if line.endswith(MARK)]
        assert sorted({int(place["line"]) for place in found if place["path"].endswith(name)}) == marked, name
