"""The audit of source trees: files in, findings out.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide, checklist step 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from playbook.audit.files import AuditFile, find_files, looks_generated
from playbook.audit.findings import Finding, make_findings
from playbook.clever.catalogue import find_endpoint

URL = re.compile(r"(?:https?://api\.(?:get)?clever\.com)?/?(v[12]\.\d/[\w/{}#$.:%<>-]+)")


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """How an audit reads.

    Attributes:
        include_vendored: Also read vendored and generated files.
        workers: How many processes; as many as there are cores, two at least, where None.
    """

    include_vendored: bool = False
    workers: int | None = None


DEFAULT_OPTIONS = AuditOptions()


def audit_paths(paths: Sequence[Path], *, options: AuditOptions = DEFAULT_OPTIONS) -> pd.DataFrame:
    """Find every place below the paths that speaks to Clever.

    Args:
        paths: Files and directories.
        options: How to read them.

    Returns:
        The table `FINDINGS`, sorted by path and line.
    """
    files, _ = find_files(paths, include_vendored=options.include_vendored)
    return make_findings(finding for file in files for finding in _read(file, options))


def _read(file: AuditFile, options: AuditOptions) -> Iterator[Finding]:
    content = Path(file.path).read_bytes()
    if b"\0" in content[:1024] or (looks_generated(content) and not options.include_vendored):
        return
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        for match in URL.finditer(line):
            if row := find_endpoint(match[1]):
                yield Finding(
                    file.name,
                    number,
                    match.start(1) + 1,
                    "endpoint",
                    "legacy",
                    row.from_,
                    row.to,
                    tuple(sorted(row.change)),
                    "high" if row.change & {"id", "shape"} else "medium",
                    row.remedy,
                    "literal",
                    line.strip()[:200],
                )
