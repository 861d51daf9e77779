"""The rules that see what has no URL in it: libraries, event types, roles, ids and fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbook.audit.audit import run_audit
from tests.audit.specimens import check_found, check_noop

API = 'API = "https://api.clever.com"\n'


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        ("client_library", "package.json", '{"dependencies": {"clever-tools": "4", "@clevercloud/client": "12"}}\n'),
        ("client_library", "requirements.txt", "cleverhans==4.0\nclevercsv==0.8\ncleverbot==2.0\n"),
        ("client_library", "go.mod", "require github.com/Clever/kayvee-go/v7 v7.7.0\n"),
        ("client_library", "a.js", "import { login } from './clever';\nimport x from '@/lib/clever';\n"),
        ("client_library", "a.rb", 'class School\n  def get_teachers\n    teachers\n  end\nend\n# "Clever"\n'),
        ("events_record_type", "a.rb", 'bus.on("students.created") { |s| s.save }\n'),
        ("events_record_type", "a.py", f'{API}if event["type"] == "sections.updated": pass\n'),
        ("events_record_type", "a.py", f'{API}if event["type"] == "users.created": pass\n'),
        ("identity_me_type", "a.rb", 'case user.type\nwhen "student" then 1\nelse 2\nend\n'),
        ("identity_me_type", "a.py", f'{API}if event["type"] == "users.created": pass\nlink["type"]\n'),
        (
            "identity_me_type",
            "a.js",
            "const clever = 1; const me = await fetch('https://graph.example/me'); user.roles.teacher\n",
        ),
        (
            "id_usage",
            "a.rb",
            "add_column :schools, :clever_school_id, :string\nclever_client_id = ENV['CLEVER_CLIENT_ID']\n",
        ),
        ("id_usage", "a.py", "google_id = models.CharField()\nuser.external_id = row['id']\n"),
        ("field_move", "a.rb", "student.update(grade: 3)\nclever = true\nputs student.grade\n"),
        ("field_move", "a.py", f'{API}for section in sections:\n    save(section["sis_id"], section["grade"])\n'),
        ("field_move", "a.py", f'{API}teacher = user["roles"]["teacher"]\nsave(teacher["sis_id"])\n'),
        ("field_move", "a.js", "const { student } = user.roles; save(student.sis_id); // Clever API\n"),
    ],
)
def test_nothing_to_change(tmp_path: Path, rule: str, name: str, source: str) -> None:
    """What is not Clever's, what does not change, and what is on v3 already stays silent."""
    check_noop(tmp_path, rule, name, source)


@pytest.mark.parametrize(
    ("rule", "name", "source", "line", "legacy"),
    [
        (
            "client_library",
            "Gemfile",
            'gem "omniauth-clever", github: "a-example/omniauth-clever"\n',
            1,
            "omniauth-clever",
        ),
        (
            "client_library",
            "package.json",
            '{\n "dependencies": {\n  "clever": "^0.12.1"\n }\n}\n',
            3,
            "clever ^0.12.1",
        ),
        ("client_library", "a.py", "import clever\n", 1, "clever"),
        ("client_library", "a.rb", "api = Clever::DataApi.new\n", 1, "DataApi"),
        ("client_library", "a.rb", "clever_api.get_sections_for_teacher(id)\n", 1, "get_sections_for_teacher()"),
        (
            "events_record_type",
            "a.go",
            'var clever = "https://api.clever.com"\nvar t = "schooladmins.updated"\n',
            2,
            "schooladmins",
        ),
        ("events_record_type", "a.py", f'{API}p = {{"record_type": "students"}}\n', 2, "record_type=students"),
        (
            "events_record_type",
            "a.rb",
            "module Clever\n  EVENT_TYPES = %w(students teachers sections)\nend\n",
            2,
            "event_types",
        ),
        ("identity_me_type", "a.py", f'{API}me = get(API + "/me")\nrole = me["type"]\n', 3, "me.type"),
        ("identity_me_type", "a.py", '# Clever API\nrole = list(user["roles"].keys())[0]\n', 2, "first key of roles"),
        ("identity_me_type", "a.rb", 'role = clever_me["links"][1]["uri"].split("/")[2]\n', 1, "role from the path"),
        ("id_usage", "a.rb", "add_index :users, :clever_id, unique: true\n", 1, "clever_id"),
        ("id_usage", "a.py", 'User.objects.get(provider="clever", uid=uid)\n', 1, "provider clever"),
        ("id_usage", "a.sql", "CREATE TABLE u (clever_id text);\n", 1, "clever_id"),
        ("id_usage", "a.java", "class A { void f() { users.findByCleverId(id); } }\n", 1, "findByCleverId"),
        ("field_move", "a.rb", 'n = clever_student["credentials"]["district_username"]\n', 1, "clever_student"),
        (
            "field_move",
            "a.py",
            f'{API}for contact in rows:\n    save(contact["relationship"])\n',
            3,
            "contact.relationship",
        ),
    ],
)
def test_a_place_is_found(tmp_path: Path, rule: str, name: str, source: str, line: int, legacy: str) -> None:
    """Each form is found at its line and told in words that name it."""
    check_found(tmp_path, rule, name, source, (line, legacy))


@pytest.mark.parametrize(
    ("default", "grants"), [("else redirect_to teacher_path", True), ('else raise "unknown role"', False)]
)
def test_a_switch_whose_default_grants_rights_says_so(tmp_path: Path, default: str, grants: bool) -> None:
    """Under v3 everybody falls into the default, students too."""
    source = (
        f'# Clever SSO\ncase auth.info.user_type\nwhen "student" then a\nwhen "school_admin" then b\n{default}\nend\n'
    )
    expected = "switch over auth.info.user_type" + (" whose default grants rights" if grants else "")
    check_found(tmp_path, "identity_me_type", "a.rb", source, (2, expected))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            '{"name": "clever-portal", "dependencies": {"clever": "0.11.0", "passport-clever": "^1.3.1"}}\n',
            [(1, "clever 0.11.0"), (1, "passport-clever ^1.3.1")],
        ),
        (
            '{\n  "name": "clever-portal", "dependencies": {"express": "4.0.0", "passport-clever": "1.3.1"}\n}\n',
            [(2, "passport-clever 1.3.1")],
        ),
    ],
)
def test_every_entry_of_a_line_of_json_is_judged(tmp_path: Path, source: str, expected: list[tuple[int, str]]) -> None:
    """A manifest may stand on one line, and its own name hides none of its libraries."""
    (tmp_path / "package.json").write_text(source, encoding="utf-8")
    found = run_audit([tmp_path]).findings
    assert list(zip(found["line"], found["legacy"], strict=True)) == expected
