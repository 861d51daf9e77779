"""Lists come in pages as Clever's do: ascending ids, opaque relative links, a default, a maximum, and an end."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from playbook.sandbox.server import RunningSandbox


def walk(client: httpx.Client, target: str, rel: str = "next") -> list[list[str]]:
    """The ids of every page, as far as a link leads."""
    pages: list[list[str]] = []
    while target:
        page = client.get(target).json()
        pages.append([item["data"]["id"] for item in page["data"]])
        target = link(page, rel)
    return pages


def link(page: Any, rel: str) -> str:
    """A page's link, blank where it has none."""
    return next((item["uri"] for item in page["links"] if item["rel"] == rel), "")


@pytest.mark.parametrize(
    ("limit", "status"),
    [("10001", 413), ("99999999999999999999", 413), ("0", 400), ("-1", 400), ("ten", 400), ("", 400)],
)
def test_a_limit_out_of_bounds_is_refused(clever: httpx.Client, limit: str, status: int) -> None:
    """Above the maximum is 413, what is no count is 400; both say so in JSON."""
    answer = clever.get("/v3.1/users", params={"limit": limit})

    assert answer.status_code == status
    assert set(answer.json()) == {"message"}


@pytest.mark.parametrize("path", ["/v3.1/users?role=principal", "/v3.1/schools/{school}/users?role=contact"])
def test_a_role_that_the_path_does_not_know_is_refused(
    clever: httpx.Client, sandbox: RunningSandbox, path: str
) -> None:
    """Each path has its own roles."""
    school = sandbox.district.mints["school"].id(0)

    assert clever.get(path.format(school=school)).status_code == 400


@pytest.mark.parametrize("limit", [7, 100, 1199, 1200, 1201, 10_000])
def test_a_walk_meets_everybody_once_in_ascending_order(
    clever: httpx.Client, sandbox: RunningSandbox, limit: int
) -> None:
    """Whatever the page size; a last page that is full is followed by an empty one."""
    pages = walk(clever, f"/v3.1/users?limit={limit}")

    assert [identifier for page in pages for identifier in page] == [p.user_id for p in sandbox.district.people()]
    assert all(len(page) == limit for page in pages[:-1])


def test_a_page_holds_a_hundred_unless_asked_otherwise(clever: httpx.Client) -> None:
    """The default limit."""
    assert len(clever.get("/v3.1/users").json()["data"]) == 100


def test_links_are_relative_and_keep_limit_and_filters(clever: httpx.Client) -> None:
    """The first page has no `prev`; the second has one that leads back to the first."""
    first = clever.get("/v3.1/users?role=teacher&limit=5").json()
    second = clever.get(link(first, "next")).json()
    ids = [item["data"]["id"] for item in second["data"]]

    assert [item["rel"] for item in first["links"]] == ["self", "next"]
    assert link(second, "next") == f"/v3.1/users?limit=5&role=teacher&starting_after={ids[-1]}"
    assert clever.get(link(second, "prev")).json()["data"] == first["data"]


def test_the_newest_record_is_found_from_the_end(clever: httpx.Client, sandbox: RunningSandbox) -> None:
    """`ending_before=last&limit=1` is the documented way."""
    pages = walk(clever, "/v3.1/users?ending_before=last&limit=1", rel="")

    assert pages == [[sandbox.district.user_id(1199)]]


def test_a_cursor_that_is_no_id_splits_the_list(clever: httpx.Client, sandbox: RunningSandbox) -> None:
    """Paging is a range of ids, so any text is a cursor."""
    middle = sandbox.district.user_id(600)
    after = walk(clever, f"/v3.1/users?limit=10000&starting_after={middle[:20]}")[0]
    before = walk(clever, f"/v3.1/users?limit=10000&ending_before={middle[:20]}", rel="")[0]

    assert middle in after
    assert sorted([*before, *after]) == [person.user_id for person in sandbox.district.people()]


def test_behind_the_end_there_is_an_empty_page(clever: httpx.Client) -> None:
    """Empty data and no `next`."""
    page = clever.get("/v3.1/users?starting_after=ffffffffffffffffffffffff").json()

    assert page["data"] == []
    assert link(page, "next") == ""


