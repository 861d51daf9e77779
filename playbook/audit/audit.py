"""The audit of source trees: files in, findings out.

Two passes: the first finds the files that matter and what their constants hold, the second asks the rules about them
with the constants of the whole project at hand.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide, checklist step 1.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar
from zlib import crc32

import pandas as pd

from playbook.audit.evidence import Project
from playbook.audit.examining import Examined, examine
from playbook.audit.files import AuditFile, find_files
from playbook.audit.findings import Finding, make_findings
from playbook.audit.gathering import Gathered, gather
from playbook.audit.languages import find_language
from playbook.audit.linking import Runner, link_files
from playbook.audit.mentions import mentions_any, spell_class, spell_names
from playbook.audit.reading.paths import snake
from playbook.audit.waivers import Waived
from playbook.errors import Fault

POOL_FROM = 200  # files; below it, starting processes costs more than it saves
Given = TypeVar("Given")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """How an audit reads.

    Attributes:
        include_vendored: Also read vendored and generated files.
        workers: How many processes; as many as there are cores where None.
        rules: The rules to ask; all where empty.
    """

    include_vendored: bool = False
    workers: int | None = None
    rules: frozenset[str] = frozenset()


DEFAULT_OPTIONS = AuditOptions()


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found, and what it could not read.

    Attributes:
        findings: The table `FINDINGS`.
        files: How many files were looked at.
        lines: How many lines they have.
        states: The state of each file that speaks to Clever.
        skipped: How many files were not read, by reason.
        faults: Files that should have been read and could not be, or only in part.
        failed: Those of them that may hide something that still speaks v2: a gate must not pass over them.
        waived: Places that the source waives, with the reason.
        idle_waivers: Waivers in the source that cannot count.
        found: The findings as they were found, for the patch.
        sources: For each file with findings: its place on disk, its path below the tree, its project's directory, and
            what the project says.
    """

    findings: pd.DataFrame
    files: int = 0
    lines: int = 0
    states: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    failed: tuple[str, ...] = ()
    waived: tuple[Waived, ...] = ()
    idle_waivers: tuple[Fault, ...] = ()
    found: tuple[Finding, ...] = ()
    sources: dict[str, tuple[str, str, str, Project]] = field(default_factory=dict)


def audit_paths(paths: Sequence[Path], *, options: AuditOptions = DEFAULT_OPTIONS) -> pd.DataFrame:
    """Find every place below the paths that speaks to Clever.

    Args:
        paths: Files and directories.
        options: How to read them.

    Returns:
        The table `FINDINGS`, sorted by path and line.
    """
    return run_audit(paths, options=options).findings


def run_audit(paths: Sequence[Path], *, options: AuditOptions = DEFAULT_OPTIONS) -> Audit:
    """Audit source trees, and say also what was not read and why.

    Args:
        paths: Files and directories; of a path that does not exist, the audit says so and goes on.
        options: How to read them.
    """
    files, skipped = find_files(paths, include_vendored=options.include_vendored)
    roots = ["" if path == Path() else f"{path.as_posix().rstrip('/')}/" for path in paths]
    below = [_below(file, roots) for file in files]
    with ExitStack() as stack:
        run = _runner(stack, len(files), options.workers)
        gathered = list(run(partial(_gather, options.include_vendored), list(zip(files, below, strict=True))))
        projects = _projects(files, below, gathered)
        linked = _link(files, below, gathered, projects, run)
        chosen = list(_chosen(files, gathered, projects, linked, run))
        work = [(files[index], below[index], projects[files[index].project]) for index in chosen]
        examined = list(run(partial(_examine, options.rules), work))
    for each in gathered:
        if each.skipped:
            skipped.add(each.skipped)
    told = [*(each.fault for each in gathered), *(each.fault for each in examined)]
    faults = [*skipped.faults, *(fault for fault in told if fault)]
    failed = {*skipped.failed, *_failed(gathered), *_failed(examined)}
    found = tuple(finding for each in examined for finding in each.findings)
    with_findings = {finding.path for finding in found}
    return Audit(
        make_findings(found),
        files=len(files),
        lines=sum(each.lines for each in gathered),
        states={each.name: each.state for each in examined if each.state},
        skipped=dict(sorted(skipped.counts.items())),
        faults=tuple(sorted(faults, key=lambda fault: fault.where)),
        failed=tuple(sorted(failed)),
        waived=tuple(waived for each in examined for waived in each.waived),
        idle_waivers=tuple(fault for each in examined for fault in each.idle_waivers),
        found=found,
        sources={
            file.name: (file.path, place, file.project, project)
            for file, place, project in work
            if file.name in with_findings
        },
    )


def _failed(told: Sequence[Gathered | Examined]) -> set[str]:
    return {each.name for each in told if each.failed}


