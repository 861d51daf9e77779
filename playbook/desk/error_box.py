"""How a notebook shows a refusal: what happened, what to do, the code; the traceback stays for engineers, in text.

The refusal is also left in the run directory, because who runs a notebook sees no more of its error than a text.
"""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from playbook.errors import AnswerIsNo, Fault, InputError, PlaybookError, ServiceError
from playbook.sharing.shown import show_refusal

REFUSAL = "refusal.json"
_KINDS: dict[int, type[PlaybookError]] = {1: AnswerIsNo, 2: InputError, 3: ServiceError}


def install_error_box(run_dir: str) -> None:
    """Show the playbook's own errors as a box in this kernel; outside a kernel do nothing.

    Args:
        run_dir: Where a refusal is left; blank for nowhere.
    """
    shell = get_ipython()
    if shell is None:
        return

    def show(
        shell: Any, kind: type[PlaybookError], error: PlaybookError, trace: TracebackType, tb_offset: int | None = None
    ) -> list[str]:
        if run_dir and Path(run_dir).is_dir():
            leave_refusal(Path(run_dir), error)
        display(show_refusal(error))
        lines = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(trace)]
        structured = [*lines, f"{kind.__name__}: {error}"]
        shell._showtraceback(kind, error, structured)
        return structured

    shell.set_custom_exc((PlaybookError,), show)


def leave_refusal(directory: Path, error: PlaybookError) -> None:
    """Write down why a step refused; holds no more than the error says, and the error names no person."""
    faults = [{"where": fault.where, "what": fault.what, "remedy": fault.remedy} for fault in error.faults]
    told = {"code": error.code, "message": error.message, "remedy": error.remedy, "faults": faults}
    handle = os.open(directory / REFUSAL, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({**told, "exit_code": error.exit_code}, file)


def read_refusal(directory: Path, *, district_id: str, step: str) -> PlaybookError | None:
    """Return the error that a step left behind, as if it had been raised here; nothing where none was left."""
    path = directory / REFUSAL
    if not path.exists():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))
    faults = [Fault(**fault) for fault in told["faults"]]
    kind = _KINDS.get(told["exit_code"], InputError)
    return kind(
        told["message"], remedy=told["remedy"], code=told["code"], faults=faults, district_id=district_id, step=step
    )
