"""Branches for sections and schools, records of the application's own, and classes that are called like a field."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit

ASKED = "https://api.clever.com/v2.1"
# fmt: off
BRANCHES = [
    ("poll.py", 'def run(kind, o):\n    if kind == "{0}":\n        save(o["id"], o["sis_id"])  # {1}\n', 3),
    ("poll.js", "function run(kind, o) {{\n  if (kind === '{0}') {{\n    save(o.sis_id); // {1}\n  }}\n}}\n", 3),
    ("poll.rb", 'def run(kind, o)\n  case kind\n  when "{0}"\n    save(o["sis_id"]) # {1}\n  end\nend\n', 4),
    ("poll.php", "<?php\nfunction f($k, $o) {{\n  if ($k == '{0}') {{\n    save($o['sis_id']); // {1}\n  }}\n}}\n", 4),
    ("poll.kt", 'fun run(k: String, o: Row) {{\n  when (k) {{\n    "{0}" -> save(o["sis_id"]) // {1}\n  }}\n}}\n', 3),
    ("poll.go", 'func f(k string, o R) {{\n\tswitch k {{\n\tcase "{0}":\n\t\tf(o["sis_id"]) // {1}\n\t}}\n}}\n', 4),
    ("poll.ex", 'def f(k, o) do\n  case k do\n    "{0}" -> save(o["sis_id"]) # {1}\n  end\nend\n', 3),
]
# fmt: on


def lines_of(found: list[dict[str, object]], name: str) -> list[int]:
    return sorted({int(str(each["line"])) for each in found if Path(str(each["path"])).name == name})


@pytest.mark.parametrize(("name", "source", "line"), BRANCHES)
@pytest.mark.parametrize(("kind", "is_place"), [("schools", False), ("sections", False), ("students", True)])
def test_what_only_a_school_comes_to_has_not_moved(
    tmp_path: Path, name: str, source: str, line: int, kind: str, *, is_place: bool
) -> None:
    """The test around a place says whether a student or a school is read there, whatever the variable is called."""
    found = audit(tmp_path, {f"clever_{name}": source.format(kind, ASKED)}, "field_move")
    assert lines_of(found, f"clever_{name}") == ([line] if is_place else [])


def test_a_test_that_leaves_schools_out_is_for_people(tmp_path: Path) -> None:
    """What comes behind `!=` is everything but a school."""
    source = f'BASE = "{ASKED}"\n\n\ndef apply(kind, o):\n    if kind != "schools":\n        save(o["sis_id"])\n'
    assert lines_of(audit(tmp_path, {"clever_poll.py": source}, "field_move"), "clever_poll.py") == [6]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("clever_dao.java", "class Dao {\n  void put(User u) {\n    run(u.getCleverId(), u.getGrade());\n  }\n}\n"),
        ("clever_card.php", "<?php\nfunction card($u) {\n  return [$u->clever_id, $u->grade];\n}\n"),
        ("clever_sync.js", "const all = await clever.School.find().exec();\n"),
        ("clever_login.rb", "def link(auth)\n  identity.refresh!(auth.credentials)\nend\n"),
    ],
)
def test_what_only_shares_a_name_is_no_field_of_clevers(tmp_path: Path, name: str, source: str) -> None:
    """A row that keeps the Clever id is the application's; a class, and the tokens of a login, are no fields."""
    client = f'BASE = "{ASKED}"\n'
    assert lines_of(audit(tmp_path, {"clever_client.py": client, name: source}, "field_move"), name) == []
