"""Every shape that spec, prose and wire disagree about gives the same rows; anything else is refused or asked again."""

from __future__ import annotations

import codecs
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playbook.clever.columns import PEOPLE, people_table, schools_table, sections_table
from playbook.clever.reading import read_document, read_documents, read_schools, read_sections, read_users
from playbook.clever.retrying import Passing
from playbook.clever.transport import Answer
from playbook.errors import CleverError

SPECS = Path(os.environ.get("CLEVER_SPEC_DIR") or Path(__file__).parents[3] / "shared" / "specs" / "clever")
CASES = 300
USER: dict[str, Any] = {
    "id": "70000000a1a1a1a1a1a1a101",
    "district": "6f000000d1d1d1d1d1d1d101",
    "email": "r.osei@district.example",
    "name": {"first": "Rita", "middle": "", "last": "Osei"},
    "roles": {
        "teacher": {
            "legacy_id": "6a000000b1b1b1b1b1b1b101",
            "sis_id": "T-77",
            "teacher_number": "77",
            "schools": ["s"],
        },
        "staff": {"legacy_id": "6b000000b2b2b2b2b2b2b202", "staff_id": "S-900", "roles": ["SchoolTechLead"]},
        "district_admin": {"legacy_id": "6c000000b3b3b3b3b3b3b303", "title": ""},
    },
}


def _answer(document: Any, **headers: str) -> Answer:
    return Answer(200, {"content-type": "application/json"} | headers, json.dumps(document).encode())


def _rows(user: dict[str, Any]) -> dict[str, Any]:
    page = read_users(_answer({"data": [{"data": user, "uri": "/x"}], "links": []}))
    table = people_table(page.records)
    assert table.schema == PEOPLE
    row: dict[str, Any] = table.to_pylist()[0]
    return row


def _role(user: dict[str, Any], name: str) -> dict[str, Any]:
    return next(role for role in _rows(user)["roles"] if role["role"] == name)


def test_roles_stand_by_name_each_with_its_own_old_id() -> None:
    """Three roles of one person are three rows, in the order of their names."""
    roles = _rows(USER)["roles"]

    assert [role["role"] for role in roles] == ["district_admin", "staff", "teacher"]
    assert [role["legacy_id"][:2] for role in roles] == ["6c", "6b", "6a"]
    assert [role["sis_id"] for role in roles] == ["", "S-900", "T-77"]


ODD: list[tuple[str, dict[str, Any]]] = [
    ("roles as an array", {"roles": [{"type": name, **role} for name, role in USER["roles"].items()]}),
    ("a text among unknown fields", {"lms_status": {"synced_in_lms": True}, "new_field": [1, {"a": None}]}),
    (
        "old role words",
        {
            "roles": {
                "teacher": USER["roles"]["teacher"],
                "school_admin": USER["roles"]["staff"],
                "districtadmin": USER["roles"]["district_admin"],
            }
        },
    ),
    ("an unknown role beside", {"roles": USER["roles"] | {"janitor": {"legacy_id": "x"}}}),
    ("a role that is null", {"roles": USER["roles"] | {"contact": None}}),
    ("one school as a text", {"roles": USER["roles"] | {"teacher": USER["roles"]["teacher"] | {"schools": "s"}}}),
    (
        "a number for a text",
        {"roles": USER["roles"] | {"teacher": USER["roles"]["teacher"] | {"teacher_number": 77}}},
    ),
    ("null for a blank", {"name": {"first": "Rita", "middle": None, "last": "Osei"}}),
    ("a missing blank", {"name": {"first": "Rita", "last": "Osei"}}),
]


@pytest.mark.parametrize("change", [change for _, change in ODD], ids=[name for name, _ in ODD])
def test_an_odd_form_gives_the_same_row(change: dict[str, Any]) -> None:
    """What differs in form only does not differ in the tables."""
    assert _rows(USER | change) == _rows(USER)


@pytest.mark.parametrize("blank", [None, "", "missing"])
def test_missing_null_and_blank_are_the_same(blank: Any) -> None:
    """Clever sends all three for nothing."""
    fields = ("email", "name", "created", "roles")
    user = {key: value for key, value in USER.items() if key not in fields}
    if blank != "missing":
        user |= dict.fromkeys(fields, blank)
    row = _rows(user)

    assert (row["email"], row["first"], row["last"], row["roles"]) == ("", "", "", [])


def test_a_student_has_no_old_id_even_where_one_is_sent() -> None:
    """A student's id does not change; and his state id is nobody's business."""
    student = {"legacy_id": USER["id"], "sis_id": "1", "state_id": "SECRET", "schools": ["a", "b"], "school": "a"}
    role = _role(USER | {"roles": {"student": student}}, "student")

    assert (role["legacy_id"], role["state_id"], role["schools"]) == ("", "", "a|b")


def test_a_contact_has_one_name_and_a_relationship_for_each_student() -> None:
    """The whole name stands in the last name; the pairs stand as they came, those without a student left out."""
    pairs = [{"student": "s1", "relationship": "Parent", "type": None}, {"relationship": "Sibling"}, {"student": "s1"}]
    contact = {"legacy_id": "6d", "student_relationships": pairs}
    row = _rows({"id": USER["id"], "name": {"last": "Ada Osei"}, "roles": {"contact": contact}})

    assert (row["first"], row["last"]) == ("", "Ada Osei")
    assert [pair["student_id"] for pair in row["relationships"]] == ["s1", "s1"]
    assert row["relationships"][0] == {"student_id": "s1", "relationship": "Parent", "type": ""}


