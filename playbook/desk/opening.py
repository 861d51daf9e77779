"""Where a place in the source opens at its line: in JupyterLab and in VS Code, by a link that names no machine.

Links are relative to the notebook and made only where somebody can click: what is stored for others to read, and every
page, says `path:line` in plain text.

Source: RFC 5147 (`#line=4` stands before the fifth line), which JupyterLab's editor follows; VS Code reads `#L5`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playbook.sharing.summary import CountTable

PLACE = re.compile(r"(?P<path>.+):(?P<line>[1-9]\d*)")
VSCODE_NOTEBOOK = "__vsc_ipynb_file__"
"""What VS Code tells a notebook's kernel of where the notebook is."""


@dataclass(frozen=True, slots=True)
class Opener:
    """Knows how to link to a source file from a notebook.

    Attributes:
        here: The notebook's directory; None where nobody can click.
        is_vscode: True where VS Code shows the notebook.
    """

    here: Path | None = None
    is_vscode: bool = False

    def links(self, table: CountTable, sources: Path) -> Mapping[str, str]:
        """Return, for each place in a table's first column whose file is there, what opens it.

        Args:
            table: Any table.
            sources: The directory that places are named from.
        """
        found = {str(row[0]): self.link(str(row[0]), sources) for row in table.rows}
        return {place: link for place, link in found.items() if link}

    def link(self, place: str, sources: Path) -> str:
        """Return what opens `path:line`; blank where it is no place, or its file is not there."""
        match = PLACE.fullmatch(place)
        if self.here is None or match is None or not (sources / match["path"]).is_file():
            return ""
        path = Path(os.path.relpath(sources / match["path"], self.here)).as_posix()
        line = int(match["line"])
        return quote(path) + (f"#L{line}" if self.is_vscode else f"#line={line - 1}")


NOBODY = Opener()
"""Links nothing."""


def find_opener(namespace: Mapping[str, Any], *, is_unattended: bool) -> Opener:
    """Return the opener of a notebook.

    Args:
        namespace: The notebook's `globals()`.
        is_unattended: Nobody can click: papermill and nbval run the notebook.
    """
    told = namespace.get(VSCODE_NOTEBOOK)
    here = Path(str(told)).parent if told else Path.cwd()
    return Opener(None if is_unattended else here, is_vscode=bool(told))
