"""Collections that a variable names are requests where a client is asked for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbook.audit.audit import audit_paths

RUBY = (
    "lib/clever/gateway.rb",
    "module Clever\n  class Gateway\n    def everybody(kind)\n"
    '      Faraday.get("https://api.clever.com/v2.1/#{kind}").body\n    end\n  end\nend\n',
)
PYTHON = (
    "app/clever_gateway.py",
    "class CleverGateway:\n    def everybody(self, kind):\n"
    '        return requests.get(f"https://api.clever.com/v2.1/{kind}").json()\n',
)
SCRIPT = (
    "src/clever/gateway.js",
    "class CleverGateway {\n  everybody(kind) {\n    return fetch(`https://api.clever.com/v2.1/${kind}`)\n  }\n}\n"
    "module.exports = CleverGateway\n",
)
PHP = (
    "app/Clever/Gateway.php",
    "<?php\nclass CleverGateway {\n  public function everybody($kind) {\n"
    '    return Http::get("https://api.clever.com/v2.1/{$kind}")->json();\n  }\n}\n',
)


def ask(root: Path, *files: tuple[str, str]) -> set[tuple[str, int]]:
    """Return where the audit of a project finds requests."""
    for name, source in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(source)
    findings = audit_paths([root])
    found = findings[findings["kind"] == "endpoint"]
    return {(Path(path).name, line) for path, line in zip(found["path"], found["line"], strict=True)}


def test_what_the_application_keeps_by_a_collections_name_is_no_request(tmp_path: Path) -> None:
    """A table, a log line or a model that is chosen by the same name says nothing of Clever's address."""
    keeper = (
        "app/clever_import.py",
        "def run(gateway, table):\n    for kind in ['teachers', 'school_admins']:\n        table.truncate(kind)\n",
    )
    assert ("clever_import.py", 3) not in ask(tmp_path, PYTHON, keeper)


def test_a_function_of_the_application_is_not_the_clients_of_the_same_name(tmp_path: Path) -> None:
    """A file that defines the function itself asks its own server."""
    other = (
        "app/oneroster.py",
        'def everybody(path):\n    return fetch("https://sis.example/ims" + path)\n\n\n'
        'def teachers():\n    return everybody("/teachers")\n',
    )
    assert not {name for name, _ in ask(tmp_path, PYTHON, other)} & {"oneroster.py"}


@pytest.mark.parametrize(
    ("client", "name", "source", "line"),
    [
        (RUBY, "import.rb", "def load(gateway)\n  %w[teachers school_admins].each do |kind|\n"
         "    clever_gateway.everybody(kind)\n  end\nend\n", 3),
        (PYTHON, "clever_load.py", "def load(clever_gateway):\n    for kind in ('teachers', 'school_admins'):\n"
         "        clever_gateway.everybody(kind)\n", 3),
        (SCRIPT, "load.js", "const cleverGateway = new CleverGateway()\n"
         "for (const kind of ['teachers', 'school_admins']) {\n  cleverGateway.everybody(kind)\n}\n", 3),
        (PHP, "Load.php", "<?php\nforeach (['teachers', 'school_admins'] as $kind) {\n"
         "  $cleverGateway->everybody($kind);\n}\n", 3),
    ],
)  # fmt: skip
def test_a_loops_variable_that_a_client_is_handed_is_a_request(
    tmp_path: Path, client: tuple[str, str], name: str, source: str, line: int
) -> None:
    """The call is where the role has to be said in v3, in whichever language it is written."""
    assert (name, line) in ask(tmp_path, client, (f"jobs/{name}", source))


@pytest.mark.parametrize(
    ("name", "source", "line"),
    [
        ("clever_api.py", 'PATHS = {"student": "students", "teacher": "teachers"}\nBASE = "https://api.clever.com/v2.1/"\n\n\n'
         'class CleverApi:\n    def get(self, path):\n        return requests.get(BASE + path).json()\n\n'
         '    def person(self, role, key):\n        return self.get(f"{PATHS[role]}/{key}")\n', 10),
        ("clever_api.rb", "PATHS = { 'student' => 'students', 'teacher' => 'teachers' }.freeze\n"
         "class CleverApi\n  def get(path)\n    Faraday.get(\"https://api.clever.com/v2.1/#{path}\").body\n  end\n\n"
         '  def person(role, key)\n    get("#{PATHS.fetch(role)}/#{key}")\n  end\nend\n', 8),
        ("clever_api.js", "const PATHS = { student: 'students', teacher: 'teachers' }\nclass CleverApi {\n"
         "  get(path) {\n    return fetch(`https://api.clever.com/v2.1/${path}`)\n  }\n\n"
         "  person(role, key) {\n    return this.get(`${PATHS[role]}/${key}`)\n  }\n}\n", 8),
    ],
)  # fmt: skip
def test_a_path_that_a_table_of_roles_begins_is_a_request(tmp_path: Path, name: str, source: str, line: int) -> None:
    """Which collection is asked depends on the role, so the line that chooses has to change too."""
    assert (name, line) in ask(tmp_path, (name, source))


def test_a_client_that_is_called_itself_asks(tmp_path: Path) -> None:
    """What `create` gives with Clever's base is a function that takes paths below it."""
    source = "const ask = ofetch.create({ baseURL: 'https://api.clever.com/v2.1' })\nconst me = await ask('/me')\n"
    assert ("session.ts", 2) in ask(tmp_path, ("session.ts", source))


def test_the_version_that_a_client_is_made_with_by_default_is_the_one_that_is_asked(tmp_path: Path) -> None:
    """A default on v3 is no v2 request; who hands over the old version makes one."""
    source = (
        "class CleverSession:\n"
        '    def __init__(self, token, version="v3.1"):\n'
        "        self.version = version\n\n"
        "    def get(self, path):\n"
        '        return requests.get(f"https://api.clever.com/{self.version}/{path}").json()\n\n\n'
        "def sections(token, key):\n"
        '    return CleverSession(token).get(f"users/{key}/sections")\n\n\n'
        "def login(token):\n"
        '    return CleverSession(token, version="v2.1").get("me")\n'
    )
    (tmp_path / "clever_session.py").write_text(source)
    findings = audit_paths([tmp_path])
    found = findings[(findings["kind"] == "endpoint") & (findings["state"] != "already_v3")]
    assert 10 not in set(found["line"])
    assert 14 in set(found["line"])
