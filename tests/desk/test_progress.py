"""Progress."""

from __future__ import annotations

import logging

import pytest

from playbook.desk.progress import make_report, tell_progress


def test_unattended_each_tenth_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """A thousand reports make at most eleven lines, on the library's own logger."""
    report = make_report(is_unattended=True)

    with caplog.at_level(logging.INFO, "playbook"):
        for done in range(1001):
            report("reading users", done, 1000)

    assert len(caplog.messages) == 11
    assert caplog.messages[-1] == "reading users: 1,000 of 1,000"


def test_an_unknown_total_is_not_invented() -> None:
    """Where nobody knows how many there are, nobody says so."""
    assert tell_progress("reading users", 3000, 0) == "reading users: 3,000"