def test_the_primary_teacher_of_a_section_stands_first_and_once() -> None:
    """Teachers are user ids; students are only counted."""
    section = {"id": "1", "teacher": "b", "teachers": ["a", "b", None], "students": ["x", "y"], "school": None}
    page = read_sections(_answer({"data": [{"data": section}, {"data": {"id": "2"}}]}))

    assert sections_table(page.records).to_pylist() == [
        {"section_id": "1", "school_id": "", "teacher_id": "b", "teachers": "b|a", "students": 2},
        {"section_id": "2", "school_id": "", "teacher_id": "", "teachers": "", "students": 0},
    ]


def test_empty_pages_are_pages() -> None:
    """No record is no fault, under either name."""
    assert read_users(_answer({"data": [], "links": []})).records == []
    assert read_users(_answer({"resources": []})).records == []
    assert read_documents(_answer({"resources": []})).records == []
    assert people_table([]).schema == PEOPLE
    assert schools_table(read_schools(_answer({"data": []})).records).num_rows == 0


def test_a_byte_order_mark_is_passed_over() -> None:
    """Some proxies add one."""
    answer = Answer(200, {"content-type": "application/json; charset=utf-8"}, codecs.BOM_UTF8 + b'{"data": []}')

    assert read_users(answer).records == []


def test_the_last_of_repeated_keys_holds() -> None:
    """As every JSON reader of Clever's own languages has it."""
    answer = Answer(200, {}, b'{"data": [{"data": {"id": "a", "id": "b"}}]}')

    assert read_users(answer).ids == ["b"]


def test_ten_megabytes_in_one_text_are_read() -> None:
    """A long text is no fault; the size of the whole page is limited elsewhere."""
    assert len(_rows(USER | {"email": "x" * 10_000_000})["email"]) == 10_000_000


@pytest.mark.parametrize("envelope", [{}, {"data": None}, {"data": {}}, {"data": "x"}, {"users": []}, [], "x", 1, None])
def test_what_has_no_envelope_is_no_page(envelope: Any) -> None:
    """It may be half an answer or somebody else's, so it is asked for again."""
    with pytest.raises(Passing):
        read_users(_answer(envelope))


@pytest.mark.parametrize("item", [{"data": {}}, {"data": {"email": "x"}}, {"data": {"id": None}}, {"data": {"id": {}}}])
def test_a_user_without_an_id_is_refused(item: dict[str, Any]) -> None:
    """The id is the one thing that nothing can stand in for; and no value of the record is shown."""
    with pytest.raises(CleverError, match="shape") as error:
        read_users(_answer({"data": [item]}))

    assert error.value.code == "wire_shape"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _properties(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = spec["definitions"][name].get("properties", {})
    return properties


def _from_spec(schema: dict[str, Any], spec: dict[str, Any], depth: int = 4) -> st.SearchStrategy[Any]:
    """Values as the spec has them, with anything else and nothing at all in between."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        fields = (
            {key: _from_spec(value, spec, depth - 1) for key, value in _properties(name, spec).items()} if depth else {}
        )
        honest: st.SearchStrategy[Any] = st.fixed_dictionaries({}, optional=fields)
    elif schema.get("type") == "array":
        honest = st.lists(_from_spec(schema.get("items", {}), spec, depth - 1) if depth else JSON, max_size=2)
    elif schema.get("enum"):
        honest = st.sampled_from(schema["enum"])
    else:
        honest = {"integer": st.integers(), "boolean": st.booleans(), "string": st.text(max_size=12)}.get(
            schema.get("type", ""), JSON
        )
    return st.one_of(honest, honest, honest, st.none(), JSON)


@pytest.mark.skipif(not SPECS.is_dir(), reason="Clever's published specs are not here (CLEVER_SPEC_DIR)")
@given(st.data())
@settings(max_examples=CASES, suppress_health_check=list(HealthCheck), deadline=None)
def test_whatever_the_spec_allows_or_not_is_read_or_refused(data: st.DataObject) -> None:
    """Users, sections and schools from Clever's own schema, bent at random: rows, a refusal, or another try."""
    spec = _spec()
    name, read, table = data.draw(
        st.sampled_from(
            [
                ("User", read_users, people_table),
                ("Section", read_sections, sections_table),
                ("School", read_schools, schools_table),
            ]
        )
    )
    record = data.draw(_from_spec({"$ref": f"#/definitions/{name}"}, spec))
    document = data.draw(st.one_of(st.just({"data": [{"data": record}], "links": []}), JSON))

    try:
        page = read(_answer(document))
    except (CleverError, Passing):
        return
    assert table(page.records).num_rows == len(page.records)


def _spec() -> dict[str, Any]:
    if not _SPEC:
        _SPEC.update(yaml.safe_load((SPECS / "v3.1.yml").read_text(encoding="utf-8")))
    return _SPEC


_SPEC: dict[str, Any] = {}


def test_a_document_is_an_object() -> None:
    """Anything else is no answer of Clever's."""
    assert read_document(_answer({"a": 1})) == {"a": 1}
    with pytest.raises(Passing):
        read_document(_answer([1]))
