"""Places that say v2 without a URL: declared and recorded types, filters and handlers of events, names of an SDK."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import check_found, check_noop

API = 'API = "https://api.clever.com/v2.1"\n'


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        ("identity_me_type", "a.py", f"{API}class Event:\n    type: str\n    data: dict\n    created: str\n"),
        (
            "identity_me_type",
            "a.py",
            f"{API.replace('2.1', '3.1')}class Me:\n    type: str\n\nroles = user['roles']['teacher']\n",
        ),
        (
            "identity_me_type",
            "a.rb",
            f"{API}stub(body: {{ 'type' => 'users.created', 'data' => {{ 'id' => '1' }} }})\n",
        ),
        ("identity_me_type", "a.rb", f"{API}def clever_type(me)\n  1\nend\n"),
        ("identity_me_type", "a.sql", "ALTER TABLE users ADD COLUMN room_type text; -- clever\n"),
        ("events_record_type", "a.py", f"{API}get(API + '/events', params={{'record_type': 'users'}})\n"),
        ("events_record_type", "a.py", f"{API}analytics.track('students.created')\n"),
        ("events_record_type", "a.py", "@receiver(bus, sender='students.deleted')\ndef gone(): pass\n"),
        ("events_record_type", "a.yml", "clever:\n  columns: students,teachers\n"),
        ("events_record_type", "a.rb", f"{API}name.start_with?('student')\n"),
        ("client_library", "a.sql", "select * from {{ source('landing', 'raw_clever_students') }}\n"),
        ("client_library", "a.gemspec", "s.summary = 'Clever for OmniAuth'\n"),
        ("client_library", "a.rb", "include Deps['repos.people', 'feeds.clever']\n"),
        (
            "client_library",
            "a.js",
            "const { CleverStrategy } = require('../lib');\npassport.use(new CleverStrategy({}));\n",
        ),
    ],
)
def test_nothing_to_change(tmp_path: Path, rule: str, name: str, source: str) -> None:
    """Events, the application's own bus and analytics, what is on v3, and words that only look alike."""
    check_noop(tmp_path, rule, name, source)


@pytest.mark.parametrize(
    ("rule", "name", "source", "line", "legacy"),
    [
        ("identity_me_type", "a.kt", f"val {API}data class Me(val type: String, val data: MeData)\n", 2, "Me.type"),
        (
            "identity_me_type",
            "a.rb",
            f"{API}body = {{ 'type' => 'teacher', 'data' => {{ 'id' => '1' }} }}\n",
            2,
            "type of",
        ),
        ("identity_me_type", "a.py", f"{API}if user.clever_role == x: pass\n", 2, "clever_role"),
        (
            "identity_me_type",
            "a.rb",
            f"{API}role = me['links'].find {{ |l| l }}['uri'].split('/')[2]\n",
            2,
            "role from",
        ),
        ("identity_me_type", "a.coffee", f"{API}if me.type is 'student' then go()\n", 2, "me.type"),
        (
            "events_record_type",
            "a.py",
            f"{API}get(API + '/events', params={{'record_type': wanted}})\n",
            2,
            "record_type",
        ),
        ("events_record_type", "a.py", f"{API}def on_students_created(row): pass\n", 2, "students.created"),
        ("events_record_type", "a.rb", f"{API}drop if type.start_with?('teachers')\n", 2, "teachers.*"),
        ("events_record_type", "a.py", f"{API}sql = \"select 1 where kind LIKE 'students.%'\"\n", 2, "students."),
        (
            "events_record_type",
            "a.ts",
            f"const {API}OnEvent('clever.teachers.created');\n",
            2,
            "clever.teachers.created",
        ),
        ("events_record_type", "a.yml", "clever:\n  WATCH: students,schooladmins\n", 2, "record_type"),
        ("client_library", "a.rb", "# Clever API\nomniauth_providers = [{ name: 'clever' }]\n", 2, "OAuth"),
        (
            "client_library",
            "a.js",
            "const { Strategy: Clever } = require('passport-clever');\nnew Clever({});\n",
            2,
            "Clever()",
        ),
    ],
)
def test_what_says_v2_without_a_url(tmp_path: Path, rule: str, name: str, source: str, line: int, legacy: str) -> None:
    """Each is found at its line, once."""
    expected = [(line, legacy)]
    if rule == "client_library" and name == "a.js":
        expected.insert(0, (1, "passport-clever"))
    check_found(tmp_path, rule, name, source, *expected)
