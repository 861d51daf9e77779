"""All traffic that was named, read into one table and joined to what the code says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from playbook.audit.findings import FINDINGS, make_findings
from playbook.audit.traffic.access_log import read_access_log
from playbook.audit.traffic.joined import join_traffic, traffic_findings
from playbook.audit.traffic.recordings import read_har, read_openapi, read_postman
from playbook.audit.traffic.table import TRAFFIC, Tally, make_traffic
from playbook.errors import Fault


@dataclass(frozen=True, slots=True)
class Traffic:
    """What traffic says.

    Attributes:
        requests: The table `TRAFFIC`.
        unread: The logs of which not every line could be read, and how many.
    """

    requests: pd.DataFrame
    unread: tuple[Fault, ...] = ()


NO_TRAFFIC = Traffic(TRAFFIC.empty())


def read_traffic(
    *,
    logs: Iterable[Path] = (),
    har: Iterable[Path] = (),
    postman: Iterable[Path] = (),
    openapi: Iterable[Path] = (),
) -> Traffic:
    """Return the requests to Clever in logs and recordings.

    Raises:
        InputError: A log or recording cannot be read.
    """
    tallies: list[Tally] = [read_access_log(path) for path in logs]
    unread = tuple(fault for tally in tallies if (fault := _tell_unread(tally)))
    tallies += [read_har(path) for path in har]
    tallies += [read_postman(path) for path in postman]
    tallies += [read_openapi(path) for path in openapi]
    return Traffic(make_traffic(tallies), unread)


def _tell_unread(tally: Tally) -> Fault | None:
    if not tally.lines:
        return Fault(tally.source, "the log holds no line")
    told = f"{tally.unread:,} of {tally.lines:,} lines are of no form of log and were not counted"
    return Fault(tally.source, told) if tally.unread else None


def add_traffic(findings: pd.DataFrame, traffic: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the findings with what is called from nowhere in the code, and code joined to traffic.

    Args:
        findings: The table `FINDINGS` of the code.
        traffic: The table `TRAFFIC`.
    """
    joined = join_traffic(findings, traffic)
    found = make_findings(traffic_findings(traffic, joined))
    if found.empty:
        return findings, joined
    return FINDINGS.make(pd.concat([findings, found], ignore_index=True)), joined
