"""How a notebook shows a refusal: what happened, what to do, the code; the traceback stays for engineers, in text."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from playbook.errors import PlaybookError
from playbook.sharing.shown import show_refusal


def install_error_box() -> None:
    """Show the playbook's own errors as a box in this kernel; outside a kernel do nothing."""
    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((PlaybookError,), _show)


def _show(
    shell: Any, kind: type[PlaybookError], error: PlaybookError, trace: TracebackType, tb_offset: int | None = None
) -> list[str]:
    """Show the box and return the traceback's lines: places in files, no values."""
    display(show_refusal(error))
    lines = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(trace)]
    structured = [*lines, f"{kind.__name__}: {error}"]
    shell._showtraceback(kind, error, structured)
    return structured
