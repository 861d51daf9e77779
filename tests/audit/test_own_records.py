"""Records of Clever's told from the application's own, and from those of sections and schools."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit

CLIENT = 'import requests\n\nBASE = "https://api.clever.com/v2.1"\n'


def lines_of(tree: Path, name: str, source: str) -> list[int]:
    found = audit(tree, {"clever_client.py": CLIENT, name: source}, "field_move")
    return sorted({place["line"] for place in found if Path(place["path"]).name == Path(name).name})


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("clever/Pupil.swift", "struct Pupil: Decodable {\n  let id: Int\n  let sis_id: String\n}\n"),
        ("clever/User.cs", "public class User {\n  public string CleverId;\n  public string sis_id { get; set; }\n}\n"),
        ("clever/db.cs", "class Row {\n  public string sis_id { get; set; }\n}\nclass D { DbSet<Row> Rows; }\n"),
        ("stg_clever.sql", "select payload ->> 'grade' from {{ source('raw', 'clever_sections') }}\n"),
        ("clever.py", 'def keep(frame):\n    return schools[["id", "sis_id", "nces_id"]]\n'),
        ("clever_login.rb", "auth = request.env['omniauth.auth']\nputs auth.credentials.token\n"),
        ("clever_events.rb", 'def school(s)\n  keep(s["sis_id"], s["location"])\nend\n'),
        ("clever.sql", "select s:sis_id from raw.clever_sections s\n"),
        (
            "test_clever.js",
            "nock(h).get('/v2.1/sections/s1').reply(200, { data: { id: 's1', grade: '4', sis_id: '7' } });\n",
        ),
        ("quiz.py", 'def clever_enough(student):\n    return student["sis_id"], student["grade"]\n'),
    ],
)
def test_what_is_no_person_of_clevers_is_silent(tmp_path: Path, name: str, source: str) -> None:
    """Numbered ids, own tables, sections, schools and OAuth tokens hold no field that moved."""
    assert lines_of(tmp_path, name, source) == []


@pytest.mark.parametrize(
    ("name", "source", "lines"),
    [
        ("clever/R.cs", 'record S(\n  [J("sis_id")] string A,\n  string? Grade,\n  string? Dob);\n', [2, 3, 4]),
        ("clever/D.kt", "data class CleverAdmin(val id: String, val title: String? = null)\n", [1]),
        ("clever.go", 'func f() {\n\tvar u struct {\n\t\tN string `json:"district_username"`\n\t}\n}\n', [3]),
        ("clever/Read.scala", 'val r: Reads[CleverTeacher] = (\n  (__ \\ "id") and\n  (__ \\ "title"))\n', [3]),
        ("clever/M.java", 'interface M {\n  @Mapping(target = "no", source = "sisId")\n  void m();\n}\n', [2]),
        ("clever.py", 'cols = {\n  "id": "key",\n  "sis_id": "sis",\n  "location.zip": "zip",\n}\n', [3, 4]),
        (
            "test_clever.js",
            "nock(h).get('/v2.1/teachers/t1')\n  .reply(200, { data: { id: 't1', title: 'Ms' } });\n",
            [2],
        ),
        ("clever.yml", "run: |\n  curl $U\n  jq -r '.data[].data | [.id, .sis_id]' f\n", [3]),
        (
            "clever_api.yaml",
            "schemas:\n  Pupil:\n    properties:\n      sis_id:\n        type: string\n  Section:\n"
            "    properties:\n      sis_id:\n        type: string\n",
            [4],
        ),
        ("login.py", '# the Clever API\ngrade = account.extra_data.get("sis_id")\n', [2]),
        (
            "clever_contact.ts",
            "interface C {\n  name: string;\n  relationship?: string;\n  students: string[];\n}\n",
            [2, 3, 4],
        ),
    ],
)
def test_a_person_of_clevers_is_found_in_any_shape(tmp_path: Path, name: str, source: str, lines: list[int]) -> None:
    """Positional records, anonymous structs, readers, mappings and tables of columns declare what Clever sends."""
    assert lines_of(tmp_path, name, source) == lines
