"""Many districts at once: each walks its own road in a process of its own, and no one's failure stops another.

Workers are processes because a run's secrets are known to the writer of its notebooks: two districts in one process
would share it. A token is resolved in the worker that needs it and never travels.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import Client, LocalCluster, as_completed

from playbook.desk.runner import run_notebooks
from playbook.district_file import read_district_file
from playbook.errors import InputError, PlaybookError
from playbook.road.context import open_district
from playbook.settings import read_settings

Heard = Callable[["DistrictOutcome", int, int], None]
"""Takes an outcome as it comes in, how many are in, and of how many."""


@dataclass(frozen=True, slots=True)
class DistrictOutcome:
    """How far one district came.

    Attributes:
        file: The name of its district file.
        district_id: Clever's id of it; blank where its file could not be read.
        verdict: The road's; `refused` where a step refused.
        exit_code: 0 go, 1 no, 2 bad input, 3 Clever or the database refused.
        document: What scripts read: the run's, or `error`.
    """

    file: str
    district_id: str
    verdict: str
    exit_code: int
    document: Mapping[str, Any]


def run_fleet(
    files: Sequence[Path], *, scheduler: str = "", workers: int = 2, first: str = "", last: str = "", heard: Heard
) -> tuple[DistrictOutcome, ...]:
    """Run a stretch of the road for many districts.

    Args:
        files: One district file a district.
        scheduler: The address of a dask.distributed scheduler; blank for local workers.
        workers: How many local workers.
        first: The step to begin with; blank for the first.
        last: The step to end with; blank for the last.
        heard: Is told of each outcome as it comes in.

    Returns:
        One outcome a district, in the order of the files.

    Raises:
        InputError: A file is named twice, or two files of one district, or the scheduler does not answer.
    """
    ids = [*_district_ids(files)]
    if len({file.resolve() for file in files}) < len(files) or len(set(ids)) < len(ids):
        raise InputError("a district is named twice", remedy="Name one district file a district.", code="named_twice")
    outcomes: dict[str, DistrictOutcome] = {}
    with _connect(scheduler, min(workers, len(files))) as client:
        tasks = {client.submit(run_district, str(file.absolute()), first, last, pure=False): file for file in files}
        for task in as_completed(tasks):
            outcome: DistrictOutcome = task.result()
            outcomes[str(tasks[task])] = outcome
            heard(outcome, len(outcomes), len(files))
    return tuple(outcomes[str(file)] for file in files)


def _district_ids(files: Sequence[Path]) -> Iterator[str]:
    """Yield whose each file is; one with faults is refused when its turn comes."""
    for file in files:
        with suppress(PlaybookError):
            yield read_district_file(file).district.id


def run_district(file: str, first: str, last: str) -> DistrictOutcome:
    """Run one district in this process; a refusal is an outcome."""
    path, district_id = Path(file), ""
    try:
        run = open_district(path, read_settings())
        district_id = run.district_id
        outcome = run_notebooks(run, first=first, last=last)
    except PlaybookError as error:
        told = {"code": error.code, "message": error.message, "remedy": error.remedy}
        return DistrictOutcome(path.name, district_id, "refused", error.exit_code, {"error": told})
    return DistrictOutcome(path.name, district_id, outcome.verdict, outcome.exit_code, outcome.to_document())


def _connect(scheduler: str, workers: int) -> AbstractContextManager[Client]:
    """Return a client that closes what it opened."""
    logging.getLogger("distributed").setLevel(logging.ERROR)  # which tells of every connection
    if not scheduler:
        cluster = LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None)
        return _Owned(cluster)
    try:
        return Client(scheduler, timeout="10s")
    except OSError:
        raise InputError(
            "the scheduler does not answer", code="scheduler", remedy="Start it, or leave --scheduler out."
        ) from None


class _Owned:
    """A client of a cluster that lives as long as it does."""

    def __init__(self, cluster: LocalCluster) -> None:
        self.cluster = cluster

    def __enter__(self) -> Client:
        self.client = Client(self.cluster)
        return self.client

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.cluster.close()
