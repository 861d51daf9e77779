"""How fast an audit reads a million lines, beside semgrep with a comparable rule on the same files in the same run.

The trees: generated ones of two sizes, so that growth shows, and what pip and npm installed on this machine.

Run: python tests/benchmarks/bench_audit_speed.py [--lines 1000000] [--semgrep .venv-bench/bin/semgrep]
     [--npm node_modules] [--only generated pip npm logs]
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

import pandas
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

LOG_LINES = 750_000
LOGS = {
    "common": '10.0.{a}.{b} - - [10/Oct/2026:13:{m:02}:{s:02} +0000] "GET {path} HTTP/1.1" 200 5316\n',
    "combined": '10.0.{a}.{b} - - [10/Oct/2026:13:{m:02}:{s:02} +0000] "GET {path} HTTP/1.1" 200 5316 '
    '"https://app.example/home" "Mozilla/5.0 (X11; Linux x86_64)"\n',
    "JSON lines": '{{"time":"2026-10-10T13:{m:02}:{s:02}Z","remote":"10.0.{a}.{b}","method":"GET","path":"{path}",'
    '"status":200,"bytes":5316,"host":"app.example"}}\n',
    "load balancer": "https 2026-10-10T13:{m:02}:{s:02}.186641Z app/web/50dc6c495c0c9188 10.0.{a}.{b}:2817 10.0.0.1:80 "
    '0.086 0.048 0.037 200 200 0 57 "GET https://app.example:443{path} HTTP/1.1" "curl/7.46.0" - - "-"\n',
}
SUFFIXES = "py js jsx ts tsx mjs cjs java kt rb php go cs scala swift rs sh json yml yaml toml md"
SOURCES = frozenset(f".{suffix}" for suffix in SUFFIXES.split())
MOST_BYTES = 1_000_000
"""Larger files are left out, because semgrep leaves them out."""


def copy_tree(installed: Path, tree: Path, lines: int) -> int:
    """Copy what a package manager installed, under names that neither reader passes over, up to so many lines."""
    written = 0
    for number, source in enumerate(sorted(installed.rglob("*"))):
        if written >= lines:
            break
        if source.suffix not in SOURCES or source.is_symlink() or not source.is_file():
            continue
        content = source.read_bytes()
        if len(content) < MOST_BYTES and ".min." not in source.name:
            target = tree / f"m{number // 200}" / f"n{number}_{source.name}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            written += content.count(b"\n")
    return written


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
    code = (
        "from pathlib import Path; from playbook.audit.audit import AuditOptions, run_audit; "
        f"run_audit([Path({str(tree)!r})], options=AuditOptions(include_vendored=True))"
    )
    yield "playbook audit", [sys.executable, "-c", code]
    if Path(semgrep).exists():
        settings = ["--metrics=off", "--disable-version-check", "--no-git-ignore", "--quiet", "--json", "-j", "2"]
        for number, (name, body) in enumerate(RULES.items()):
            rule = tree.parent / f"rule{number}.yml"
            rule.write_text(
                f"rules:\n  - id: clever\n    severity: WARNING\n    message: Clever\n    {body}\n", encoding="utf-8"
            )
            yield name, [semgrep, "scan", "--config", str(rule), *settings, str(tree)]


def time_logs(directory: Path) -> Iterator[tuple[str, float, float]]:
    """Give, for each form of log, how many MB are read in a second of wall time and of processor time."""
    from playbook.audit.traffic.access_log import read_access_log

    for form, line in LOGS.items():
        log = directory / "access.log"
        with log.open("w", encoding="utf-8") as opened:
            for number in range(LOG_LINES):
                path = (
                    f"/v2.1/teachers/{number:024x}/sections?limit=100" if number % 10 == 0 else f"/assets/{number}.js"
                )
                opened.write(line.format(a=number % 200, b=number % 250, m=number % 60, s=number % 59, path=path))
        megabytes = log.stat().st_size / 1e6
        began, processor = time.perf_counter(), time.process_time()
        tally = read_access_log(log)
        wall, processor = time.perf_counter() - began, time.process_time() - processor
        if sum(calls.count for calls in tally.calls.values()) != LOG_LINES // 10:
            raise SystemExit(f"{form}: not every request was counted")
        yield form, megabytes / wall, megabytes / processor


def make_trees(directory: Path, arguments: argparse.Namespace) -> Iterator[tuple[str, Path, int]]:
    """Give the trees that were asked for: what each is, where, and how many lines it has."""
    if "generated" in arguments.only:
        for lines in (arguments.lines // 4, arguments.lines):
            tree = directory / f"generated{lines}"
            yield "generated", tree, make_tree(tree, lines)
    for name, installed in (("pip", Path(pandas.__file__).parents[1]), ("npm", arguments.npm)):
        if name in arguments.only and installed.is_dir():
            yield name, directory / name, copy_tree(installed, directory / name, arguments.lines)


def main() -> None:
    """Print the table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--semgrep", default=".venv-bench/bin/semgrep")
    parser.add_argument("--npm", type=Path, default=Path("/usr/lib/node_modules"))
    parser.add_argument("--only", nargs="+", default=["generated", "pip", "npm", "logs"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        print(f"{'tree':9} {'lines':>9} {'reader':18} {'wall s':>7} {'cpu s':>7} {'peak MB':>8} {'times ours':>10}")
        for told, tree, lines in make_trees(directory, arguments):
            ours = 0.0
            for reader, command in audits(tree, arguments.semgrep):
                wall, processor, peak = measure(command)
                ours = ours or wall
                print(f"{told:9} {lines:9} {reader:18} {wall:7.1f} {processor:7.1f} {peak:8.0f} {wall / ours:10.1f}")
        if "logs" in arguments.only:
            for form, by_wall, by_processor in time_logs(directory):
                print(f"log, {form:14} {by_wall:5.0f} MB a second, {by_processor:5.0f} MB a second of processor time")


if __name__ == "__main__":
    main()
