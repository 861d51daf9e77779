"""Values that Clever sent are followed through names, calls, parameters and files, and nothing else is."""

from __future__ import annotations

from pathlib import Path

from tests.audit.specimens import audit

CLIENT = """import requests

BASE = "https://api.clever.com/v2.1"

class RosterClient:
    def rows(self, what):
        page = requests.get(f"{BASE}/{what}").json()
        return [item["data"] for item in page["data"]]

    def learners(self):
        return self.rows("students")

    def staff(self):
        return self.rows("teachers")

    def rooms(self):
        return self.rows("sections")

    def whoami(self):
        return requests.get(f"{BASE}/me").json()
"""
JOB = """from client import RosterClient
from people import keep_person

def run(token):
    for row in RosterClient(token).{method}():
        keep_person(row)
"""


def places(found: list[dict[str, object]], path: str) -> list[tuple[object, object]]:
    return sorted({(each["line"], each["kind"]) for each in found if str(each["path"]).endswith(path)})


def test_a_mapper_of_another_source_is_silent(tmp_path: Path) -> None:
    """A function that no file hands a record of Clever's to reads its own."""
    mapper = 'def keep_person(row):\n    return row["grade"]\n'
    found = audit(tmp_path, {"client.py": CLIENT, "people.py": mapper})
    assert places(found, "people.py") == []


def test_a_section_keeps_its_grade(tmp_path: Path) -> None:
    """Of sections nothing moved, though they are handed over in the same way."""
    mapper = 'def keep_person(row):\n    return row["grade"], row["school"]\n'
    files = {"client.py": CLIENT, "job.py": JOB.format(method="rooms"), "people.py": mapper}
    assert places(audit(tmp_path, files), "people.py") == []


def test_a_record_is_followed_into_a_file_that_does_not_name_clever(tmp_path: Path) -> None:
    """Client, job and mapper are three files; the mapper's reads are what has to change."""
    mapper = 'def keep_person(row):\n    grade = row["grade"]\n    return grade, row.get("email"), row["title"]\n'
    files = {"client.py": CLIENT, "job.py": JOB.format(method="learners"), "people.py": mapper}
    assert places(audit(tmp_path, files), "people.py") == [(2, "field_move"), (3, "field_move")]


def test_a_record_that_is_read_by_its_roles_is_silent(tmp_path: Path) -> None:
    """What has moved already is not told again."""
    mapper = 'def keep_person(row):\n    return row["roles"]["student"]["grade"]\n'
    files = {"client.py": CLIENT, "job.py": JOB.format(method="learners"), "people.py": mapper}
    assert places(audit(tmp_path, files), "people.py") == []


def test_a_column_that_keeps_an_id_is_found_wherever_it_stands(tmp_path: Path) -> None:
    """The column's name says nothing; what is written into it does."""
    mapper = "def keep_person(row):\n    person = Person()\n    person.outside_ref = row['id']\n"
    model = "class Person(Model):\n    outside_ref = Column(String(24))\n    grade = Column(String)\n"
    query = "def find(key):\n    return Person.filter_by(outside_ref=key)\n"
    files = {
        "client.py": CLIENT, "job.py": JOB.format(method="staff"), "people.py": mapper, "model.py": model,
        "query.py": query,
    }  # fmt: skip
    found = audit(tmp_path, files, "id_usage")
    assert places(found, "people.py") == [(3, "id_usage")]
    assert places(found, "model.py") == [(2, "id_usage")]
    assert places(found, "query.py") == [(2, "id_usage")]


def test_the_id_of_a_student_may_be_kept(tmp_path: Path) -> None:
    """The ids of students are the same under v3."""
    mapper = "def keep_person(row):\n    person = Person()\n    person.outside_ref = row['id']\n"
    files = {"client.py": CLIENT, "job.py": JOB.format(method="learners"), "people.py": mapper}
    assert places(audit(tmp_path, files, "id_usage"), "people.py") == []


def test_a_type_is_followed_to_where_it_decides(tmp_path: Path) -> None:
    """A role variable is known by where it came from, not by its name."""
    login = (
        "from client import RosterClient\n\ndef enter(token):\n    answer = RosterClient(token).whoami()\n"
        '    audience = answer["type"]\n    if audience == "student":\n        return "/desk"\n    return "/room"\n'
    )
    found = audit(tmp_path, {"client.py": CLIENT, "login.py": login}, "identity_me_type")
    assert places(found, "login.py") == [(5, "identity_me_type"), (6, "identity_me_type")]


def test_a_chain_of_names_that_ends_in_itself_ends(tmp_path: Path) -> None:
    """A value that is defined through itself costs nothing but its own reading."""
    loop = (
        "from client import RosterClient\n\ndef spin():\n    row = row\n    one = two\n    two = one\n    return row\n"
    )
    assert places(audit(tmp_path, {"client.py": CLIENT, "loop.py": loop}), "loop.py") == []


def test_a_row_of_another_provider_is_silent(tmp_path: Path) -> None:
    """Two providers share the columns; what is asked for the other one stays as it is."""
    rows = (
        "def portal(me):\n    return Link.get(vendor='clever', vendor_key=me)\n\n"
        "def google(sub):\n    return Link.get(vendor='google', vendor_key=sub)\n"
    )
    found = audit(tmp_path, {"client.py": CLIENT, "links.py": rows}, "id_usage")
    assert places(found, "links.py") == [(2, "id_usage")]


def test_a_row_is_known_by_the_word_clever_beside_its_id(tmp_path: Path) -> None:
    """No list of names is asked: the column that says Clever says which one keeps the id."""
    rows = "def portal(me):\n    return Link.get(vendor='clever', vendor_key=me)\n"
    table = (
        "class Link(Model):\n    vendor = Column(String)\n    vendor_key = Column(String)\n    mail = Column(Text)\n"
    )
    found = audit(tmp_path, {"client.py": CLIENT, "links.py": rows, "table.py": table}, "id_usage")
    assert places(found, "table.py") == [(3, "id_usage")]


def test_an_answer_read_by_a_typed_accessor_is_followed(tmp_path: Path) -> None:
    """`getString("type")` reads a key; the word in the accessor's name is no conversion."""
    gateway = 'class Gateway {\n  JSONObject me() { return get("https://api.clever.com/v2.1/me"); }\n}\n'
    login = (
        "class Login {\n  String enter(Gateway gateway) {\n    JSONObject me = gateway.me();\n"
        '    String audience = me.getString("type");\n    return "student".equals(audience) ? DESK : ROOM;\n  }\n}\n'
    )
    found = audit(tmp_path, {"Gateway.java": gateway, "Login.java": login}, "identity_me_type")
    assert places(found, "Login.java") == [(4, "identity_me_type"), (5, "identity_me_type")]
