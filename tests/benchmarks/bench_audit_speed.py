"""How fast an audit reads a million lines, beside semgrep with a comparable rule on the same files in the same run.

Run: python tests/benchmarks/bench_audit_speed.py [--lines 1000000] [--semgrep .venv-bench/bin/semgrep]
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.audit.accuracy import FIXTURES

LANGUAGES = "python ruby javascript typescript php java kotlin scala csharp go swift rust bash"
PATTERN = (
    r"api\.(?:get)?clever\.com|v[12]\.\d/(?:students|teachers|school_admins|contacts)|clever_?[iI]d|omniauth-clever|"
    r"record_type|(?:students|teachers|schooladmins|districtadmins|contacts)\.(?:created|updated|deleted)"
)
RULES = {
    "semgrep, any text": f"languages: [generic]\n    pattern-regex: {PATTERN}",
    "semgrep, strings": f"""languages: [{", ".join(LANGUAGES.split())}]
    patterns:
      - pattern: '"$TEXT"'
      - metavariable-regex:
          metavariable: $TEXT
          regex: .*({PATTERN}).*""",
}
"""The same words, once as a search in any text and once, as the audit does it, in the strings of each language."""

LOG_LINES = 1_500_000
LINE = (
    '10.0.{a}.{b} - - [10/Oct/2026:13:{m:02}:{s:02} +0000] "GET {path} HTTP/1.1" 200 5316 "https://app.example/home" '
    '"Mozilla/5.0 (X11; Linux x86_64)"\n'
)


def make_tree(tree: Path, lines: int) -> int:
    """Write copies of the fixtures among plain code, until there are so many lines."""
    sources = [path for path in sorted((FIXTURES / "apps").rglob("*")) if path.is_file()]
    filler = [path for path in Path(os.__file__).parent.glob("*.py") if path.stat().st_size > 4_000]
    written = number = 0
    while written < lines:
        number += 1
        source = sources[number % len(sources)] if number % 20 == 0 else filler[number % len(filler)]
        target = tree / f"m{number // 200}" / f"n{number}_{source.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        content = source.read_bytes()
        target.write_bytes(content)
        written += content.count(b"\n")
    return written


def measure(command: list[str]) -> tuple[float, float, float]:
    """Return seconds of wall time, of processor time, and the peak of all processes' resident memory in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, sum(_resident(each) for each in (process, *_children(process))) / 2**20)
        time.sleep(0.05)
    wall = time.perf_counter() - began
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak


def _children(process: psutil.Popen) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def audits(tree: Path, semgrep: str) -> Iterator[tuple[str, list[str]]]:
    """Give the commands to compare."""
    code = f"from pathlib import Path; from playbook.audit.audit import run_audit; run_audit([Path({str(tree)!r})])"
    yield "playbook audit", [sys.executable, "-c", code]
    if Path(semgrep).exists():
        settings = ["--metrics=off", "--disable-version-check", "--no-git-ignore", "--quiet", "--json", "-j", "2"]
        for number, (name, body) in enumerate(RULES.items()):
            rule = tree.parent / f"rule{number}.yml"
            rule.write_text(
                f"rules:\n  - id: clever\n    severity: WARNING\n    message: Clever\n    {body}\n", encoding="utf-8"
            )
            yield name, [semgrep, "scan", "--config", str(rule), *settings, str(tree)]


def time_log(directory: Path) -> float:
    """Return how many MB of an access log are read in a second of processor time."""
    from playbook.audit.traffic.access_log import read_access_log

    log = directory / "access.log"
    with log.open("w", encoding="utf-8") as opened:
        for number in range(LOG_LINES):
            path = f"/v2.1/teachers/{number:024x}/sections?limit=100" if number % 10 == 0 else f"/assets/{number}.js"
            opened.write(LINE.format(a=number % 200, b=number % 250, m=number % 60, s=number % 59, path=path))
    began = time.process_time()
    read_access_log(log)
    return log.stat().st_size / 1e6 / (time.process_time() - began)


def main() -> None:
    """Print the table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--semgrep", default=".venv-bench/bin/semgrep")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        print(f"{'lines':>9} {'reader':18} {'wall s':>7} {'cpu s':>7} {'peak MB':>8} {'times ours':>10}")
        for lines in (arguments.lines // 4, arguments.lines):
            tree = Path(directory) / f"tree{lines}"
            written, ours = make_tree(tree, lines), 0.0
            for name, command in audits(tree, arguments.semgrep):
                wall, processor, peak = measure(command)
                ours = ours or wall
                print(f"{written:9} {name:18} {wall:7.1f} {processor:7.1f} {peak:8.0f} {wall / ours:10.1f}")
        print(f"access log: {time_log(Path(directory)):.0f} MB in a second of processor time")


if __name__ == "__main__":
    main()
