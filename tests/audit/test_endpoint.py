"""Requests to Clever, literal or put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit, check_found, check_noop

RULE = "endpoint"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", 'requests.get("https://canvas.example.edu/api/v1/courses/1/students")\n'),
        ("a.py", 'requests.get("https://api.clever-cloud.com/v2/organisations")\n'),
        ("a.js", "clevertap.get('/students'); fetch('https://api.clevertap.com/1/profiles')\n"),
        ("a.php", "<?php $c = file_get_contents('https://rest.cleverreach.com/v2/groups/1/receivers');\n"),
        ("routes.rb", 'get "/students", to: "students#index"\nget "/auth/clever/callback", to: "sessions#clever"\n'),
        ("app.py", '@app.route("/v2.1/students")\ndef students():\n    return clever_students()\n'),
        ("a.rb", 'redirect_to "https://clever.com/oauth/authorize?response_type=code"\n'),
        ("a.ts", 'const scopes = ["read:students", "read:school_admins"]; // Clever\n'),
        ("a.go", 'var u = "https://api.clever.com/userinfo"\n'),
        ("a.rb", 'BASE = "https://api.clever.com/v3.1"\nget(BASE + "/users?role=teacher")\nget(BASE + "/schools")\n'),
        ("a.kt", 'val grades = "https://grades-api.beta.clever.com/v1/grade"\n'),
    ],
)
def test_nothing_to_change(tmp_path: Path, name: str, source: str) -> None:
    """Other products, own routes, OAuth, scopes, and what is on v3 already stay silent."""
    check_noop(tmp_path, RULE, name, source)


@pytest.mark.parametrize(
    ("name", "source", "line", "legacy"),
    [
        ("a.rb", 'B = "https://api.clever.com/v2.1"\nget(B + "/#{type}s/" + id)\n', 2, "GET /v2.1/{role}s/{id}"),
        ("a.py", 'B = "https://api.clever.com"\nu = "%s/v2.0/teachers/%s" % (B, i)\n', 2, "GET /v2.0/teachers/{id}"),
        ("a.js", "get(API + '/v1.1/' + type + 's/' + id) // Clever API\n", 1, "GET /v1.1/{role}s/{id}"),
        ("A.java", 'class A { @GET("v2.1/contacts") Call<X> clever(); }\n', 1, "GET /v2.1/contacts"),
        (
            "a.rs",
            'fn f() { g(format!("https://api.clever.com/v2.1/schools/{}/teachers", s)); }\n',
            1,
            "GET /v2.1/schools",
        ),
        ("a.sh", 'curl "https://api.clever.com/me"\n', 1, "GET /me"),
        ("a.py", 'g("https://api.clever.com/v3.0/students")\n', 1, "GET /v3.0/students"),
        ("a.yml", "clever:\n  base: https://api.getclever.com/v1.1\n", 2, "https://api.getclever.com/v1.1"),
    ],
)
def test_a_request_is_found(tmp_path: Path, name: str, source: str, line: int, legacy: str) -> None:
    """A request is found where its path is written, in Clever's terms, however it is put together."""
    found = [place for place in audit(tmp_path, {name: source}, RULE) if place["line"] == line]
    assert [place["legacy"][: len(legacy)] for place in found] == [legacy]


def test_base_version_and_path_may_stand_in_three_files(tmp_path: Path) -> None:
    """A base in a configuration and a version in a constant are put together with the path at the call."""
    files = {
        "config.yml": "clever:\n  api_host: https://api.clever.com\n",
        "lib/settings.py": 'CLEVER_VERSION = "v2.1"\nCLEVER_HOST = "https://api.clever.com"\n',
        "lib/roster.py": "from settings import *\nget(f'{CLEVER_HOST}/{CLEVER_VERSION}/teachers/{i}/sections')\n",
    }
    found = {(place["path"].rpartition("/")[2], place["legacy"]) for place in audit(tmp_path, files, RULE)}
    assert ("roster.py", "GET /v2.1/teachers/{id}/sections") in found


def test_a_v2_path_on_a_v3_base_is_mixed(tmp_path: Path) -> None:
    """It answers 404, which code may take for an empty roster."""
    (place,) = (
        place
        for place in audit(tmp_path, {"a.rb": 'B = "https://api.clever.com/v3.0"\nget(B + "/teachers")\n'}, RULE)
        if place["line"] == 2
    )
    assert (place["state"], place["severity"], place["variant"]) == ("mixed", "high", "v2_path_on_v3")


def test_an_unused_v3_constant_does_not_make_a_file_migrated(tmp_path: Path) -> None:
    """The state of a file comes from what it calls."""
    source = 'CLEVER_API_VERSION = "3.0"\nget("https://api.clever.com/me")\n'
    assert {place["file_state"] for place in audit(tmp_path, {"a.py": source}, RULE)} == {"legacy"}


def test_comments_are_marked_and_never_severe(tmp_path: Path) -> None:
    """What a comment says is reported as a comment."""
    check_found(tmp_path, RULE, "a.rb", "# was https://api.clever.com/v2.0/contacts\n", (1, "GET /v2.0/contacts"))
    (place,) = audit(tmp_path, {}, RULE)
    assert (place["context"], place["severity"]) == ("comment", "low")


def test_a_secret_in_the_line_is_masked(tmp_path: Path) -> None:
    """The snippet shows the line, not what must stay secret."""
    source = 'curl -H "Authorization: Bearer abcdef0123456789" https://api.clever.com/v2.1/students\n'
    (place,) = audit(tmp_path, {"a.sh": source}, RULE)
    assert "abcdef0123456789" not in place["snippet"]


def test_a_recording_says_each_thing_once(tmp_path: Path) -> None:
    """A recorded page repeats one link for every record; it has to be recorded anew once."""
    links = ",\n".join(f'{{"uri": "https://api.clever.com/v2.1/students/{number:024x}"}}' for number in range(9))
    assert len(audit(tmp_path, {"page.json": f"[{links}]\n"}, RULE)) == 1
