"""Open the notebooks in JupyterLab as a guided road: on this machine only, no news, no history of what was typed.

`python -m playbook.desk.lab` is what `make lab` calls.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from playbook.desk.notebook import list_notebooks
from playbook.run import make_private_directory
from playbook.settings import OUTPUTS, Settings, read_settings

_NO_HISTORY = "c = get_config()  # noqa: F821\nc.HistoryManager.enabled = False\n"


def lab_command(root: Path, options: Sequence[str] = ()) -> list[str]:
    """Return the command line that serves the notebooks of a directory."""
    first = list_notebooks(root)[0].name
    return [
        *(sys.executable, "-m", "jupyterlab", f"--notebook-dir={root}", "--ServerApp.ip=127.0.0.1"),
        f"--LabApp.default_url=/lab/tree/{first}",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *options,
    ]


def lab_environment(settings: Settings) -> dict[str, str]:
    """Return Lab's environment: its kernels keep no history, and write where the command does."""
    profile = settings.outputs / ".ipython"
    configuration = profile / "profile_default" / "ipython_kernel_config.py"
    make_private_directory(configuration.parent, root=profile)
    configuration.write_text(_NO_HISTORY, encoding="utf-8")
    environ: Mapping[str, str] = settings.environ
    return {**environ, "IPYTHONDIR": str(profile), OUTPUTS: str(settings.outputs)}


def open_lab(root: Path, settings: Settings) -> int:
    """Serve the notebooks until interrupted; return Lab's exit code."""
    return subprocess.run(lab_command(root), env=lab_environment(settings), check=False).returncode


if __name__ == "__main__":
    sys.exit(open_lab(list_notebooks()[0].parent, read_settings()))
