"""Every read of a Clever id that the application keeps, and what only looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit, check_found

RULE = "id_usage"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("env.rb", "provider :clever, Rails.application.secrets.clever_id, ENV['CLEVER_ID']\n"),
        ("app.js", "const options = { clientID: process.env.CLEVER_ID, key: config.cleverKey };\n"),
        ("pull.py", "def pull(school):\n    return keep(school.clever_id)\n"),
        ("pull.rb", "def pull(person)\n  @clever.rooms(person.clever_id)\nend\n"),
        ("ask.py", 'def ask(person):\n    return get("/v2.1/teachers/{}/sections".format(person.clever_id))\n'),
        ("Crew.java", "class Crew {\n  String getCleverId() {\n    return this.cleverId;\n  }\n}\n"),
    ],
)
def test_settings_things_and_paths_read_no_kept_id(tmp_path: Path, name: str, source: str) -> None:
    """An application's own key, a school's id, a getter, and what goes to Clever are no reads of a person's id."""
    found = audit(tmp_path, {name: source}, RULE)
    assert [place for place in found if place["variant"] == "read"] == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("guard.rb", "next if user.clever_id.present?"),
        ("guard.py", "if not person.clever_id: pass"),
        ("Guard.kt", "val known = teacher.cleverId ?: return"),
        ("guard.ts", "if (!member?.cleverId) { stop(); }"),
        ("guard.php", "<?php if (!$member->clever_id) { stop(); }"),
        ("Guard.cs", "if (member.CleverId != null) { Stop(); }"),
        ("guard.go", 'if member.CleverID == "" { stop() }'),
        ("guard.ex", "where: is_nil(p.clever_id)"),
        ("Guard.swift", "guard let id = member.cleverID else { return }"),
        ("Guard.scala", "val known = member.cleverId.isDefined"),
        ("guard.rs", "if member.clever_id.is_none() { return; }"),
        ("Guard.java", "if (member.getCleverId() == null) { stop(); }"),
    ],
)
def test_a_guard_reads_the_id_in_every_language(tmp_path: Path, name: str, line: str) -> None:
    """Whoever asks whether the id is there relies on what is in the column."""
    assert [place["line"] for place in audit(tmp_path, {name: f"{line}\n"}, RULE)] == [1]


def test_a_page_and_an_export_read_the_id(tmp_path: Path) -> None:
    """What is shown or exported holds the other version's id after the move."""
    page = "<% if @user.clever_id.present? %>\n  <dd><%= @user.clever_id %></dd>\n<% end %>\n"
    check_found(tmp_path, RULE, "show.html.erb", page, (1, "clever_id"), (2, "clever_id"))


def test_a_column_of_another_name_is_read_too(tmp_path: Path) -> None:
    """Where the project keeps the id under a neutral name, its reads count as those of `clever_id` do."""
    keep = 'def keep(clever):\n    Tutor.objects.create(district_key=clever.me()["data"]["id"])\n'
    files = {"clever_keep.py": keep, "report.py": "def report(out, tutor):\n    out.write(tutor.district_key)\n"}
    found = audit(tmp_path, files, RULE)
    assert [place["line"] for place in found if str(place["path"]).endswith("report.py")] == [2]


def test_a_plain_record_has_no_column(tmp_path: Path) -> None:
    """A field of a record that is only passed round is not the column behind it."""
    record = "@dataclass\nclass Row:\n    district_key: str\n"
    keep = 'def keep(clever):\n    Tutor.objects.create(district_key=clever.me()["data"]["id"])\n'
    found = audit(tmp_path, {"record.py": record, "clever_keep.py": keep}, RULE)
    assert [(Path(place["path"]).name, place["line"]) for place in found] == [("clever_keep.py", 2)]


@pytest.mark.parametrize("name", ["clever.ts", "clever.js", "clever.tsx"])
def test_a_lambda_keeps_nothing(tmp_path: Path, name: str) -> None:
    """What a lambda gives back is kept by whoever calls it, not under the name of its parameter."""
    source = (
        'const gone = async () => {\n  const page = await http.get("https://api.clever.com/v2.1/teachers");\n'
        "  return page.data.map((row) => row.data.id);\n};\n"
    )
    assert audit(tmp_path, {name: source}, RULE) == []