def _runner(stack: ExitStack, files: int, workers: int | None) -> Runner:
    """Return what maps a function over files: in this process, or in as many as there are cores."""
    count = workers or os.cpu_count() or 1
    if count < 2 or files < POOL_FROM:
        return _run_here
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    pools = [stack.enter_context(ProcessPoolExecutor(1, mp_context=context)) for _ in range(count)]

    def run_in_pools(function: Callable[[Given], Answer], given: Sequence[Given]) -> Iterable[Answer]:
        chunk = max(1, min(128, len(given) // (count * 4)))
        places = [crc32(_path_of(each).encode("utf-8", "surrogateescape")) % count for each in given]
        shares = [[each for each, place in zip(given, places, strict=True) if place == own] for own in range(count)]
        answers = [pool.map(function, share, chunksize=chunk) for pool, share in zip(pools, shares, strict=True)]
        return [next(answers[place]) for place in places]

    return run_in_pools


def _path_of(given: object) -> str:
    """Return the path of the file that a function is given: each goes to the same process always, which keeps it."""
    file = given[0] if isinstance(given, tuple) else given
    return file.path if isinstance(file, AuditFile) else ""


def _run_here(function: Callable[[Given], Answer], given: Sequence[Given]) -> Iterable[Answer]:
    return map(function, given)


def _gather(include_vendored: bool, given: tuple[AuditFile, str]) -> Gathered:
    return gather(given[0], given[1], include_vendored)


def _examine(rules: frozenset[str], given: tuple[AuditFile, str, Project]) -> Examined:
    return examine(given[0], given[1], given[2], rules)


def _mentions(given: tuple[AuditFile, frozenset[str]]) -> bool:
    return mentions_any(*given)


def _below(file: AuditFile, roots: Sequence[str]) -> str:
    """Return a file's path below the audited tree, so that the tree's own name is no evidence."""
    for root in roots:
        if file.name.startswith(root):
            return file.name[len(root) :]
    return file.name.rpartition("/")[2]


def _projects(files: list[AuditFile], below: list[str], gathered: list[Gathered]) -> dict[str, Project]:
    """Put together what the files of each project say."""
    projects: dict[str, Project] = {}
    by_project: dict[str, list[int]] = {}
    for index, file in enumerate(files):
        by_project.setdefault(file.project, []).append(index)
    for project, indexes in by_project.items():
        speaking = [index for index in indexes if gathered[index].speaks]
        constants: dict[str, tuple[str, ...]] = {}
        for index in speaking:
            for name, texts in gathered[index].constants.items():
                key = snake(name.replace(".", "_"))
                constants[key] = tuple(dict.fromkeys((*constants.get(key, ()), *texts)))[:8]
        projects[project] = Project(
            constants=constants,
            versions=frozenset(version for index in speaking for version in gathered[index].versions if version),
            directories=frozenset(below[index].rpartition("/")[0] for index in speaking),
            is_clever=bool(speaking),
            clients=frozenset(name for index in speaking for name in gathered[index].clients),
            modules=frozenset(name for index in speaking for name in gathered[index].modules),
            functions=frozenset(name for index in speaking for name in gathered[index].functions),
            builders={name: told for index in speaking for name, told in gathered[index].builders.items()},
            makers=frozenset(name for index in speaking for name in gathered[index].makers),
            columns=frozenset(name for index in indexes for name in gathered[index].columns),
            renames={name: told for index in indexes for name, told in gathered[index].renames.items()},
        )
    return projects


def _link(
    files: list[AuditFile], below: list[str], gathered: list[Gathered], projects: dict[str, Project], run: Runner
) -> set[int]:
    """Follow Clever's values through the files of each project; the projects learn what the files tell."""
    sources = list(zip(files, below, strict=True))
    linked: set[int] = set()
    for name, project in projects.items():
        if not project.is_clever:
            continue
        own = [index for index, file in enumerate(files) if file.project == name and is_code(file, gathered[index])]
        speaking = {index for index in own if gathered[index].speaks}
        projects[name], found = link_files(sources, speaking, own, project, run)
        linked |= found
    return linked


def is_code(file: AuditFile, gathered: Gathered) -> bool:
    """Say whether a file is source that was read."""
    return not gathered.skipped and not gathered.failed and find_language(file.name) is not None


def _chosen(
    files: list[AuditFile], gathered: list[Gathered], projects: dict[str, Project], linked: set[int], run: Runner
) -> Iterator[int]:
    """Give the files to ask the rules about: candidates, and those that use a name that stands for Clever elsewhere."""
    names: dict[str, set[str]] = {}
    for file, each in zip(files, gathered, strict=True):
        asked = (f"{owner}.{name}" for name, told in each.builders.items() for owner in told.owners)
        bases = (name for told in each.builders.values() for owner in told.owners if (name := spell_class(owner)))
        names.setdefault(file.project, set()).update(spell_names(each.constants), each.clients, asked, bases)
    rest = [
        index
        for index, file in enumerate(files)
        if not gathered[index].is_candidate and not gathered[index].skipped and names[file.project]
    ]
    given = [(files[index], frozenset(names[files[index].project])) for index in rest]
    found = {index for index, mentions in zip(rest, run(_mentions, given), strict=True) if mentions}
    yield from (index for index, each in enumerate(gathered) if each.is_candidate or index in found or index in linked)


__all__ = ["Audit", "AuditOptions", "Finding", "audit_paths", "run_audit"]
