"""Paths that are put together far from where their parts stand: tables, lists, builders, configuration, versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit, check_found, check_noop

BASE = 'BASE = "https://api.clever.com/v2.1"\n'


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", 'TABLES = {"pupil": "students", "tutor": "teachers"}\nclever = True\n'),
        ("a.rb", "create_table :students\nadd_index :teachers, :clever_id\n"),
        ("a.py", f'{BASE}labels = {{"label": "students", "title": "teachers"}}\n'),
        ("a.py", f'{BASE}if kind in ["students", "teachers"]:\n    pass\n'),
        ("a.py", f'{BASE}names = record["teachers"], record["schools"]\n'),
        ("a.yml", "routes:\n  students: /students\n  teachers: /teachers\nclever:\n  on: true\n"),
        ("a.py", 'other = {"origin": "https://ilc.example", "version": "v2.0"}\nclever_id = 1\n'),
        (
            "a.ts",
            f'{BASE}export type Version = "v2.1" | "v3.1";\n'.replace("BASE =", "const BASE =").replace(
                'v2.1"\n', 'v3.1"\n', 1
            ),
        ),
        ("a.py", f'{BASE.replace("v2.1", "v3.1")}url = BASE + "/users?role=teacher"\n'),
        ("a.swift", 'API.shared.get("/v2.1/students")\n'),
    ],
)
def test_nothing_to_change(tmp_path: Path, name: str, source: str) -> None:
    """An application's own tables, labels, keys, routes and versions are no paths of Clever's."""
    found = audit(tmp_path, {name: source}, "endpoint")
    told = [(place["line"], place["legacy"]) for place in found if place["state"] != "already_v3"]
    assert [place for place in told if not place[1].startswith("https://")] == []


def test_an_applications_own_path_is_silent_in_a_project_of_clevers(tmp_path: Path) -> None:
    """The project asks Clever elsewhere; `/v2.1/students` of its own API in another directory is not Clever's."""
    own = {"ios/list.swift": 'API.shared.get("/v2.1/students")\n', "api/clever.py": f'{BASE}get(BASE + "/teachers")\n'}
    assert {place["path"].rpartition("/")[2] for place in audit(tmp_path, own, "endpoint")} == {"clever.py"}


@pytest.mark.parametrize(
    ("name", "table", "joined"),
    [
        (
            "clever.py",
            'LISTS = {\n    "pupil": "/students",\n    "tutor": "/teachers/{pk}",\n}\n',
            "BASE + LISTS[kind]",
        ),
        ("clever.js", 'const lists = {\n  pupil: "/students",\n  tutor: "/teachers",\n};\n', "`${BASE}${lists[kind]}`"),
        ("clever.rb", 'LISTS = {\n  pupil: "/students",\n  tutor: "/teachers"\n}\n', '"#{BASE}#{LISTS.fetch(kind)}"'),
    ],
)
def test_a_table_of_paths_that_is_put_behind_the_address_is_the_place(
    tmp_path: Path, name: str, table: str, joined: str
) -> None:
    """Each entry of a table in which a variable chooses the path is a request; one that nobody joins is not."""
    base = f"const {BASE}" if name.endswith(".js") else BASE
    for directory, source in (
        ("used", f"{base}{table}url = {joined}\n"),
        ("own", f"{base}{table}visit(LISTS[kind])\n"),
    ):
        (tmp_path / directory).mkdir()
        found = audit(tmp_path / directory, {name: source}, "endpoint")
        told = [place["line"] for place in found if place["legacy"].startswith("GET ")]
        assert told == ([3, 4] if directory == "used" else []), found


def test_an_option_of_the_same_name_is_not_what_a_records_attribute_says(tmp_path: Path) -> None:
    """`me.type` is not the provider's `type: "oauth"` of the same file."""
    source = (
        'const clever = { id: "clever", type: "oauth" };\nasync function load(me) {\n'
        "  return fetch(`https://api.clever.com/v2.1/${me.type}s/${me.data.id}`);\n}\n"
    )
    assert [place["line"] for place in audit(tmp_path, {"a.js": source}, "endpoint")] == [3]


def test_a_client_is_clevers_by_the_address_that_it_is_made_with(tmp_path: Path) -> None:
    """A client whose base is configured under Clever's name asks Clever; one of another base does not."""
    for service, expected in (("clever", [3]), ("pay", [])):
        source = (
            f"<?php // asks Clever\n$api = Http::withToken($key)->baseUrl(config('services.{service}.api'));\n"
            "$rows = $api->get('/teachers')->json('data');\n"
        )
        tree = tmp_path / service
        tree.mkdir()
        others = {"config/services.php": "<?php return ['clever' => ['api' => 'https://api.clever.com/v2.1']];\n"}
        found = audit(tree, {"Pull.php": source, **others}, "endpoint")
        assert [place["line"] for place in found if place["path"].endswith("Pull.php")] == expected


