"""The patch changes what needs no judgment, leaves the rest with a reason, and can be applied."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from playbook.audit.audit import run_audit
from playbook.audit.patch import Patch, make_patch
from playbook.audit.rewrite import NeedsJudgment, rewrite_record_type, rewrite_request
from playbook.sandbox.source_tree import SOURCE
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
    shutil.copytree(SOURCE if app == "the sample" else FIXTURES / "apps" / app, tmp_path / "tree")
    monkeypatch.chdir(tmp_path)
    patch = make_patch(run_audit([Path("tree")]))
    done = subprocess.run(["patch", "-p0"], input=patch.diff, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    return patch


@pytest.mark.parametrize(
    "app",
    [
        "flask_events",
        "phoenix_class",
        "vue_portal",
        "half_moved",
        "rails_reading",
        "go_sync",
        "odd_java",
        "ferry_next",
        "the sample",
    ],
)
def test_after_the_patch_its_places_show_as_v3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app: str) -> None:
    """A second audit finds none of the changed places on v2, no file that no longer parses, and nothing to patch."""
    patch = patched(tmp_path, monkeypatch, app)
    again = run_audit([Path("tree")])
    still = {
        (row["path"], row["line"])
        for row in again.findings.to_dict("records")
        if row["state"] != "already_v3" and row["kind"] == "endpoint"
    }
    assert not still & set(patch.changed)
    assert make_patch(again).diff == b""
    assert not [fault for fault in again.faults if "syntax" in fault.what]
    assert all(left.reason for left in patch.left)


def test_a_shared_base_moves_only_with_everything_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One place that needs judgment keeps the whole client on v2."""
    source = 'BASE = "https://api.clever.com/v2.1"\nget(BASE + "/teachers")\nget(BASE + "/#{type}s/" + id)\n'
    (tmp_path / "clever.rb").write_text(source, encoding="utf-8")
    patch = make_patch(run_audit([tmp_path]))
    assert patch.diff == b""
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


LISTED = """const BASE = "https://api.clever.com/v2.1";
export const page = (after: string) =>
  client.get(`${BASE}/events`, { params: { record_type: ["students", "teachers"], starting_after: after } });
"""
HANDLED = """const HANDLED = ["students.created", "teachers.updated"];
const page = await fetch("https://api.clever.com/v2.1/events?limit=1");
"""
PAIRED = """page = get("https://api.clever.com/v2.1/events", {"record_type": "students"})
handlers = {"students.created": add, "students.deleted": drop}
"""


@pytest.mark.parametrize(("name", "source"), [("events.ts", LISTED), ("events.ts", HANDLED), ("events.py", PAIRED)])
def test_events_move_as_a_whole_or_not_at_all(tmp_path: Path, name: str, source: str) -> None:
    """A request that asks v3 beside a filter or a handler of v2's types would read on and see nobody."""
    (tmp_path / name).write_text(source, encoding="utf-8")
    patch = make_patch(run_audit([tmp_path]))
    assert patch.diff == b""
    assert patch.left
    assert all(left.reason for left in patch.left)


SETTINGS = 'API_VERSION = os.environ.get("CLEVER_API_VERSION", "v2.1")\nAPI_HOST = "https://api.clever.com"\n'
CLIENT = """from settings import API_HOST, API_VERSION
OLD = "https://api.clever.com/v2.1/sections/1/teacher"
def get(path):
    return requests.get("{}/{}/{}".format(API_HOST, API_VERSION, path))
get(f"schools/{school_id}/students")
get("students/%s/contacts" % student_id)
"""


def test_an_edit_that_does_not_hold_keeps_its_base(tmp_path: Path) -> None:
    """A version in the settings moves nothing whose request turned out not to be v3 afterwards, in whatever file."""
    (tmp_path / "settings.py").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "api.py").write_text(CLIENT, encoding="utf-8")
    patch = make_patch(run_audit([tmp_path]))
    assert patch.diff == b""
    assert {Path(left.path).name for left in patch.left} == {"settings.py", "api.py"}


def test_a_version_of_which_nothing_is_known_to_be_built_stays(tmp_path: Path) -> None:
    """What is asked with it was not seen, so nobody can say that it has a path in v3."""
    (tmp_path / "settings.py").write_text(SETTINGS, encoding="utf-8")
    patch = make_patch(run_audit([tmp_path]))
    assert patch.diff == b""
    assert [left.reason for left in patch.left] == ["no request that is built with it is known"]


def test_a_test_moves_with_the_code(tmp_path: Path) -> None:
    """A stub that answers at v3 for code that asks v2 fails."""
    (tmp_path / "clever.rb").write_text(
        'BASE = "https://api.clever.com/v2.1"\nget("#{BASE}/#{role}s/#{id}")\n', encoding="utf-8"
    )
    (tmp_path / "spec").mkdir()
    stub = 'stub_request(:get, "https://api.clever.com/v2.1/teachers/5d0000000000000000000001/sections")\n'
    (tmp_path / "spec" / "clever_spec.rb").write_text(stub, encoding="utf-8")
    assert make_patch(run_audit([tmp_path])).diff == b""


URL = '"https://api.clever.com/v2.1/students"'
MOVED = '"https://api.clever.com/v3.1/users?role=student"'
TOOLS = (["patch", "-p0"], ["git", "apply", "-p0"])


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool[0])
@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", f"\ufeff# caf\u00e9\r\nget({URL})\r\nx = 1\r\n".encode()),
        ("a.py", f"# caf\u00e9 {chr(0xC3)}{chr(0xA9)}\r\nget({URL})\nx = 1\r\n".encode("cp1252")),
        ("a.py", f"# \u2028 one line\n\f\nget({URL})".encode()),
        ("two words.py", f"get({URL})\n".encode()),
        ("two\nlines and\ttabs.py", f"get({URL})\n".encode()),
        ('quo"ted\\.py', f"get({URL})\n".encode()),
        ("caf\u00e9.py", f"get({URL})\n".encode()),
    ],
    ids=["bom_crlf", "mixed_endings_cp1252", "no_last_newline", "blank", "newline", "quote", "accent"],
)
def test_both_tools_apply_the_patch_byte_by_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: list[str], name: str, source: bytes
) -> None:
    """Marks, carriage returns, other encodings and odd names: nothing but the request changes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tree").mkdir()
    place = tmp_path / "tree" / name
    place.write_bytes(source)
    patch = make_patch(run_audit([Path("tree")]))
    done = subprocess.run(tool, input=patch.diff, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert place.read_bytes() == source.replace(URL.encode(), MOVED.encode())


def test_a_utf_16_file_is_left_alone(tmp_path: Path) -> None:
    """The tools take it for no text; it is told."""
    (tmp_path / "a.py").write_bytes(f"get({URL})\n".encode("utf-16"))
    patch = make_patch(run_audit([tmp_path]))
    assert patch.diff == b""
    assert [left.reason for left in patch.left] == [
        "its file is UTF-16, which tools that apply patches take for no text"
    ]


def test_nothing_to_change_is_an_empty_patch(tmp_path: Path) -> None:
    """What is on v3 stays as it is."""
    (tmp_path / "a.rb").write_text('get("https://api.clever.com/v3.1/users")\n', encoding="utf-8")
    assert make_patch(run_audit([tmp_path])) == Patch(b"", (), ())
