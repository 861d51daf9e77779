"""The feed tells what a migration must not misread, a user at a time in v3 and a role at a time in v2."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from playbook.sandbox.hard_cases import HardCase
from playbook.sandbox.server import RunningSandbox


def events(client: httpx.Client, version: str, **filters: Any) -> list[Any]:
    """All events of a feed, as filtered."""
    return [item["data"] for item in client.get(f"/{version}/events", params=filters).json()["data"]]


def test_a_cursor_must_be_the_id_of_an_event(clever: httpx.Client, sandbox: RunningSandbox) -> None:
    """Neither a user's id nor an event of the other version's feed will do."""
    v2_event = events(clever, "v2.1")[0]["id"]

    for cursor in (sandbox.district.user_id(0), v2_event, "x"):
        assert clever.get("/v3.1/events", params={"starting_after": cursor}).status_code == 400


def test_behind_the_newest_event_there_is_nothing(clever: httpx.Client) -> None:
    """The newest id is found with `ending_before=last&limit=1`; after it comes an empty page."""
    (newest,) = events(clever, "v3.1", ending_before="last", limit=1)

    assert newest == events(clever, "v3.1")[-1]
    assert events(clever, "v3.1", starting_after=newest["id"]) == []


def test_a_batch_comes_as_creates_then_updates_then_deletes(clever: httpx.Client) -> None:
    """Ids ascend; all of a batch carry the same second."""
    for version in ("v2.0", "v2.1", "v3.0", "v3.1"):
        batch = events(clever, version)
        actions = [event["type"].partition(".")[2] for event in batch]

        assert actions == sorted(actions, key=["created", "updated", "deleted"].index)
        assert [event["id"] for event in batch] == sorted(event["id"] for event in batch)
        assert len({event["created"] for event in batch}) == 1


def test_the_feeds_of_v2_and_v3_share_no_event(clever: httpx.Client) -> None:
    """v2 names roles without underscore, v3 knows users alone."""
    old, new = events(clever, "v2.1"), events(clever, "v3.1")

    assert {event["id"] for event in old}.isdisjoint(event["id"] for event in new)
    assert {"schooladmins", "teachers", "students", "contacts"} <= {event["type"].partition(".")[0] for event in old}
    assert {event["type"].partition(".")[0] for event in new} == {"users", "sections", "schools", "districts"}


def test_a_reissued_id_is_a_create_and_a_delete(clever: httpx.Client, sandbox: RunningSandbox) -> None:
    """The new id comes with a new legacy id; the old pair goes, in both feeds."""
    for index in sandbox.district.hard_cases()[HardCase.REISSUED_ID]:
        person = sandbox.district.person(index)
        (role,) = person.roles
        new = {e["type"]: e["data"]["object"] for e in events(clever, "v3.1") if _id(e) in _ids(person)}
        old = {e["type"].partition(".")[2] for e in events(clever, "v2.1") if _id(e) in (role.v2_id, role.former_v2_id)}

        assert new["users.created"]["id"] == person.user_id
        assert new["users.deleted"]["id"] == person.former_user_id
        assert new["users.deleted"]["roles"][role.role]["legacy_id"] == role.former_v2_id
        assert old == {"created", "deleted"}


def _id(event: Any) -> str:
    return str(event["data"]["object"]["id"])


def _ids(person: Any) -> tuple[str, str]:
    return person.user_id, person.former_user_id


def test_a_user_that_was_merged_away_leaves_a_legacy_id_that_lives_on(
    clever: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Who deactivates on `users.deleted` alone locks out a living person; v2 knows nothing of it."""
    survivors = [sandbox.district.person(i) for i in sandbox.district.hard_cases()[HardCase.TEACHER_STAFF_ADMIN]]
    alive = {role.legacy_id: person.user_id for person in survivors for role in person.roles}
    deleted = [event["data"]["object"] for event in events(clever, "v3.1") if event["type"] == "users.deleted"]
    merged = {role["legacy_id"]: user["id"] for user in deleted for role in user["roles"].values()}

    assert len(set(merged) & set(alive)) == len(survivors)
    assert all(merged[legacy_id] != alive[legacy_id] for legacy_id in set(merged) & set(alive))
    assert not any(_id(e) in alive for e in events(clever, "v2.1") if e["type"].endswith("deleted"))


def test_a_create_may_carry_an_id_that_was_known_before(clever: httpx.Client, sandbox: RunningSandbox) -> None:
    """A person shared again is created again, under the id of 2020."""
    created = [_id(event) for event in events(clever, "v3.1") if event["type"] == "users.created"]

    assert created[0] == sandbox.district.user_id(sandbox.district.students)
    assert created[0].startswith("5fa9")


def test_people_in_events_are_not_quite_as_in_lists(clever: httpx.Client) -> None:
    """A student's role lacks the e-mail; a contact's has the one relationship of v2 beside the list of v3."""
    shown = [e["data"]["object"]["roles"] for e in events(clever, "v3.1") if e["type"] == "users.updated"]
    students = [roles["student"] for roles in shown if "student" in roles]
    contacts = [roles["contact"] for roles in shown if "contact" in roles]

    assert students
    assert not any("email" in student for student in students)
    assert contacts
    assert all(contact["relationship"] != contact["student_relationships"][1]["relationship"] for contact in contacts)


def test_enrolments_change_sections_and_never_users(clever: httpx.Client) -> None:
    """Old values come whole where they are lists."""
    (change,) = [event for event in events(clever, "v3.1") if event["type"] == "sections.updated"]

    assert isinstance(change["data"]["previous_attributes"]["students"], list)


@pytest.mark.parametrize(
    ("version", "record_type", "types"),
    [
        ("v3.1", ["users"], {"users"}),
        ("v3.1", ["users", "sections"], {"users", "sections"}),
        ("v3.1", ["teachers"], set()),
        ("v2.1", ["teachers"], {"teachers"}),
        ("v2.1", ["users"], set()),
        ("v3.1", [""], {"users", "sections", "schools", "districts"}),
    ],
)
def test_the_feed_is_filtered_by_record_type(
    clever: httpx.Client, version: str, record_type: list[str], types: set[str]
) -> None:
    """v2 words find nothing in v3, and do not fail."""
    found = events(clever, version, record_type=record_type)

    assert {event["type"].partition(".")[0] for event in found} == types


def test_the_feed_is_filtered_by_school(clever: httpx.Client, sandbox: RunningSandbox) -> None:
    """Records of another school go; contacts and the district have no school and stay."""
    school = sandbox.district.mints["school"].id(2)
    found = events(clever, "v3.1", school=school)
    users = [event["data"]["object"]["roles"].values() for event in found if event["type"].startswith("users")]
    named = [{school for role in roles for school in role.get("schools", ())} for roles in users]

    assert 0 < len(found) < len(events(clever, "v3.1"))
    assert "districts.updated" in {event["type"] for event in found}
    assert all(school in schools for schools in named if schools)


def test_one_event_is_shown_as_in_the_feed(clever: httpx.Client) -> None:
    """By its id."""
    event = events(clever, "v3.1")[3]

    assert clever.get(f"/v3.1/events/{event['id']}").json()["data"] == event


def test_the_bare_feeds_own_link_ends_in_a_question_mark(clever: httpx.Client) -> None:
    """As recorded on the wire."""
    assert clever.get("/v3.0/events").json()["links"][0] == {"rel": "self", "uri": "/v3.0/events?"}
