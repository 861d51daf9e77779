"""Step 01 on a district whose file says where the application's code is, or does not."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.road.conftest import Rehearsal


def test_code_that_nobody_named_is_not_called_clean(rehearse: Callable[..., Rehearsal]) -> None:
    """Without [audit] the step asks for a person and says what to name; it stops nothing."""
    rehearsal = rehearse()
    section = re.search(r"\[audit\]\n(?:\w.*\n)*", rehearsal.file.read_text())
    assert section
    rehearsal.edit(section[0], "")
    summary = rehearsal.walk("01", "01")["01"].summary
    assert (summary.verdict, "names nothing to audit" in summary.headline) == ("review", True)
    assert "[audit]" in summary.next_action
