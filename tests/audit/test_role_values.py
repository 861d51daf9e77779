"""The type of `/me` is followed to where it decides, by what holds it and how it is read; nothing else's type is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import audit

RULE = "identity_me_type"
CLIENT = """import requests

BASE = "https://api.clever.com/v2.1"

def whoami(token):
    return requests.get(f"{BASE}/me", headers={"Authorization": token}).json()
"""


def lines(tree: Path, files: dict[str, str], path: str) -> list[object]:
    """Return the lines of one file that are reported."""
    return sorted({each["line"] for each in audit(tree, files, RULE) if str(each["path"]).endswith(path)})


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param(
            "hook.py",
            'def on_event(event):\n    if event["type"] == "teacher":\n        return event["data"]["id"]\n',
            id="an event has a type and data too",
        ),
        pytest.param(
            "hook.py",
            'def take(body):\n    if body["type"] == "students.created":\n        return body["data"]["id"]\n',
            id="a type that is compared with an event is an event's",
        ),
        pytest.param(
            "models.py",
            'class User:\n    def home(self):\n        return "/desk" if self.kind == "student" else "/room"\n',
            id="a kind that nobody gave the type of /me is the application's own",
        ),
        pytest.param(
            "shop.py",
            'for kind in ("student", "teacher"):\n    print(kind == "student")\n',
            id="a loop's variable is what it goes over",
        ),
        pytest.param(
            "policy.py",
            'ROLES = ["teacher", "staff", "district_admin"]\ncheck(ROLES, ["teacher", "staff"])\n',
            id="v3's roles",
        ),
    ],
)
def test_other_types_are_left_alone(tmp_path: Path, name: str, source: str) -> None:
    """Beside a client of Clever's, what does not come from `/me` is not reported."""
    assert lines(tmp_path, {"client.py": CLIENT, name: source}, name) == []


def test_a_switch_gives_something_else_than_what_it_goes_over(tmp_path: Path) -> None:
    """A name that gets the outcome of a switch over the type no longer holds the type."""
    source = """import whoami

class SignIn(private val clever: CleverClient) {
    fun open(token: String): String {
        val me = clever.me(token)
        val access = when (me.type) {
            "teacher" -> "ROOM"
            else -> "DESK"
        }
        return if (access == "ROOM") "/room" else "/desk"
    }
}
"""
    assert 10 not in lines(tmp_path, {"client.py": CLIENT, "clever/SignIn.kt": source}, "SignIn.kt")


def test_the_first_column_of_two_is_not_the_type_of_the_second(tmp_path: Path) -> None:
    """Several names that get their values at once each get their own."""
    source = """from client import whoami

def sign_in(token):
    kind, uid = whoami(token)["type"], whoami(token)["data"]["id"]
    account = accounts.find(uid=uid)
    if kind not in ("student", "teacher"):
        return None
    return "/desk" if kind == "student" else "/room"
"""
    assert lines(tmp_path, {"client.py": CLIENT, "login.py": source}, "login.py") == [4, 6, 8]


def test_a_value_is_known_by_how_it_is_read(tmp_path: Path) -> None:
    """A type beside the id in the data is the answer of `/me`, whoever asked for it."""
    source = """from portal import who_is

def enter(request):
    who = who_is(request.GET["code"])
    teacher = teachers.get(clever_id=who["data"]["id"])
    request.session["portal_kind"] = who["type"]
    return teacher
"""
    reader = 'def may_edit(request):\n    return request.session.get("portal_kind") in {"teacher", "school_admin"}\n'
    files = {"client.py": CLIENT, "views.py": source, "rights.py": reader}
    assert lines(tmp_path, files, "views.py") == [6]
    assert lines(tmp_path, files, "rights.py") == [2]


def test_a_pattern_takes_the_identity_apart(tmp_path: Path) -> None:
    """JavaScript's destructuring of a type and of data with an id is that of `/me`."""
    source = """const { whoIs } = require('./clever');

module.exports = async (req, res) => {
  const { type, data } = await whoIs(req.query.token);
  const user = await User.findOne({ key: data.id });
  res.redirect(type === 'student' ? '/desk' : '/room');
};
"""
    assert lines(tmp_path, {"client.py": CLIENT, "sso.js": source}, "sso.js") == [4, 6]


def test_a_short_name_counts_where_it_decides_by_a_role(tmp_path: Path) -> None:
    """`kind` says nothing by itself: only where it is compared with a role, in a project that gives it the type."""
    login = 'from client import whoami\n\ndef enter(request):\n    request.session["kind"] = whoami(request)["type"]\n'
    reader = """def rows(request, table):
    if table.kind == "csv":
        return []
    return [] if request.session["kind"] == "student" else table.rows
"""
    assert lines(tmp_path, {"client.py": CLIENT, "login.py": login, "rows.py": reader}, "rows.py") == [4]


def test_a_class_of_me_is_known_where_it_is_declared(tmp_path: Path) -> None:
    """A declared answer of `/me` gives its type to its own methods and to whoever is handed one."""
    declared = """package clever;

public class CleverMe {
    public String type;
    public Data data;

    public boolean isStudent() {
        return "student".equals(type);
    }
}
"""
    service = """package people;

public class People {
    public String home(CleverMe who) {
        return "teacher".equals(who.type) ? "/room" : "/desk";
    }
}
"""
    files = {"client.py": CLIENT, "src/clever/CleverMe.java": declared, "src/people/People.java": service}
    assert lines(tmp_path, files, "CleverMe.java") == [4, 8]
    assert lines(tmp_path, files, "People.java") == [5]


