"""Records that loops, lambdas and patterns take out of Clever's answers: whose they are is known by who asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit

JS = "const get = (path) => fetch('https://api.clever.com/v2.1' + path).then((r) => r.json());\n"
PY = 'import requests\n\nBASE = "https://api.clever.com/v2.1"\nrows = requests.get(BASE + "/{0}").json()["data"]\n'
TAKEN = [
    ("loop.js", JS + "for (const {{ data: moss }} of (await get('/{0}')).data) {{\n  save(moss.{1});\n}}\n", [3]),
    ("awaited.js", JS + "for await (const moss of get('/{0}')) {{\n  save(moss.{1});\n}}\n", [3]),
    ("lambda.js", JS + "const all = await get('/{0}');\nall.data.map(({{ data: moss }}) =>\n  save(moss.{1}));\n", [4]),
    ("function.js", JS + "get('/{0}').data.forEach(function (moss) {{\n  save(moss.data.{1});\n}});\n", [3]),
    ("then.js", JS + "get('/{0}').then((all) => all.map((each) =>\n  save(each.{1})));\n", [3]),
    ("option.js", "ask({{ uri: 'https://api.clever.com/v2.1/{0}' }}).then((moss) =>\n  save(moss.data.{1}));\n", [2]),
    ("parts.js", JS + "const moss = await get('/{0}');\nconst {{ id, data: {{ {1} }} }} = moss;\n", [3]),
    ("handed.js", JS + "const row = ({{ id, {1} }}) => save(id);\nget('/{0}').data.map(row);\n", [2]),
    ("named.py", 'def level(moss):\n    return moss["{1}"]\n\n\n' + PY + "found = list(map(level, rows))\n", [2]),
    ("by_lambda.py", PY + 'found = list(map(lambda moss: moss["{1}"], rows))\n', [5]),
    ("api.php", "<?php\n$all = $http->get('https://api.clever.com/v2.1/{0}')['data'];\n"
     "array_map(fn ($moss) => $moss['{1}'], $all);\nforeach ($all as $moss) {{\n['{1}' => $y] = $moss;\n}}\n", [3, 5]),
    ("Sync.cs", 'class A {{\n void B() {{\n  foreach (var moss in c.Get("https://api.clever.com/v2.1/{0}"))\n  {{\n'
     '   Save(moss["data"]["{1}"]);\n  }}\n }}\n}}\n', [5]),
    ("sync.go", 'func one() string {{\n\tvar moss Moss\n\tget("https://api.clever.com/v2.1/{0}", &moss)\n'
     "\treturn moss.Data.{1}\n}}\n", [4]),
    ("sync.rs", 'fn run(c: &Http) {{\n    let all = c.get("https://api.clever.com/v2.1/{0}").send();\n'
     '    all.iter().for_each(|moss| put(&moss.{1}));\n}}\n', [3]),
]  # fmt: skip


def lines_of(found: list[dict[str, object]]) -> list[int]:
    return sorted({int(str(each["line"])) for each in found})


@pytest.mark.parametrize("name", [name for name, _, _ in TAKEN])
@pytest.mark.parametrize(("asked", "field"), [("sections", "grade"), ("schools", "sis_id")])
def test_what_is_taken_out_of_a_section_or_a_school_has_not_moved(
    tmp_path: Path, name: str, asked: str, field: str
) -> None:
    """A section's grade and a school's number are read where they were, however they are reached."""
    source = next(source for each, source, _ in TAKEN if each == name)
    assert lines_of(audit(tmp_path, {name: source.format(asked, field)}, "field_move")) == []


@pytest.mark.parametrize(("name", "source", "lines"), TAKEN)
def test_what_is_taken_out_of_a_person_has_moved(tmp_path: Path, name: str, source: str, lines: list[int]) -> None:
    """A grade that many have is a student's where the answer that it is taken out of is of students."""
    assert lines_of(audit(tmp_path, {name: source.format("students", "grade")}, "field_move")) == lines


@pytest.mark.parametrize(("last", "lines"), [("students", [9]), ("sections", [])])
def test_a_path_may_be_handed_over_segment_by_segment(tmp_path: Path, last: str, lines: list[int]) -> None:
    """The last segment says what is answered: a section's students, or a teacher's sections."""
    source = (
        'BASE = "https://api.clever.com/v2.1"\n\n\ndef url(*parts):\n    return "/".join((BASE, *parts))\n\n\n'
        "def of(ref):\n"
        f'    return [moss["grade"] for moss in get(url("teachers", ref, "{last}"))]\n'
    )
    assert lines_of(audit(tmp_path, {"sync.py": source}, "field_move")) == lines
