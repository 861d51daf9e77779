"""How a kernel is started for us: the environment that it is given, on this machine only, with nobody at the screen."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from traitlets.config import Config

from playbook.settings import UNATTENDED

NAME = "playbook"
CELL_SECONDS = 3600
START_SECONDS = 120


class PlaybookEngine(NBClientEngine):  # type: ignore[misc]
    """Runs a notebook for papermill in a kernel whose environment is the one it was given."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, environ: Mapping[str, str], **_: Any) -> Any:
        """Run the notebook's cells; papermill calls this and writes the notebook after each."""
        with _on_this_machine() as options:
            client = PapermillNotebookClient(nb_man, kernel_name=kernel_name, **options)
            return client.execute(env=_unattended(environ))


def execute(notebook: Any, environ: Mapping[str, str], *, cwd: Path) -> None:
    """Run a notebook's cells in memory; its outputs are filled in.

    Raises:
        CellExecutionError: A cell failed.
    """
    with _on_this_machine() as options:
        client = NotebookClient(notebook, resources={"metadata": {"path": str(cwd)}}, **options)
        client.execute(env=_unattended(environ))


@contextmanager
def _on_this_machine() -> Iterator[dict[str, Any]]:
    """Options of a client that reaches its kernel through files that only their owner may open, not through ports."""
    with tempfile.TemporaryDirectory(prefix="playbook-") as directory:
        sockets = {"transport": "ipc", "ip": f"{directory}/kernel"}
        config = Config({"KernelManager": sockets})
        quiet = ["--log-level=50"]  # what a cell raises comes as a message; the rest is the kernel's own
        yield {"startup_timeout": START_SECONDS, "timeout": CELL_SECONDS, "config": config, "extra_arguments": quiet}


def _unattended(environ: Mapping[str, str]) -> dict[str, str]:
    return {**environ, UNATTENDED: "1"}


papermill_engines.register(NAME, PlaybookEngine)
