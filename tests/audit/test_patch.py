"""The patch changes what needs no judgment, leaves the rest with a reason, and can be applied."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from playbook.audit.audit import run_audit
from playbook.audit.patch import Patch, make_patch
from playbook.audit.rewrite import NeedsJudgment, rewrite_record_type, rewrite_request
from tests.audit.accuracy import FIXTURES


@pytest.mark.parametrize(
    ("source", "legacy", "becomes"),
    [
        ('"/v2.1/teachers"', "GET /v2.1/teachers", '"/v3.1/users?role=teacher"'),
        ('"/v2.1/students?limit=9"', "GET /v2.1/students", '"/v3.1/users?role=student&limit=9"'),
        ("`${B}/teachers/${id}/sections`", "GET /v2.1/teachers/{id}/sections", "`${B}/users/${id}/sections`"),
        ('B + "/students/" + id + "/contacts"', "GET /students/{id}/contacts", 'B + "/users/" + id + "/mycontacts"'),
        (
            '"/v2.0/schools/#{s}/students"',
            "GET /v2.0/schools/{id}/students",
            '"/v3.1/schools/#{s}/users?role=student&primary=true"',
        ),
    ],
)
def test_a_request_is_rewritten(source: str, legacy: str, becomes: str) -> None:
    """Version, path and the parameters that v3 needs; holes stay as they are."""
    assert rewrite_request(source, legacy) == becomes


@pytest.mark.parametrize(
    ("source", "legacy"),
    [
        ('"/v2.1/sections/#{s}/teacher"', "GET /v2.1/sections/{id}/teacher"),
        ('"/v2.1/#{type}s/#{id}"', "GET /v2.1/{role}s/{id}"),
        ('"/v2.1/" + TEACHERS', "GET /v2.1/teachers"),
        ('"https://api.clever.com/me"', "GET /me"),
        ('"/v2.1/me"', "GET /v2.1/me"),
    ],
)
def test_what_needs_judgment_is_refused(source: str, legacy: str) -> None:
    """A path without successor, a collection in a variable, a path that stands elsewhere, a sign-in."""
    with pytest.raises(NeedsJudgment):
        rewrite_request(source, legacy)


def test_a_record_type_becomes_users() -> None:
    """In a URL and by itself."""
    assert rewrite_record_type('"/events?record_type=teachers&limit=1"') == '"/events?record_type=users&limit=1"'
    assert rewrite_record_type('"students"') == '"users"'


def patched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app: str) -> Patch:
    """Copy an application, patch it, apply the patch there, and return it."""
    shutil.copytree(FIXTURES / "apps" / app, tmp_path / "tree")
    monkeypatch.chdir(tmp_path)
    patch = make_patch(run_audit([Path("tree")]))
    done = subprocess.run(["patch", "-p0"], input=patch.diff, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    return patch


@pytest.mark.parametrize(
    "app", ["flask_events", "phoenix_class", "vue_portal", "half_moved", "rails_reading", "go_sync"]
)
def test_after_the_patch_its_places_show_as_v3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app: str) -> None:
    """A second audit finds none of the changed places on v2, and no file that no longer parses."""
    patch = patched(tmp_path, monkeypatch, app)
    again = run_audit([Path("tree")])
    still = {
        (row["path"], row["line"])
        for row in again.findings.to_dict("records")
        if row["state"] != "already_v3" and row["kind"] == "endpoint"
    }
    assert not still & set(patch.changed)
    assert not [fault for fault in again.faults if "syntax" in fault.what]
    assert all(left.reason for left in patch.left)


def test_a_shared_base_moves_only_with_everything_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One place that needs judgment keeps the whole client on v2."""
    source = 'BASE = "https://api.clever.com/v2.1"\nget(BASE + "/teachers")\nget(BASE + "/#{type}s/" + id)\n'
    (tmp_path / "clever.rb").write_text(source, encoding="utf-8")
    patch = make_patch(run_audit([tmp_path]))
    assert patch.diff == ""
    assert len(patch.left) == 3


SIGN_IN = """def callback
  me = clever_get("/me")
  case me["type"]
  when "student" then sign_in(Student.find_by(clever_id: me["data"]["id"]))
  when "teacher" then sign_in(Teacher.find_by(clever_id: me["data"]["id"]))
  else sign_in(Admin.find_by(clever_id: me["data"]["id"]), admin: true)
  end
end
"""


@pytest.mark.parametrize(
    "client",
    [
        'BASE = "https://api.clever.com"\ndef clever_get(path) = get(BASE + path)\n',
        'BASE = "https://api.clever.com/v2.1"\ndef clever_get(path) = get(BASE + path)\nclever_get("/schools")\n',
    ],
)
def test_nobody_becomes_an_administrator_by_the_patch(tmp_path: Path, client: str) -> None:
    """In v3.1 everybody's type is "user": neither /me nor a base below it moves, from this file or another."""
    (tmp_path / "clever.rb").write_text(client, encoding="utf-8")
    (tmp_path / "sign_in.rb").write_text(SIGN_IN, encoding="utf-8")
    patch = make_patch(run_audit([tmp_path]))
    assert not patch.diff
    assert any("type of everybody" in left.reason for left in patch.left)


def test_nothing_to_change_is_an_empty_patch(tmp_path: Path) -> None:
    """What is on v3 stays as it is."""
    (tmp_path / "a.rb").write_text('get("https://api.clever.com/v3.1/users")\n', encoding="utf-8")
    assert make_patch(run_audit([tmp_path])) == Patch("", (), ())
