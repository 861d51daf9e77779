"""The catalogue agrees with Clever's published specifications, in both directions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from playbook.clever.catalogue import LEGACY_VERSIONS, V3_PATHS, VERSIONS, endpoints, find_endpoint, is_v3_path
from playbook.clever.endpoint import CHANGES
from playbook.errors import InputError

SPECS = Path(os.environ.get("CLEVER_SPEC_DIR", Path(__file__).parents[3] / "shared" / "specs" / "clever"))
UNSPECIFIED = {"/me"}  # Clever documents it and answers it, but no specification holds it


def _spec(version: str) -> dict[str, set[str]]:
    """Return the query parameters of each GET path of a version's data and events specifications."""
    if not SPECS.is_dir():
        pytest.skip("Clever's specifications are not here; set CLEVER_SPEC_DIR to their directory")
    found: dict[str, set[str]] = {}
    for name in (version, f"{version}-events"):
        document: dict[str, Any] = yaml.safe_load((SPECS / f"{name}.yml").read_text(encoding="utf-8"))
        for path, operations in document["paths"].items():
            found[path] = {param["name"] for param in operations["get"].get("parameters", []) if param["in"] == "query"}
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_no_path_of_the_specification_lacks_a_row(version: str) -> None:
    """Each of the 51 data and 2 events paths has one row, and every other row is a spelling of the guides or /me."""
    spec = _spec(version)
    rows = {row.path: row for row in endpoints(version)}
    assert len(spec) == 53
    assert set(spec) <= set(rows)
    assert {path for path, row in rows.items() if row.in_spec} - set(spec) == UNSPECIFIED


@pytest.mark.parametrize("version", VERSIONS)
def test_every_parameter_of_v2_is_accounted_for(version: str) -> None:
    """A row keeps, renames or drops each query parameter that its v2 path takes, and claims no other of them."""
    for path, names in _spec(version).items():
        row = find_endpoint(path, version)
        assert row is not None
        kept = {param.name for param in row.params if param.fate in ("kept", "renamed", "dropped")}
        assert kept == names, row.from_


@pytest.mark.parametrize("version", LEGACY_VERSIONS)
def test_no_row_names_what_v3_lacks(version: str) -> None:
    """Every replacement is a path of v3.1, and every parameter kept or needed there is one that v3.1 takes."""
    spec = _spec("v3.1")
    for row in endpoints(version):
        assert row.v3_path in set(spec) | UNSPECIFIED, row.from_
        taken = {param.name for param in row.params if param.fate != "dropped"}
        assert taken <= spec.get(row.v3_path, set()), row.from_


def test_needed_values_are_values_that_v3_takes() -> None:
    """A role is one that the replacement's own path allows."""
    _spec("v3.1")
    document: dict[str, Any] = yaml.safe_load((SPECS / "v3.1.yml").read_text(encoding="utf-8"))
    for row in endpoints():
        operations = document["paths"].get(row.v3_path, {"get": {}})
        allowed = {param["name"]: param.get("enum") for param in operations["get"].get("parameters", [])}
        for param in row.params:
            if param.fate == "needed":
                assert param.value in allowed[param.name], row.from_


def test_v3_paths_are_those_of_the_specification() -> None:
    """The list of v3.1 paths is the specification's, and /me."""
    assert set(_spec("v3.1")) | UNSPECIFIED == V3_PATHS
    assert set(_spec("v3.0")) | UNSPECIFIED == V3_PATHS


def test_no_role_path_is_a_path_of_v3() -> None:
    """Every path below students, teachers, contacts and the admins is gone from v3."""
    gone = [row.path for row in endpoints("v2.1") if "path" in row.change]
    assert len(gone) >= 30
    assert not [path for path in gone if is_v3_path(path)]


def test_a_row_says_what_changes_and_what_to_do() -> None:
    """Every row has a known change, a remedy of one sentence and a page of Clever's documentation."""
    for row in endpoints():
        assert row.change, row.from_
        assert row.change <= set(CHANGES), row.from_
        assert row.remedy.endswith("."), row.from_
        assert row.remedy.count(". ") == 0, row.from_
        assert row.source.startswith("https://dev.clever.com/docs/"), row.from_
        assert (row.path != row.v3_path) == ("path" in row.change), row.from_


