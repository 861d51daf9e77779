"""Open the notebooks in JupyterLab as a guided road: on this machine only, no news, no history of what was typed.

`python -m playbook.desk.lab` is what `make lab` calls.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from playbook.desk.notebook import list_notebooks
from playbook.run import make_private_directory
from playbook.settings import OUTPUTS, Settings, read_settings

_NEWS = Path("@jupyterlab", "apputils-extension", "notification.jupyterlab-settings")
_NO_NEWS = '{"fetchNews": "false", "checkForUpdates": false}'
_NO_HISTORY = "c = get_config()  # noqa: F821\nc.HistoryManager.enabled = False\n"


def lab_command(root: Path, options: Sequence[str] = ()) -> list[str]:
    """Return the command line that serves the notebooks of a directory, and what lies beside it: outputs, sources."""
    first = list_notebooks(root)[0].name
    return [
        *(sys.executable, "-m", "jupyterlab", f"--notebook-dir={root.parent}", "--ServerApp.ip=127.0.0.1"),
        f"--LabApp.default_url=/lab/tree/{root.name}/{first}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *options,
    ]


def lab_environment(settings: Settings) -> dict[str, str]:
    """Return Lab's environment: its kernels keep no history, it asks for no news, and writes where the command does."""
    home = settings.outputs / ".lab"
    _write(home / "ipython" / "profile_default" / "ipython_kernel_config.py", _NO_HISTORY, home)
    _write(home / "settings" / _NEWS, _NO_NEWS, home)
    return {
        **settings.environ,
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        OUTPUTS: str(settings.outputs),
    }


def _write(path: Path, text: str, root: Path) -> None:
    make_private_directory(path.parent, root=root)
    path.write_text(text, encoding="utf-8")


def open_lab(root: Path, settings: Settings) -> int:
    """Serve the notebooks until interrupted; return Lab's exit code."""
    return subprocess.run(lab_command(root), env=lab_environment(settings), check=False).returncode


if __name__ == "__main__":
    sys.exit(open_lab(list_notebooks()[0].parent, read_settings()))
