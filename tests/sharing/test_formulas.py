"""Formulas in spreadsheets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook.sharing.formulas import neutralise_formula, restore_formula


@pytest.mark.parametrize("text", ["", "Ann", "00123", "a=b", "x@example.com", "3-4"])
def test_leaves_plain_text_alone(text: str) -> None:
    """Text that no spreadsheet runs is written as it is."""
    assert text == neutralise_formula(text)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", " =1", "\u00a0=1", "'quoted"]
)
def test_marks_what_a_spreadsheet_would_run(text: str) -> None:
    """A formula gets a leading apostrophe, full-width signs and leading blanks included."""
    assert f"'{text}" == neutralise_formula(text)


@given(st.text())
def test_reading_back_loses_nothing(text: str) -> None:
    """Neutralised and restored, every text is itself again."""
    assert text == restore_formula(neutralise_formula(text))
