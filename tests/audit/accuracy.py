"""Recall and precision of the audit on the labelled fixtures, by rule and by language."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from playbook.audit.audit import run_audit
from playbook.audit.dependencies import is_manifest
from playbook.audit.languages import find_language

FIXTURES = Path(__file__).parent / "fixtures"
Place = tuple[str, int, str]


@dataclass(slots=True)
class Score:
    """How many places were found, missed and wrongly reported."""

    found: int = 0
    missed: int = 0
    wrong: int = 0

    @property
    def recall(self) -> float:
        """The share of labelled places that were found."""
        return self.found / (self.found + self.missed) if self.found + self.missed else 1.0

    @property
    def precision(self) -> float:
        """The share of reported places that were labelled."""
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 1.0


@dataclass(slots=True)
class Accuracy:
    """All scores, and the places behind them."""

    total: Score = field(default_factory=Score)
    by_rule: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    by_language: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    missed: set[Place] = field(default_factory=set)
    wrong: set[Place] = field(default_factory=set)
    silent: int = 0
    labelled: int = 0


def language_of(path: str) -> str:
    """Return the language that a fixture counts for."""
    if is_manifest(path):
        return "manifest"
    language = find_language(path)
    return language.name if language else "other"


def read_labels() -> set[Place]:
    """Return every labelled place: path below `apps`, line, kind."""
    with (FIXTURES / "labels.csv").open(encoding="utf-8", newline="") as opened:
        return {(row["path"], int(row["line"]), row["kind"]) for row in csv.DictReader(opened)}


def measure() -> Accuracy:
    """Audit every application of the fixtures by itself and compare the findings with the labels."""
    labels, apps = read_labels(), FIXTURES / "apps"
    found: set[Place] = set()
    for app in sorted(apps.iterdir()):
        findings = run_audit([app]).findings
        for place in findings[findings["state"] != "already_v3"].to_dict("records"):
            found.add((Path(place["path"]).relative_to(apps).as_posix(), int(place["line"]), str(place["kind"])))
    accuracy = Accuracy(missed=labels - found, wrong=found - labels, labelled=len(labels))
    files = {path.relative_to(apps).as_posix() for path in apps.rglob("*") if path.is_file()}
    accuracy.silent = len(files - {path for path, _, _ in labels})
    for places, counter in ((labels & found, "found"), (accuracy.missed, "missed"), (accuracy.wrong, "wrong")):
        for path, _, kind in places:
            for score in (accuracy.total, accuracy.by_rule[kind], accuracy.by_language[language_of(path)]):
                setattr(score, counter, getattr(score, counter) + 1)
    return accuracy
