"""Paths that are handed to functions which ask Clever for them, and fields that did not move."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbook.audit.audit import audit_paths

CLIENT = """import requests

def get(path, token):
    return requests.get(f"https://api.clever.com/v2.1/{path}", headers={"Authorization": token}).json()

def every(name, token):
    for row in get(name, token)["data"]:
        yield row["data"]
"""


def _audit(tmp_path: Path, kind: str, **sources: str) -> set[tuple[str, int]]:
    for name, source in sources.items():
        (tmp_path / name.replace("__", ".")).write_text(source, encoding="utf-8")
    found = audit_paths([tmp_path])
    found = found[(found["kind"] == kind) & (found["state"] != "already_v3")]
    return {(Path(path).name, int(line)) for path, line in zip(found["path"], found["line"], strict=True)}


@pytest.mark.parametrize(
    "line",
    [
        'cache.get("me")',
        'store("teachers")',
        'Group.get(name="teachers")',
        'kind != "teachers"',
    ],
)
def test_a_word_that_nobody_asks_for_stays_silent(tmp_path: Path, line: str) -> None:
    """A function of the same name on something else, what keeps a value, and a comparison ask nothing."""
    assert ("other.py", 3) not in _audit(
        tmp_path, "endpoint", feed__py=CLIENT, other__py=f"import cache\n\nx = {line}\n"
    )


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("import feed", 'feed.get("me", token)'),
        ("from feed import every", 'every("school_admins", token)'),
        ("import feed", "feed.every('teachers', token)"),
    ],
)
def test_a_path_is_followed_to_the_file_that_asks(tmp_path: Path, head: str, line: str) -> None:
    """The function is known by its file, or because it is imported; one that only hands a path on counts too."""
    assert ("other.py", 3) in _audit(tmp_path, "endpoint", feed__py=CLIENT, other__py=f"{head}\n\nx = {line}\n")


@pytest.mark.parametrize(
    "body",
    [
        'def import_section(record):\n    room.grade = record["grade"]\n',
        'def load(r):\n    room.lead = r["teacher"]\n    room.grade = r["grade"]\n',
    ],
)
def test_a_section_keeps_its_grade(tmp_path: Path, body: str) -> None:
    """A section is told by the function's name, or by what else is read of it."""
    assert not _audit(tmp_path, "field_move", a__py=f'URL = "https://api.clever.com/v2.1/sections"\n{body}')


def test_a_student_does_not(tmp_path: Path) -> None:
    """The same line of a student's record is a place."""
    body = 'URL = "https://api.clever.com/v2.1/students"\ndef load(record):\n    kid.grade = record["grade"]\n'
    assert _audit(tmp_path, "field_move", a__py=body) == {("a.py", 3)}