def test_a_function_with_a_clause_for_each_role_is_told_once(tmp_path: Path) -> None:
    """Elixir's clauses are one switch, whose first clause is the place."""
    source = """defmodule Clever.Home do
  def open(%{"type" => kind, "data" => %{"id" => _}}), do: path_for(kind)

  def path_for("student"), do: "/desk"
  def path_for("teacher"), do: "/room"
  def path_for(_), do: "/school"
end
"""
    assert lines(tmp_path, {"client.py": CLIENT, "lib/clever/home.ex": source}, "home.ex") == [2, 4]


def test_the_choices_of_a_column_are_told(tmp_path: Path) -> None:
    """Couples of a role and its label, and roles that a call names, hold v2's school admin."""
    source = """from clever import api

KINDS = [("student", "Student"), ("school_admin", "School admin")]
guard = requires("teacher", "school_admin")
PEOPLE = {"teacher": "/v2.1/teachers", "school_admin": "/v2.1/school_admins"}
"""
    assert lines(tmp_path, {"client.py": CLIENT, "clever/models.py": source}, "models.py") == [3, 4]


def test_what_an_identity_is_asked_for_is_a_decision(tmp_path: Path) -> None:
    """`me.isTeacher()` decides by the type; the application's own records are asked the same, and are left alone."""
    declared = "package clever;\n\npublic class CleverMe {\n    public String type;\n    public Data data;\n}\n"
    door = """package people;

public class Door {
    public String open(CleverMe who, Account account) {
        if (account.isTeacher()) { return "/room"; }
        return who.isTeacher() ? "/room" : "/desk";
    }
}
"""
    files = {"client.py": CLIENT, "src/clever/CleverMe.java": declared, "src/people/Door.java": door}
    assert lines(tmp_path, files, "Door.java") == [6]


def test_a_library_that_signs_in_gives_the_identity(tmp_path: Path) -> None:
    """What a class that is named after Clever inherits its user from, and OmniAuth's `user_type`, are the identity."""
    source = """public class {name} extends DefaultOAuth2UserService {{
    public OAuth2User loadUser(OAuth2UserRequest request) {{
        OAuth2User found = super.loadUser(request);
        String sort = (String) found.getAttributes().get("type");
        return new Pupil("student".equals(sort));
    }}
}}
"""
    other, own = source.format(name="CanvasUsers"), source.format(name="CleverUsers")
    files = {"client.py": CLIENT, "src/CleverUsers.java": own, "src/CanvasUsers.java": other}
    assert lines(tmp_path, files, "CleverUsers.java") == [4, 5]
    assert lines(tmp_path, files, "CanvasUsers.java") == []
    ruby = """class CleverDoor
  ROOMS = { "student" => :desk, "teacher" => :room }.freeze

  def sort = @auth["info"]["user_type"]

  def path = public_send(ROOMS[sort])
end
"""
    assert 6 in lines(tmp_path, {"client.py": CLIENT, "app/clever_door.rb": ruby}, "clever_door.rb")


def test_an_object_that_asks_below_clevers_address_is_followed(tmp_path: Path) -> None:
    """A path without a slash is Clever's where the address is, and nobody's elsewhere."""
    source = """const axios = require('axios');
const api = axios.create({{ baseURL: '{base}' }});

module.exports = async (req, res) => {{
  const who = (await api.get('me')).data;
  res.redirect(who.type === 'student' ? '/desk' : '/room');
}};
"""
    files = {
        "client.py": CLIENT,
        "clever.js": source.format(base="https://api.clever.com/v2.1/"),
        "shop.js": source.format(base="https://shop.example/v1/"),
    }
    assert lines(tmp_path, files, "clever.js") == [6]
    assert lines(tmp_path, files, "shop.js") == []


def test_data_that_is_taken_apart_tells_the_identity(tmp_path: Path) -> None:
    """The id and district that a pattern takes out of the data make the type beside it that of `/me`."""
    source = """const { enter } = require('./clever');

module.exports = async (req, res) => {
  const found = await enter(req.query.code);
  const { id, district } = found.data;
  await accounts.put(id, { district, sort: found.type });
};
"""
    assert lines(tmp_path, {"client.py": CLIENT, "sso.js": source}, "sso.js") == [6]


def test_a_type_that_is_declared_twice_is_told_twice(tmp_path: Path) -> None:
    """v2.1 sends the type in the data too; a parameter that is taken apart keeps nothing."""
    source = """export interface CleverMe {
  type: Sort;
  data: { id: string; district: string; type: Sort };
}

export function path({ id, sort }: Known) {
  return table[sort] + id;
}
"""
    assert lines(tmp_path, {"client.py": CLIENT, "clever/me.ts": source}, "me.ts") == [2, 3]


def test_a_claim_that_says_clever_keeps_the_type(tmp_path: Path) -> None:
    """`clever:type` is stored as `clever_type` is; another provider's claim is not."""
    source = """options.AddPolicy("Room", p => p.RequireClaim("clever:type", "teacher"));
options.AddPolicy("Desk", p => p.RequireClaim("canvas:type", "student"));
"""
    assert lines(tmp_path, {"client.py": CLIENT, "Program.cs": source}, "Program.cs") == [1]


def test_a_type_in_front_of_a_value_is_stepped_over(tmp_path: Path) -> None:
    """A cast gives what it is put in front of."""
    source = """public class Door {
    public String open(CleverMe who) {
        String sort = (String) who.getData().get("type");
        if (Door.open) return "/";
        return "teacher".equals(sort) ? "/room" : "/desk";
    }
}
"""
    declared = "package clever;\n\npublic class CleverMe {\n    public String type;\n    public Data data;\n}\n"
    files = {"client.py": CLIENT, "src/clever/CleverMe.java": declared, "src/Door.java": source}
    assert lines(tmp_path, files, "Door.java") == [3, 5]