@pytest.mark.parametrize("role", ["student", "teacher", "staff", "district_admin", "contact"])
def test_a_role_list_shows_all_roles_of_those_who_share_it(
    clever: httpx.Client, sandbox: RunningSandbox, role: str
) -> None:
    """A person with two roles is in both lists, whole; `count` says how many there are."""
    page = clever.get(f"/v3.1/users?role={role}&limit=10000&count=true").json()
    sharing = {
        person.user_id: {held.role for held in person.shared_roles}
        for person in sandbox.district.people()
        if any(held.role == role for held in person.shared_roles)
    }

    assert {item["data"]["id"]: set(item["data"]["roles"]) for item in page["data"]} == sharing
    assert page["count"] == len(sharing)


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("students", "student"),
        ("teachers", "teacher"),
        ("school_admins", "staff"),
        ("district_admins", "district_admin"),
        ("contacts", "contact"),
    ],
)
def test_v2_lists_each_role_under_its_own_ids(
    clever: httpx.Client, sandbox: RunningSandbox, path: str, role: str
) -> None:
    """A person with three roles is three records in v2, and one that is not shared is none."""
    pages = walk(clever, f"/v2.1/{path}?limit=50")
    shared = [held.v2_id for p in sandbox.district.people() for held in p.shared_roles if held.role == role]

    assert [identifier for page in pages for identifier in page] == shared


@pytest.mark.parametrize(
    ("path", "has_count"),
    [("/v3.1/users", True), ("/v2.1/teachers", True), ("/v2.0/teachers", False), ("/v3.1/resources", False)],
)
def test_count_is_answered_where_the_version_knows_it(clever: httpx.Client, path: str, has_count: bool) -> None:
    """v2.0 has no count, nor have resources; any other value than `true` is ignored."""
    assert ("count" in clever.get(path, params={"count": "true"}).json()) is has_count
    assert "count" not in clever.get(path, params={"count": "5"}).json()


def test_primary_narrows_a_school_to_those_whose_first_school_it_is(
    clever: httpx.Client, sandbox: RunningSandbox
) -> None:
    """v3 lists everybody associated; with `primary=true` it lists whom v2 listed."""
    district = sandbox.district
    path = f"/v3.1/schools/{district.mints['school'].id(1)}/users?role=student&limit=10000"
    everybody, narrowed = walk(clever, path)[0], walk(clever, f"{path}&primary=true")[0]
    v2 = walk(clever, f"/v2.1/schools/{district.mints['school'].id(1)}/students?limit=10000")[0]

    assert set(narrowed) < set(everybody)
    assert narrowed == v2


def test_a_section_names_teachers_by_the_id_of_its_version(clever: httpx.Client, sandbox: RunningSandbox) -> None:
    """v3 gives user ids, v2 teacher ids, students are the same; some sections name a teacher who is not shared."""
    district = sandbox.district
    sections = {version: clever.get(f"/{version}/sections?limit=200").json()["data"] for version in ("v2.1", "v3.1")}
    pairs = [(old["data"], new["data"]) for old, new in zip(sections["v2.1"], sections["v3.1"], strict=True)]

    assert all(old["students"] == new["students"] for old, new in pairs)
    assert all(new["teacher"] == new["teachers"][0] for _, new in pairs)
    unknown = [i for _, new in pairs for i in new["teachers"] if district.index_of(i) is None]
    assert unknown
    assert {clever.get(f"/v3.1/users/{identifier}").status_code for identifier in unknown} == {404}
    old, new = pairs[0]
    teacher = district.index_of(new["teacher"])
    assert teacher is not None
    assert old["teacher"] == district.v2_id(teacher, "teacher")


def test_links_spelled_in_camel_case_lead_somewhere(clever: httpx.Client, sandbox: RunningSandbox) -> None:
    """Both spellings of a user's links answer alike; a contact gets no link to her students."""
    student, contact = (clever.get(f"/v3.1/users/{sandbox.district.user_id(i)}").json() for i in (0, 840))

    assert link(student, "myContacts").endswith("/myContacts")
    assert {clever.get(item["uri"]).status_code for item in student["links"]} == {200}
    assert clever.get(link(student, "myContacts").lower()).json()["data"]
    assert "myStudents" not in {item["rel"] for item in contact["links"]}
    assert clever.get(f"/v3.1/users/{contact['data']['id']}/mystudents").json()["data"]
