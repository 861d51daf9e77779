"""Where a person's Clever id is kept: followed through the application's own records, and not where it only passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbook.audit.flow.places import Places
from playbook.audit.flow.records import find_fields, resolve
from playbook.audit.folding.definitions import Definitions
from playbook.audit.parsed import read_parsed
from tests.audit.specimens import audit, check_found, check_noop

ADAPTER = """class CleverAdapter
  def teachers
    Http.get("https://api.clever.com/v2.1/teachers").body["data"].map { |t| StaffRow.new(ref: t["data"]["id"]) }
  end
end
"""
SYNC = """class StaffSync
  def call
    @adapter.teachers.each { |record| keep(record) }
  end

  def keep(record)
    User.find_by(sis_uid: record.ref)
  end
end
"""


def _lines(found: list[dict[str, object]], name: str) -> list[object]:
    return [each["line"] for each in found if each["kind"] == "id_usage" and str(each["path"]).endswith(name)]


def _places(name: str, source: str) -> Places:
    parsed = read_parsed(name, source)
    assert parsed is not None
    return Places(*parsed, Definitions(*parsed))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "Clever.java",
            "class Clever {\n  void setCleverId(String cleverId) {\n    this.cleverId = cleverId;\n  }\n}\n",
        ),
        (
            "clever.ts",
            "export class CleverRepo {\n  keep(cleverId: string, n: string[]) {\n    return 1;\n  }\n}\n",
        ),
        ("clever.ts", "export type CleverSession = { cleverId: string; name: string };\n"),
        (
            "clever.py",
            "def run(clever, token):\n    clever_id = clever.get('/me')['data']['id']\n    print(clever_id)\n",
        ),
    ],
)
def test_a_line_that_only_passes_an_id_on_is_silent(tmp_path: Path, name: str, source: str) -> None:
    """Heads, setters, types and variables keep nothing."""
    check_noop(tmp_path, "id_usage", name, source)


def test_a_school_keeps_its_id(tmp_path: Path) -> None:
    """The ids of schools, sections and districts are the same in v3, in whichever column they are kept."""
    source = 'class Clever\n  def call(rows)\n    School.where(clever_id: rows[0]["id"]).first_or_create\n  end\nend\n'
    check_noop(tmp_path, "id_usage", "clever_sync.rb", source)


def test_an_id_that_goes_back_to_clever_is_kept_nowhere(tmp_path: Path) -> None:
    """A function that is handed the token with the id asks for more."""
    source = (
        'const BASE = "https://api.clever.com";\nasync function login(token) {\n'
        "  const me = await get(`${BASE}/me`, token);\n  await loadTeacher(token, me.data.id);\n}\n"
    )
    check_noop(tmp_path, "id_usage", "clever.js", source)


def test_a_property_is_silent_under_the_column_that_it_is_kept_in(tmp_path: Path) -> None:
    """The annotation that names the column is the place, once."""
    source = '@Entity\nclass CleverLink {\n  @Column(name = "clever_id", length = 24)\n  private String cleverId;\n}\n'
    check_found(tmp_path, "id_usage", "CleverLink.java", source, (3, "clever_id"))


def test_an_id_is_followed_through_an_object_of_the_application(tmp_path: Path) -> None:
    """An adapter's record keeps the id by a name of its own; who asks the adapter for records keeps it further."""
    found = audit(tmp_path, {"clever_adapter.rb": ADAPTER, "staff_sync.rb": SYNC})
    assert _lines(found, "staff_sync.rb") == [7]


def test_a_record_is_told_by_its_fields_where_nobody_asks(tmp_path: Path) -> None:
    """A consumer that is handed a person by a queue tells by what it reads of it; a row of its own tells nothing."""
    taken = 'def take(body):\n    db.put(staff_key=body["id"], number=body["teacher_number"])\n'
    own = 'def show(db):\n    body = db.query(1).first()\n    db.put(staff_key=body["id"], n=body["teacher_number"])\n'
    clever = 'URL = "https://api.clever.com/v2.1/teachers"\n'
    found = audit(tmp_path, {"clever.py": clever, "take.py": taken, "own.py": own})
    assert (_lines(found, "take.py"), _lines(found, "own.py")) == ([2], [])


def test_a_key_that_is_made_of_an_id_is_a_place(tmp_path: Path) -> None:
    """A cache key that holds the id is lost when the id changes; an address is asked anew."""
    source = (
        'const BASE = "https://api.clever.com/v2.1";\nasync function pull(kv) {\n'
        "  const me = await fetch(`${BASE}/me`).then((r) => r.json());\n"
        "  await kv.put(`staff:${me.data.id}`, 1);\n  console.log(`staff:${me.data.id}`);\n}\n"
    )
    check_found(tmp_path, "id_usage", "clever.js", source, (4, "a key"))


def test_names_that_are_assigned_together_get_each_its_own_value(tmp_path: Path) -> None:
    """`kind, uid = a, b` gives the second name the second value."""
    source = (
        'API = "https://api.clever.com/v2.1"\n\ndef login(http, db):\n    me = http.get(API + "/me").json()\n'
        '    kind, uid = me["type"], me["data"]["id"]\n    return db.find(handle=uid)\n'
    )
    check_found(tmp_path, "id_usage", "clever.py", source, (6, "find"))


@pytest.mark.parametrize(
    ("name", "source", "fields"),
    [
        ("a.java", "record Row(String ref, String mail) {}\n", {"Row": ("ref", "mail")}),
        ("a.kt", "data class Row(val ref: String, val mail: String?)\n", {"Row": ("ref", "mail")}),
        ("a.rb", "Row = Struct.new(:ref, :mail, keyword_init: true)\n", {"Row": ("ref", "mail")}),
        ("a.py", "@dataclass\nclass Row:\n    ref: str\n    mail: str\n", {"Row": ("ref", "mail")}),
        ("a.py", "x = 1\n", {}),
    ],
)
def test_the_fields_of_a_class_are_those_that_its_constructor_fills(
    name: str, source: str, fields: dict[str, tuple[str, ...]]
) -> None:
    """Heads of records, listed fields and constructors all tell in which order a class is filled."""
    assert find_fields(_places(name, source)) == fields


def test_the_place_of_an_id_becomes_the_name_of_a_field_once_the_class_is_known() -> None:
    """A place is resolved by the fields of its class; one that the class does not have keeps nothing."""
    assert resolve({"id@Row#0", "person"}, {}) == {"id@Row#0", "person"}
    assert resolve({"id@Row#0", "person"}, {"Row": ("ref",)}) == {"id@ref", "person"}
    assert resolve({"id@Row#3"}, {"Row": ("ref",)}) == frozenset()
