"""Run the notebooks on the demo district and store their outputs; the same code gives the same bytes.

`python -m playbook.desk.refresh notebooks` is what `make refresh` calls.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from playbook.desk import engine
from playbook.desk.notebook import list_notebooks
from playbook.desk.redaction import redact_notebook
from playbook.settings import OUTPUTS, read_settings

_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_LANGUAGE = {"name": "python"}


def refresh_notebooks(directory: Path, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Execute every notebook in memory, in a demo district made for the occasion, and write each once.

    Args:
        directory: Holds the notebooks.
        environ: The kernels' environment.

    Raises:
        CellExecutionError: A cell failed; that notebook and those after it are left as they were.
    """
    notebooks = list_notebooks(directory)
    with tempfile.TemporaryDirectory(prefix="playbook-") as outputs:
        for path in notebooks:
            path.write_text(execute_notebook(path, {**environ, OUTPUTS: outputs}), encoding="utf-8")
    return notebooks


def execute_notebook(path: Path, environ: Mapping[str, str]) -> str:
    """Return a notebook's JSON with the outputs that its defaults give, and nothing that changes from run to run."""
    notebook = nbformat.read(path, as_version=4)
    engine.execute(notebook, environ, cwd=path.parent)
    _name_cells(notebook)
    notebook["metadata"] = {"kernelspec": _KERNEL, "language_info": _LANGUAGE}
    return redact_notebook(nbformat.writes(notebook))


def _name_cells(notebook: Any) -> None:
    """Name each cell by what it says, so that a difference names its cell too."""
    seen: dict[str, int] = {}
    for cell in notebook["cells"]:
        words = re.findall(r"[a-z0-9]+", str(cell["source"]).lower())[:6]
        name = f"{cell['cell_type']}-{'-'.join(words)}"[:58].rstrip("-")
        seen[name] = seen.get(name, 0) + 1
        cell["id"] = name if seen[name] == 1 else f"{name}-{seen[name]}"


if __name__ == "__main__":
    refresh_notebooks(Path(sys.argv[1]).absolute(), read_settings().environ)
