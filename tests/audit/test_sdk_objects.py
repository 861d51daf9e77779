"""The objects of an SDK: which names of a file hold one, and that their methods are the SDK's."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbook.audit.reading.reader import read_source
from playbook.audit.rules.sdk_objects import find_sdk_names, go_root
from tests.audit.specimens import audit, check_found, check_noop

GENERATED = """package orbit;
import io.swagger.client.api.DataApi;
class Teachers {
    private final DataApi roster;
    Teachers() { roster = new DataApi(null); }
    String teacher(String id) { return roster.getTeacher(id).getData().getEmail(); }
}
"""
GRADLE = "dependencies {\n    implementation 'com.github.Clever:clever-java:v2.0'\n}\n"


def _names(name: str, source: str) -> set[str]:
    reading = read_source(name, source)
    assert reading is not None
    return set(find_sdk_names(reading))


def test_a_method_of_an_own_object_is_not_the_sdks(tmp_path: Path) -> None:
    """An own class with a method of the same name stays silent in a file that also has an SDK's object."""
    own = 'import Clever from "clever-js";\nimport { db } from "./db.js";\nexport const all = () => db.getTeachers();\n'
    found = audit(
        tmp_path, {"a.mjs": own, "db.mjs": "export class Db { getTeachers() { return this.clever_rows; } }\n"}
    )
    assert [place["line"] for place in found if place["kind"] == "client_library"] == [1]


def test_a_generated_client_of_somebody_else_is_silent(tmp_path: Path) -> None:
    """A client that swagger generated is Clever's only in a project that says so."""
    check_noop(tmp_path, "client_library", "Teachers.java", GENERATED)


def test_a_mart_that_reads_a_source_imports_nothing(tmp_path: Path) -> None:
    """dbt's `from {{ source(...) }}` is no import, whatever the source is called."""
    check_noop(tmp_path, "client_library", "m.py", "q = '''\nselect 1\nfrom {{ source(\"clever\", \"rows\") }}\n'''\n")


def test_a_packages_own_setup_is_no_dependency(tmp_path: Path) -> None:
    """What a `setup.py` installs itself is no dependency; what it requires is one."""
    own = "setup(\n    py_modules=['tap_clever'],\n    install_requires=['clever-python'],\n)\n"
    check_found(tmp_path, "client_library", "setup.py", own, (3, "clever-python"))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("Cargo.toml", '[package]\nname = "clever-rs"\n'),
        ("project.clj", '(defproject clj-clever "0.1.0"\n  :description "Clever in brackets")\n'),
        ("package.json", '{\n  "main": "src/clever.coffee",\n  "bin": {\n    "clever-pull": "bin/pull.js"\n  }\n}\n'),
        ("pom.xml", "<project>\n  <artifactId>clever-roster</artifactId>\n</project>\n"),
        ("build.sbt", 'name := "play-clever"\n'),
    ],
)
def test_what_a_project_is_called_is_no_dependency(tmp_path: Path, name: str, source: str) -> None:
    """A manifest's own name, and the files that it says it is made of, are nobody's library."""
    check_noop(tmp_path, "client_library", name, source)


def test_a_dependency_beside_the_projects_own_name_is_one(tmp_path: Path) -> None:
    """A project that is named after Clever may still use somebody's library for it."""
    source = '(defproject clj-clever "0.1.0"\n  :dependencies [[clever-clj "2.1"]])\n'
    check_found(tmp_path, "client_library", "project.clj", source, (2, "clever-clj"))


def test_a_module_of_the_projects_own_files_is_no_sdk(tmp_path: Path) -> None:
    """Perl's `Clever::Slim` is the project's where its own library has such a file."""
    own = "package Clever::Slim;\nmy $base = 'https://api.clever.com/v2.1';\n1;\n"
    check_noop(tmp_path, "client_library", "pull.pl", "use Clever::Slim;\n", **{"lib/Clever/Slim.pm": own})


def test_an_attribute_of_a_record_is_no_operation(tmp_path: Path) -> None:
    """An operation for one school is handed its id; a getter of a person is handed nothing."""
    source = (
        "import com.clever.client.api.DataApi;\nclass Pull {\n  void run(DataApi api, Row row) {\n"
        "    keep(row.getSchool());\n    keep(api.getSchool(row.id));\n  }\n}\n"
    )
    found = audit(tmp_path, {"Pull.java": source}, "client_library")
    assert [place["line"] for place in found] == [1, 5]


def test_a_manifest_says_whose_generated_client_it_is(tmp_path: Path) -> None:
    """A project that depends on an SDK is Clever's, though no line of its code names Clever."""
    found = audit(tmp_path, {"Teachers.java": GENERATED, "build.gradle": GRADLE}, "client_library")
    assert [place["line"] for place in found if place["path"].endswith(".java")] == [2, 5, 6]


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("a.py", "def make() -> DataApi:\n    return 1\napi = make()\n", {"make", "api"}),
        ("a.cs", "private readonly DataApi _api;\n", {"api"}),
        ("a.mjs", 'import C from "clever-js";\nconst d = (t) => C({ token: t });\nconst e = d(1);\n', {"d", "e"}),
        ("a.go", 'import cg "github.com/Clever/clever-go"\nvar c = cg.New(nil)\n', {"c"}),
        ("a.py", "api = OtherApi()\nclient = make()\n", set()),
    ],
)
def test_a_name_holds_what_it_is_declared_with_or_made_by(name: str, source: str, expected: set[str]) -> None:
    """A declaration, a constructor and a function that gives an object all tell what a name holds."""
    assert _names(name, source) == expected


def test_gos_library_goes_by_its_alias() -> None:
    """The name of an import in Go is its alias, else the package's own; blank where it is not imported."""
    assert go_root('import cg "github.com/Clever/clever-go"\n') == "cg"
    assert go_root('import (\n\t"github.com/Clever/clever-go"\n)\n') == "clever"
    assert go_root('import "github.com/other/thing"\n') == ""
