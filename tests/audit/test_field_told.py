"""Fields that are told by their names, where they stand and what they stand beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit

CLIENT = 'import requests\n\nBASE = "https://api.clever.com/v2.1"\n'


def places(found: list[dict[str, object]], path: str) -> list[int]:
    return sorted({int(str(each["line"])) for each in found if Path(str(each["path"])).name == path})


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("roster.py", 'row = {"sis_id": learner.number, "dob": learner.born}\nsend(row)  # not what Clever sends\n'),
        ("canvas.py", 'def pull(rows):\n    return [r["sis_user_id"] for r in rows], rows[0]["sis_id"]\n'),
        (
            "models.py",
            "class Learner(models.Model):\n    sis_id = models.CharField()\n    grade = models.CharField()\n",
        ),
        ("schema.rb", 'create_table "learners" do |t|\n  t.string "sis_id"\n  t.string "grade"\nend\n'),
        ("learners.sql", "create table learners (sis_id varchar(40), dob date, clever_id varchar(24));\n"),
        ("report.sql", "select sis_id, dob from learners where clever_id is not null;\n"),
        ("clever_v3.ts", "const Student = z.object({ roles: z.object({ sis_id: z.string(), dob: z.string() }) });\n"),
        ("section.go", 'package clever\n\ntype Section struct {\n\tSIS string `json:"sis_id"`\n}\n'),
    ],
)
def test_a_telling_name_is_not_always_clevers(tmp_path: Path, name: str, source: str) -> None:
    """What the application writes, keeps or gets elsewhere, what a section has, and what v3 holds is no place."""
    assert places(audit(tmp_path, {"clever_client.py": CLIENT, name: source}, "field_move"), name) == []


@pytest.mark.parametrize(
    ("name", "source", "lines"),
    [
        ("pupil.go", 'type Pupil struct {\n\tNo string `json:"sis_id"`\n\tYear string `json:"grade"`\n}\n', [2, 3]),
        ("person.ts", "export interface Row {\n  sis_id?: string;\n  dob?: string;\n  grade?: string;\n}\n", [2, 3, 4]),
        ("tap_of_clever.py", 'P = Properties(\n    Property("dob", S),\n    Property("title", S),\n)\n', [2, 3]),
        ("clever.R", 'keep <- students[, c("data.sis_id", "data.grade")]\n', [1]),
        ("clever.js", "pupils.map(({ sis_id: local, grade: year }) => ({ local, year }));\n", [1]),
        ("clever.clj", '(doseq [{:keys [id title sis_id]} (fetch "/teachers")] (save id title sis_id))\n', [1]),
        ("clever.sql", "select r.teacher_number, r.title, r.email from raw.clever_teachers r;\n", [1]),
        ("test_clever.py", 'stub(json={"data": {"id": "5f", "teacher_number": "7"}})\n', [1]),
        ("clever.py", 'def card(row):\n    return row["teacher_number"], \\\n        row["title"]\n', [2, 3]),
        ("clever_kin.py", 'def kin(c):\n    return c["relationship"], c["students"]\n', [2]),
    ],
)  # fmt: skip
def test_a_telling_name_takes_its_group_along(tmp_path: Path, name: str, source: str, lines: list[int]) -> None:
    """One telling name says whose record it is; names that many have are places where they stand beside it."""
    found = places(audit(tmp_path, {"clever_client.py": CLIENT, name: source}, "field_move"), name)
    assert found == lines


def test_a_column_of_the_applications_own_is_no_answer(tmp_path: Path) -> None:
    """Where the application keeps a field under the same name, reading it needs to be known to read an answer."""
    table = "add_column :learners, :student_number, :string\nadd_index :learners, :clever_id\n"
    report = "Clever = 1\ndef rows(learners)\n  learners.map { |row| row.student_number }\nend\n"
    found = audit(tmp_path, {"clever_client.py": CLIENT, "table.rb": table, "report.rb": report}, "field_move")
    assert places(found, "report.rb") == []


def test_a_renamed_property_is_followed(tmp_path: Path) -> None:
    """A property that a declaration names on the wire is a read of that field wherever an answer is read."""
    records = 'package clever\n\ntype Teacher struct {\n\tNumber string `json:"teacher_number"`\n}\n'
    client = (
        "package clever\n\nfunc Teachers() []Teacher {\n\tvar page struct{ Data []Teacher }\n"
        '\tget("https://api.clever.com/v2.1/teachers", &page)\n\treturn page.Data\n}\n'
        "\nfunc Save() {\n\tfor _, t := range Teachers() {\n\t\tkeep(t.Number)\n\t}\n}\n"
    )
    found = audit(tmp_path, {"records.go": records, "client.go": client}, "field_move")
    assert 11 in places(found, "client.go")


@pytest.mark.parametrize(
    ("name", "source", "lines"),
    [
        ("spec/fixtures/clever_user.json", '{"data": {"roles": {"teacher": {"teacher_number": "7"}}}}\n', []),
        ("config/clever_api.json", '{\n  "example": {"teacher_number": "7"}\n}\n', []),
        ("spec/fixtures/clever_tutor.json", '{\n"data": {\n"teacher_number": "7",\n"title": "Head"}}\n', [3, 4]),
        ("spec/cassettes/clever_login.yml", "body:\n  string: '{\"data\":{\"teacher_number\":\"7\"}}'\n", [2]),
    ],
)  # fmt: skip
def test_a_recorded_answer_is_a_place(tmp_path: Path, name: str, source: str, lines: list[int]) -> None:
    """A test that replays v2's answer stays green when v3 sends another; v3's own answer is none."""
    found = audit(tmp_path, {"clever_client.py": CLIENT, name: source}, "field_move")
    assert places(found, Path(name).name) == lines
