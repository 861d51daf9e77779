"""Declarations that Clever's records are read into, and contacts in files that never name Clever."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit

CLIENT = 'import requests\n\nBASE = "https://api.clever.com/v2.1"\n'


def lines_of(found: list[dict[str, object]], name: str) -> list[int]:
    return sorted({int(str(each["line"])) for each in found if Path(str(each["path"])).name == name})


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "app/student_row.ts",
            "export type StudentRow = { remoteId: string; first: string; last: string; grade: string };\n",
        ),
        ("clever/types.ts", "export type Section = { id: string; name: string; grade: string; subject: string };\n"),
        ("clever/admin.py", 'class CleverFilter(Filter):\n    label = "connected"\n    title = "by source"\n'),
        ("app/kin.ts", "export interface Friend {\n  name: string;\n  relationship: string;\n  since: string;\n}\n"),
        (
            "app/models.py",
            "class Kin(Base):\n    name = Column(Text)\n    owner = relationship('Kin')\n    phone = Column(Text)\n",
        ),
    ],
)
def test_what_an_application_declares_for_itself_is_no_record_of_clevers(
    tmp_path: Path, name: str, source: str
) -> None:
    """Neither a class of its own making, nor a section, nor what only shares a word or two with a contact."""
    found = audit(tmp_path, {"clever_client.py": CLIENT, name: source}, "field_move")
    assert lines_of(found, Path(name).name) == []


@pytest.mark.parametrize(
    ("name", "source", "lines"),
    [
        ("types.ts", "export type Teacher = { id: string; email: string; title?: string };\n", [1]),
        ("Student.java", "public class Student {\n    private String id;\n    private String grade;\n}\n", [3]),
        ("models.kt", "data class StudentDto(\n    val id: String,\n    val grade: String?,\n)\n", [3]),
        ("student.rs", "pub struct Student {\n    pub id: String,\n    pub grade: Option<String>,\n}\n", [3]),
        ("Teacher.swift", "struct Teacher: Codable {\n    let id: String\n    let title: String?\n}\n", [3]),
        ("types.go", 'type Student struct {\n\tID string `json:"id"`\n\tYear string `json:"grade"`\n}\n', [3]),
    ],
)  # fmt: skip
def test_a_class_named_after_a_role_is_a_record_where_clever_is_asked(
    tmp_path: Path, name: str, source: str, lines: list[int]
) -> None:
    """No telling field is needed where the fields are those of Clever and the class is that of a role."""
    assert lines_of(audit(tmp_path, {f"clever/{name}": source}, "field_move"), name) == lines


def test_a_contact_needs_nobody_to_name_clever(tmp_path: Path) -> None:
    """How somebody is related to which students stands beside his phone in hardly any other record."""
    source = (
        "export interface Carer {\n  id: string;\n  name: string;\n  phone?: string;\n  type?: string;\n"
        "  relationship?: string;\n  students: string[];\n}\n"
        "\nexport const last = (c: Carer) => c.name.split(' ').pop();\n"
    )
    found = audit(tmp_path, {"clever_client.py": CLIENT, "lib/normalize.ts": source}, "field_move")
    assert lines_of(found, "normalize.ts") == [3, 4, 5, 6, 7, 10]


def test_a_property_of_another_name_is_read_too(tmp_path: Path) -> None:
    """What the declaration calls `grade` on the wire is the grade, whatever the property is called."""
    record = 'public record StudentDto(\n    String id,\n    @JsonProperty("grade") String year\n) {}\n'
    gateway = (
        "class CleverGateway {\n  List<StudentDto> students() {\n"
        '    return get("https://api.clever.com/v2.1/students");\n  }\n}\n'
    )
    loader = (
        "class Loader {\n  void run(CleverGateway gateway) {\n"
        "    gateway.students().forEach(kite -> save(kite.year()));\n  }\n}\n"
    )
    files = {"clever/StudentDto.java": record, "clever/CleverGateway.java": gateway, "jobs/Loader.java": loader}
    assert lines_of(audit(tmp_path, files, "field_move"), "Loader.java") == [3]