@pytest.mark.parametrize(
    ("name", "source", "lines"),
    [
        (
            "a.rb",
            f'{BASE}PATHS = {{\n  pupils: "students",\n  heads: "school_admins"\n}}\nget("#{{BASE}}/#{{PATHS[x]}}")\n',
            [3, 4],
        ),
        ("a.py", f'{BASE}class Kind(Enum):\n    PUPIL = "students"\n    TUTOR = "teachers"\n', [3, 4]),
        (
            "a.kt",
            'const val BASE = "https://api.clever.com/v2.1"\n'
            'enum class K(val s: String) {\n  TUTOR("teachers"),\n  PUPIL("students")\n}\n',
            [3, 4],
        ),
        (
            "a.java",
            'class A { String base = "https://api.clever.com/v2.1";\nString[] all = {"students", "teachers"};\n}\n',
            [2, 2],
        ),
        ("a.rb", f'{BASE}%i[students teachers].each {{ |kind| get("#{{BASE}}/#{{kind}}") }}\n', [2, 2]),
        ("a.sh", 'API=https://api.clever.com/v2.1\nfor what in students teachers; do\n  get "$what"\ndone\n', [2, 2]),
    ],
)
def test_a_table_of_collections_is_the_place(tmp_path: Path, name: str, source: str, lines: list[int]) -> None:
    """A map, an enumeration, an array and a loop name what the path is put together of."""
    found = audit(tmp_path, {name: source}, "endpoint")
    told = [place["line"] for place in found if place["legacy"].startswith("GET ")]
    assert [line for line in told if line in lines][: len(lines)] == lines


@pytest.mark.parametrize(
    ("name", "source", "line"),
    [
        (
            "a.go",
            'package clever\nconst host = "https://api.clever.com/v2.1"\n'
            'func URL(p string) string { return host + "/" + p }\n'
            'func f() { get(URL("teachers")) }\n',
            4,
        ),
        (
            "a.clj",
            '(def host "https://api.clever.com/v2.1")\n'
            '(defn url [path] (str host path))\n(defn f [] (http/get (url "/teachers")))\n',
            3,
        ),
        ("a.js", 'const url = (path) => `https://api.clever.com/v2.1${path}`;\nfetch(url("/teachers"));\n', 2),
    ],
)
def test_what_is_handed_to_a_builder_is_a_request(tmp_path: Path, name: str, source: str, line: int) -> None:
    """A function that puts its parameter behind Clever's address asks for it."""
    found = audit(tmp_path, {name: source}, "endpoint")
    assert (line, "GET /v2.1/teachers") in [(place["line"], place["legacy"]) for place in found]


def test_a_collection_is_handed_to_a_function_of_another_file(tmp_path: Path) -> None:
    """The file that asks does not name Clever; the function that it calls does."""
    files = {
        "transport.rb": f'{BASE}def collection(name)\n  get("#{{BASE}}/#{{name}}")\nend\n',
        "sync.rb": "@transport.collection(:teachers).map { |row| row['sis_id'] }\n",
    }
    found = audit(tmp_path, files, "endpoint")
    assert [place["line"] for place in found if place["path"].endswith("sync.rb")] == [1]


@pytest.mark.parametrize(
    ("name", "source", "line", "legacy"),
    [
        (
            "a.yml",
            "clever:\n  base: https://api.clever.com/v2.1\n  paths:\n    tutor: /teachers\n",
            4,
            "GET /v2.1/teachers",
        ),
        (
            "a.toml",
            '[clever]\nversion = "v2.0"\n[clever.paths]\nhead = "/school_admins/{id}"\n',
            4,
            "GET /school_admins/{id}",
        ),
        ("a.rb", "# Clever\nsetting :clever_api, default: 'v2.0'\n", 2, "clever_api v2.0"),
        ("a.py", f'{BASE}def __init__(self, version="v2.1"): pass\n', 2, "version v2.1"),
        (
            "A.java",
            'class A { @Value("${clever.api.version:v2.1}")\nString clever; String cleverId; String cleverUrl; }\n',
            1,
            "version v2.1",
        ),
        ("a.js", "const me = await http.get('/clever/v2.1/me');\n", 1, "GET /v2.1/me"),
    ],
)
def test_configuration_and_defaults_say_what_is_asked(
    tmp_path: Path, name: str, source: str, line: int, legacy: str
) -> None:
    """Under a key that names Clever, as a default, as a version that stands alone, behind a proxy's prefix."""
    found = audit(tmp_path, {name: source}, "endpoint")
    assert (line, legacy) in [(place["line"], place["legacy"]) for place in found]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.yml", "ui:\n  fields:\n    sis_id: local_id\n    dob: birth\nclever:\n  on: true\n"),
        ("a.json", '{"clever": {"fields": {"sis_id": "roles.student.sis_id", "dob": "roles.student.dob"}}}\n'),
        ("a.json", '{"clever": {"fields": {"sis_id": "string", "dob": "date"}}}\n'),
    ],
)
def test_a_map_of_fields_that_is_not_clevers_or_on_v3_is_silent(tmp_path: Path, name: str, source: str) -> None:
    """Another part of the document, paths below roles, and a table of types."""
    check_noop(tmp_path, "field_move", name, source)


def test_a_map_of_fields_in_a_document_is_the_place(tmp_path: Path) -> None:
    """The code that follows the map names no field."""
    source = "clever:\n  fields:\n    local_id: data.sis_id\n    born: data.dob\n    name: data.name.last\n"
    check_found(tmp_path, "field_move", "map.yml", source, (3, "sis_id"), (4, "dob"))
