"""A later day of the same district: some have left, some have come, some have changed, and the feed tells it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from playbook.errors import InputError
from playbook.sandbox.district import make_district
from playbook.sandbox.later import OF_STUDENTS, OF_TEACHERS, LaterDistrict, Turn
from playbook.sandbox.role_records import V2_PATHS
from playbook.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import connect

Users = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def days(sandbox: RunningSandbox) -> Iterator[list[httpx.Client]]:
    """Clients of the sample district on day 0, 1 and 2."""
    with (
        running_sandbox(day=1) as first,
        running_sandbox(day=2) as second,
        connect(sandbox) as zero,
        connect(first) as one,
        connect(second) as two,
    ):
        yield [zero, one, two]


def everybody(client: httpx.Client, path: str = "/v3.1/users", limit: int = 10_000) -> list[dict[str, Any]]:
    """All records of a list, in its order."""
    found: list[dict[str, Any]] = []
    target = f"{path}?limit={limit}"
    while target:
        page = client.get(target).json()
        found += [item["data"] for item in page["data"]]
        target = next((link["uri"] for link in page["links"] if link["rel"] == "next"), "")
    return found


def turned(day: int) -> dict[Turn, list[int]]:
    """Person's numbers by what became of them on a day."""
    district = LaterDistrict(1, 1200, day)
    found: dict[Turn, list[int]] = {}
    for index, (of_day, turn) in district.turns.items():
        if of_day == day:
            found.setdefault(turn, []).append(index)
    return found


def test_every_day_something_of_each_kind_happens_to_others() -> None:
    """Day 2 holds what day 1 changed, unchanged, and as much again."""
    one, two = LaterDistrict(1, 1200, 1).turns, LaterDistrict(1, 1200, 2).turns

    assert Counter(turn for _, turn in one.values()) == Counter((*OF_TEACHERS, *OF_STUDENTS, Turn.ROLE_REMOVED))
    assert {index: of for index, of in two.items() if of[0] == 1} == dict(one)
    assert len(two) == 2 * len(one)


@pytest.mark.parametrize("path", ["/v3.1/users", "/v3.0/users", *(f"/v2.1/{noun}" for noun in V2_PATHS.values())])
def test_lists_of_a_later_day_ascend_and_page(path: str, days: list[httpx.Client]) -> None:
    """Ids of the day sort behind all others, and small pages bring what one large page brings."""
    whole = everybody(days[2], path)
    ids = [record["id"] for record in whole]

    assert ids == sorted(set(ids))
    assert everybody(days[2], path, limit=97) == whole
    assert days[2].get(f"{path}?limit=1&count=true").json().get("count", len(ids)) == len(ids)


def test_what_became_of_each_person_is_seen(days: list[httpx.Client]) -> None:
    """By id, by old id, by mailbox and by role; nobody else has changed at all."""
    before, now = ({user["id"]: user for user in everybody(client)} for client in days[:2])
    district, later = make_district(), LaterDistrict(1, 1200, 1)
    happened = turned(1)

    def pairs(turn: Turn) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        return [(before[district.user_id(i)], now[later.user_id(i)]) for i in happened[turn]]

    assert [district.user_id(i) in now for i in happened[Turn.DEPARTED]] == [False, False]
    for old, new in pairs(Turn.REISSUED):
        assert (old["id"] in now, old["roles"]) == (False, new["roles"])
    for old, new in pairs(Turn.RETURNED):
        legacy = {user["roles"]["teacher"].pop("legacy_id") for user in (old, new)}
        assert (old["id"] in now, len(legacy), old["roles"]) == (False, 2, new["roles"])
    for old, new in pairs(Turn.REPLACED):
        (role,) = new["roles"]
        assert old["id"] not in now
        assert old["email"] != new["email"]
        assert old["roles"][role]["sis_id"] != new["roles"][role]["sis_id"]
    for old, new in pairs(Turn.MAIL_CHANGED):
        assert (old["id"], f"new.{old['email']}") == (new["id"], new["email"])
    assert [(set(old["roles"]), set(new["roles"])) for old, new in pairs(Turn.ROLE_ADDED)] == [
        ({"teacher"}, {"teacher", "staff"})
    ]
    assert [(set(old["roles"]), set(new["roles"])) for old, new in pairs(Turn.ROLE_REMOVED)] == [
        ({"teacher", "staff"}, {"teacher"})
    ]
    touched = {district.user_id(i) for i in later.turns}
    assert {id_: user for id_, user in before.items() if id_ not in touched}.items() <= now.items()


def test_the_feed_goes_on_from_the_day_before(days: list[httpx.Client]) -> None:
    """A cursor of one day brings just the next day's batch: creates, updates, deletes, each with the right ids."""
    before, now = (everybody(client, "/v3.1/events", limit=1000) for client in days[:2])
    cursor = before[-1]["id"]
    batch = [item["data"] for item in days[1].get(f"/v3.1/events?starting_after={cursor}").json()["data"]]
    district, later, happened = make_district(), LaterDistrict(1, 1200, 1), turned(1)
    told = {
        action: [event["data"]["object"]["id"] for event in batch if event["type"] == f"users.{action}"]
        for action in ("created", "updated", "deleted")
    }
    new = [*happened[Turn.REISSUED], *happened[Turn.RETURNED], *happened[Turn.REPLACED]]

    assert now[: len(before)] == before
    assert [event["id"] for event in now] == sorted(event["id"] for event in now)
    assert set(told["created"]) == {later.user_id(i) for i in new}
    assert set(told["deleted"]) == {district.user_id(i) for i in [*new, *happened[Turn.DEPARTED]]}
    assert len(told["updated"]) == len(happened[Turn.MAIL_CHANGED]) + 2
    assert len(batch) == sum(map(len, told.values()))


def test_who_left_cannot_be_read_or_signed_in(sandbox: RunningSandbox, days: list[httpx.Client]) -> None:
    """Her id is unknown and her login is refused; her district's other people answer."""
    gone = turned(1)[Turn.DEPARTED][0]
    token = sandbox.district.user_token(gone, "teacher")
    headers = {"authorization": f"Bearer {token}"}

    assert days[0].get("/v3.1/me", headers=headers).status_code == 200
    assert days[1].get("/v3.1/me", headers=headers).status_code == 401
    assert days[1].get(f"/v3.1/users/{sandbox.district.user_id(gone)}").status_code == 404
    assert days[1].get(f"/v3.1/users/{sandbox.district.user_id(0)}").status_code == 200


def test_clever_took_the_new_data_over(days: list[httpx.Client]) -> None:
    """The district says so itself."""
    synced = [client.get("/v3.1/districts").json()["data"][0]["data"]["last_sync"] for client in days]

    assert synced == sorted(set(synced))


def test_a_day_before_the_first_is_refused() -> None:
    """There is none."""
    with pytest.raises(InputError), running_sandbox(day=-1):
        pass
