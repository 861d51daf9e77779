"""Recall and precision of the audit on the labelled fixtures, beside those of a competent grep.

Run: python tests/benchmarks/bench_audit_accuracy.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.audit.accuracy import FIXTURES, Score, measure, read_labels

GREP = re.compile(
    r"api\.(?:get)?clever\.com|v[12]\.\d/(?:students|teachers|school_admins|district_admins|contacts|sections|schools|"
    r"events|me)|clever_?[iI]d|omniauth-clever|clever-ruby|record_type|user_type|(?:students|teachers)\.(?:created|updated)"
)


def grep() -> Score:
    """Score a grep by lines: a line that it prints counts as every rule that the line is labelled with."""
    labels = read_labels()
    lines = {(path, line) for path, line, _ in labels}
    printed: set[tuple[str, int]] = set()
    apps = FIXTURES / "apps"
    for path in sorted(apps.rglob("*")):
        if path.is_file():
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if GREP.search(line):
                    printed.add((path.relative_to(apps).as_posix(), number))
    return Score(len(lines & printed), len(lines - printed), len(printed - lines))


def main() -> None:
    """Print the table."""
    accuracy = measure()
    print(f"{accuracy.labelled} labelled places, {accuracy.silent} silent files")
    rows = [("all", accuracy.total), *sorted(accuracy.by_rule.items()), *sorted(accuracy.by_language.items())]
    print(f"{'':22} {'found':>6} {'missed':>6} {'wrong':>6} {'recall':>7} {'precision':>9}")
    for name, score in (*rows, ("grep, by line", grep())):
        told = f"{score.found:6} {score.missed:6} {score.wrong:6} {score.recall:7.1%} {score.precision:9.1%}"
        print(f"{name:22} {told}")


if __name__ == "__main__":
    main()
