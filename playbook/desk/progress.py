"""Progress in a notebook: a label in Lab, a log line every tenth unattended, nothing that stays in the outputs."""

from __future__ import annotations

import logging
from typing import Any

from IPython.display import display

from playbook.run import Report

_TENTHS = 10
_log = logging.getLogger("playbook")


def make_report(*, is_unattended: bool) -> Report:
    """Return what a long step calls with (what, done, total)."""
    return _Lines() if is_unattended else _Label()


class _Lines:
    """Logs each tenth once."""

    def __init__(self) -> None:
        self._said: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        tenth = _TENTHS * done // total if total else done
        if self._said.get(what) != tenth:
            self._said[what] = tenth
            _log.info(tell_progress(what, done, total))


class _Label:
    """Shows the latest news in one label, which is closed when all is done."""

    def __init__(self) -> None:
        self._label: Any = None

    def __call__(self, what: str, done: int, total: int) -> None:
        import ipywidgets  # slow to import; only those who look at a screen wait for it

        if self._label is None:
            self._label = ipywidgets.Label()
            display(self._label)
        self._label.value = tell_progress(what, done, total)
        if total and done >= total:
            self._label.close()
            self._label = None


def tell_progress(what: str, done: int, total: int) -> str:
    """Return one line of progress."""
    return f"{what}: {done:,}" + (f" of {total:,}" if total else "")
