"""Paths of Clever's whose pieces stand in tables, documents, build scripts, tests and classes of other files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit, check_found, check_noop

OPEN = "https://api.clever.com/v2.1/${{ matrix.what }}"
CONFIG = 'config.x.clever.base_url = "https://api.clever.com/v2.1"\n'
READER = (
    "class RemoteReader\n  def initialize\n    self.class.base_uri Rails.configuration.x.clever.base_url\n  end\n"
    "  def read(path)\n    self.class.get(path)\n  end\nend\n"
)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("test_pages.py", 'def test_me(client):\n    """Clever."""\n    assert client.get("/students").ok\n'),
        ("tests/PageTest.php", '<?php // the Clever API\n$this->get("/students")->assertOk();\n'),
        ("clever.js", "const VERSION = process.env.APP_VERSION || '2.0';\nask('https://api.clever.com');\n"),
        ("a.php", "<?php return ['clever' => ['host' => $h], 'graph' => ['version' => 'v2.0']];\n"),
        ("web.config", '<a><add key="CleverKey" value="k"/>\n<add key="TileVersion" value="v2.1"/></a>\n'),
        ("readme.txt", "Signs in with Clever. Uses /v2.1/me and /v2.1/students of Clever's API.\n"),
        ("a.php", "<?php class CleverPages { function show() { return view('students'); } }\n"),
        ("a.yml", "clever:\n  on: true\nroles: [students, teachers]\n"),
        ("clever.ts", "const BASE = 'https://api.clever.com/v3.1';\nconst home = { student: '/students' };\n"),
    ],
)
def test_an_applications_own_words_are_silent(tmp_path: Path, name: str, source: str) -> None:
    """Its own pages asked by its tests, its own versions, lists and start pages are no paths of Clever's."""
    check_noop(tmp_path, "endpoint", name, source)


@pytest.mark.parametrize(
    ("name", "source", "lines"),
    [
        ("ci.yml", f"matrix:\n  what: [students, teachers]\nrun: curl {OPEN}\n", [2, 3]),
        ("a.tf", 'variable "clever_version" {\n  type = string\n  default = "v2.1"\n}\n', [3]),
        ("a.js", "const V = process.env.CLEVER_VERSION || '2.0';\n", [1]),
        ("a.py", 'URL = "https://api.clever.com/v2.1/%s"\nT = {"students": "s", "teachers": "t"}\n', [1, 2]),
        (
            "a.ts",
            "const request = f.create({ b: 'https://api.clever.com/v2.1' });\nrequest<{ a: string }>('/me', t);\n",
            [1, 2],
        ),
        (
            "clever.ts",
            "const B = 'https://api.clever.com/v2.1';\nconst PATHS: Record<string, F> = {\n"
            "  student: (id) => `students/${id}`,\n};\n",
            [1, 3],
        ),
        ("tests/a.php", "<?php Http::fake(['api.clever.com/v2.1/sections/*/students*' => 1]);\n", [1]),
        ("clever.rs", 'const B: &str = "https://api.clever.com/v2.1";\nfetch::<Me>(c, "/me").await\n', [1, 2]),
        ("a.py", 'old = Clever(token, version="v2.1")\n', [1]),
        ("app/build.gradle", 'buildConfigField "String", "CLEVER_V", "\\"v2.1\\""\n', [1]),
        ("clever.js", "https.get({ hostname: 'api.clever.com', path: '/v2.1' + path });\nask('/me');\n", [1]),
    ],
)
def test_a_path_is_found_where_it_is_written(tmp_path: Path, name: str, source: str, lines: list[int]) -> None:
    """Each line that writes a collection, a version or an address of v2 is found, whatever puts them together."""
    found = audit(tmp_path, {name: source}, "endpoint")
    assert sorted({place["line"] for place in found if place["state"] == "legacy"}) == lines, found


def test_a_class_asks_through_the_client_that_it_inherits(tmp_path: Path) -> None:
    """The base is in the configuration, the request in a subclass of another file that never names Clever."""
    people = "class People < RemoteReader\n  def me\n    read('/me')\n  end\nend\n"
    others = {"config/app.rb": CONFIG, "app/remote.rb": READER, "routes.rb": "get '/me', to: 'me#show'\n"}
    found = audit(tmp_path, {"app/people.rb": people, **others}, "endpoint")
    assert {(Path(place["path"]).name, place["line"]) for place in found} == {("app.rb", 1), ("people.rb", 3)}


def test_an_address_is_not_told_again_where_it_is_only_put_together(tmp_path: Path) -> None:
    """The path and its version stand in a constant, so the line that joins them has nothing to change."""
    source = 'first = "/v1.1/students"\nget("https://api.clever.com" + first)\n'
    check_found(tmp_path, "endpoint", "a.py", source, (1, "GET /v1.1/students"))
