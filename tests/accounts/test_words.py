"""The application's words mean what it meant by them, and an unexplained word means nothing."""

from __future__ import annotations

import pytest

from playbook.accounts.words import role_of, role_words, status_of, version_of


@pytest.mark.parametrize("word", ["", "librarian", "admin", "user", "0", "teacher2", "staff member"])
def test_words_that_nobody_explained_give_no_role(word: str) -> None:
    """An unknown role gets no rights."""
    assert role_of(word, role_words({})) == ""


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("student", "student"),
        ("Teacher ", "teacher"),
        ("school_admin", "staff"),
        ("schoolAdmins", "staff"),
        ("staff", "staff"),
        ("district admin", "district_admin"),
        ("DISTRICT-ADMIN", "district_admin"),
        ("contacts", "contact"),
    ],
)
def test_words_of_v2_and_v3(word: str, role: str) -> None:
    """Clever's spellings are known without being explained."""
    assert role_of(word, role_words({})) == role


def test_own_words_replace_the_usual_ones() -> None:
    """Where teachers are called T, nobody is a teacher by any other word, and a taken word is taken over."""
    words = role_words({"teacher": "T|2", "staff": "student"})
    assert [role_of(word, words) for word in ("t", "2", "teacher", "student")] == ["teacher", "teacher", "", "staff"]


@pytest.mark.parametrize(
    ("word", "version"),
    [("v3.1", "v3"), ("3.0", "v3"), ("v3", "v3"), ("V2_1", "v2"), ("2", "v2"), ("v31", ""), ("", ""), ("4.0", "")],
)
def test_versions(word: str, version: str) -> None:
    """All spellings of one version are one."""
    assert version_of(word) == version


@pytest.mark.parametrize(
    ("word", "column", "status"),
    [
        ("Active", "status", "active"),
        ("LOCKED", "state", "suspended"),
        ("archived", "status", "deleted"),
        ("odd", "status", ""),
        ("", "status", ""),
        ("", "deleted_at", "active"),
        ("2026-01-01 00:00:00", "deleted_at", "deleted"),
        ("0", "is_deleted", "active"),
        ("1", "suspended", "suspended"),
        ("True", "is_active", "active"),
        ("0", "enabled", "suspended"),
        ("f", "discarded", "active"),
    ],
)
def test_statuses(word: str, column: str, status: str) -> None:
    """A word is one of a status column; a moment or a yes is one of a column whose name tells the state."""
    assert status_of(word, column) == status