@pytest.mark.parametrize(
    ("path", "from_", "to"),
    [
        ("/v2.1/teachers/58da8c63d4a5ac8b3d0001c5", "GET /v2.1/teachers/{id}", "GET /v3.1/users/{id}"),
        ("/v2.0/students", "GET /v2.0/students", "GET /v3.1/users?role=student"),
        ("teachers", "GET /v2.1/teachers", "GET /v3.1/users?role=teacher"),
        (
            "https://api.clever.com/V2.1/School_Admins/?limit=5#x",
            "GET /v2.1/school_admins",
            "GET /v3.1/users?role=staff",
        ),
        (
            "/v1.1/sections/:id/students",
            "GET /v1.1/sections/{id}/students",
            "GET /v3.1/sections/{id}/users?role=student",
        ),
        (
            "api.clever.com/v1.2/districts/#{id}/teachers",
            "GET /v1.2/districts/{id}/teachers",
            "GET /v3.1/users?role=teacher",
        ),
        (
            "/schools/${schoolId}/students",
            "GET /v2.1/schools/{id}/students",
            "GET /v3.1/schools/{id}/users?role=student&primary=true",
        ),
        ("/v2.1/teachers/{id}/myStudents", "GET /v2.1/teachers/{id}/mystudents", "GET /v3.1/users/{id}/mystudents"),
        ("/v2.1/students/<id>/mycontacts", "GET /v2.1/students/{id}/mycontacts", "GET /v3.1/users/{id}/mycontacts"),
        ("/me", "GET /me", "GET /v3.1/me"),
        ("/v2.1/me", "GET /v2.1/me", "GET /v3.1/me"),
        ("/v3.1/students?limit=100", "GET /v3.1/students", "GET /v3.1/users?role=student"),
        ("/v2.1/sections/{id}/teacher", "GET /v2.1/sections/{id}/teacher", "GET /v3.1/sections/{id}"),
        ("/v2.1/students/{id}/school", "GET /v2.1/students/{id}/school", "GET /v3.1/users/{id}/schools?primary=true"),
    ],
)
def test_a_request_is_found_however_it_is_written(path: str, from_: str, to: str) -> None:
    """Version, letter case, ids, placeholders, query and host make no difference to which row is found."""
    row = find_endpoint(path)
    assert row is not None
    assert (row.from_, row.to) == (from_, to)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v2.1",
        "/v3.1/users",
        "/v3.0/sections/5/users?role=student",
        "/v3.1/me",
        "/v2.1/grades",
        "/teachers/1/2/3",
    ],
)
def test_a_request_that_needs_no_change_is_not_found(path: str) -> None:
    """What v3 has, and what Clever never had, has no row."""
    assert find_endpoint(path) is None


def test_the_version_of_the_path_comes_before_the_callers() -> None:
    """A version is only a hint for a path that states none."""
    stated, hinted = find_endpoint("/v2.0/terms", "v1.1"), find_endpoint("/terms", "v2.0")
    assert stated is not None
    assert hinted is not None
    assert (stated.version, hinted.version) == ("v2.0", "v2.0")


def test_removed_requests_say_what_to_do() -> None:
    """The three requests without successor are marked, and their remedy names where the data stands now."""
    removed = {row.path: row.remedy for row in endpoints("v2.1") if row.is_removed}
    assert set(removed) == {"/sections/{id}/teacher", "/students/{id}/school", "/teachers/{id}/school"}
    assert "/users/{id}" in removed["/sections/{id}/teacher"]
    assert "roles.student.school" in removed["/students/{id}/school"]
    assert "roles.teacher.school" in removed["/teachers/{id}/school"]


def test_a_row_is_a_json_object() -> None:
    """A record holds the keys that scripts rely on."""
    row = find_endpoint("/v2.1/schools/{id}/students")
    assert row is not None
    record = row.as_record()
    assert list(record) == ["from", "to", "params", "change", "remedy", "source"]
    assert record["params"] == [
        "limit (kept)",
        "starting_after (kept)",
        "ending_before (kept)",
        "role=student (needed)",
        "primary=true (needed)",
    ]
    assert record["change"] == ["path", "shape", "semantics"]


def test_an_unknown_version_is_refused() -> None:
    """A version without a catalogue is wrong use."""
    with pytest.raises(InputError) as refused:
        endpoints("v4")
    assert refused.value.code == "unknown_version"
