"""What hidden characters become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook.sharing.plain_text import clean_text


@pytest.mark.parametrize("text", ["O'Brien", "Null", "محمد", "Zoë", "李雷", "=1+1", "<b>"])
def test_leaves_visible_text_alone(text: str) -> None:
    """Letters of every script and every visible sign stay; escaping is not cleaning."""
    assert text == clean_text(text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b[31mred", "�[31mred"),
        ("\u202egnp.exe", "�gnp.exe"),
        ("zero\u200bwidth", "zero�width"),
        ("two\r\nlines\tand tab", "two  lines and tab"),
        ("\ud800", "�"),
    ],
)
def test_shows_what_is_hidden(text: str, cleaned: str) -> None:
    """Controls, direction overrides and invisible characters become a visible mark; breaks become spaces."""
    assert cleaned == clean_text(text)


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    """Cleaning is idempotent, and what it returns is printable."""
    cleaned = clean_text(text)

    assert cleaned == clean_text(cleaned)
    assert not any(ord(character) < 32 for character in cleaned)
