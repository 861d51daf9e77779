"""Each quirk is a switch: on, the sandbox speaks as the wire does, off, as the specification does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from playbook.errors import InputError
from playbook.sandbox.quirks import DEFAULT_QUIRKS, DEPARTURES, Quirk, choose_quirks
from playbook.sandbox.server import running_sandbox
from tests.sandbox.conftest import connect

Question = Callable[[httpx.Client], Any]


def test_a_quirk_that_does_not_exist_is_refused() -> None:
    """All unknown names are listed."""
    with pytest.raises(InputError) as refusal:
        choose_quirks(on=["blank"], off=["uri"])

    assert [fault.where for fault in refusal.value.faults] == ["blank", "uri"]


def test_every_switch_is_on_the_list_once_with_its_reason() -> None:
    """No departure is without a reason, no switch without a departure."""
    assert sorted(item.quirk for item in DEPARTURES if item.quirk) == sorted(Quirk)
    assert all(item.what and item.why for item in DEPARTURES)


def previous_is_inside(client: httpx.Client) -> bool:
    """Where the old values of a change stand."""
    (change,) = [item["data"] for item in client.get("/v3.1/events?record_type=schools").json()["data"]]
    assert ("previous_attributes" in change["data"]) is not ("previous_attributes" in change)
    return "previous_attributes" in change["data"]


def student(client: httpx.Client) -> Any:
    """The first student."""
    return client.get("/v3.1/users?limit=1").json()["data"][0]


def empty_resources(client: httpx.Client) -> Any:
    """A list of resources that holds none."""
    return client.get(f"/v3.1/sections/{client.get('/v3.1/sections').json()['data'][9]['data']['id']}/resources").json()


def camel_links(client: httpx.Client) -> bool:
    """Whether any link of a student is spelled with a capital."""
    links = client.get(f"/v3.1/users/{student(client)['data']['id']}").json()["links"]
    return any(link["uri"] != link["uri"].lower() for link in links)


@pytest.mark.parametrize(
    ("quirk", "is_seen"),
    [
        (Quirk.STUDENT_LEGACY_ID, lambda c: "legacy_id" in student(c)["data"]["roles"]["student"]),
        (Quirk.RESOURCES_KEY, lambda c: empty_resources(c) == {"resources": []}),
        (Quirk.ITEM_URI, lambda c: "uri" in student(c)),
        (Quirk.INNER_PREVIOUS, previous_is_inside),
        (Quirk.BLANKS, lambda c: "state_id" in c.get("/v3.1/schools").json()["data"][0]["data"]),
        (Quirk.CAMEL_LINKS, camel_links),
        (Quirk.BARE_EVENTS_LINK, lambda c: c.get("/v3.1/events").json()["links"][0]["uri"].endswith("?")),
        (Quirk.UNFILTERED_EVENTS, lambda c: len(c.get("/v3.1/events?record_type=schools").json()["data"]) > 1),
    ],
)
def test_a_switch_is_seen_on_the_wire(quirk: Quirk, is_seen: Question) -> None:
    """Switched on it shows, switched off it does not, and it changes nothing else that is asked here."""
    for quirks, expected in ((DEFAULT_QUIRKS | {quirk}, True), (DEFAULT_QUIRKS - {quirk}, False)):
        with running_sandbox(quirks=quirks) as running, connect(running) as client:
            assert is_seen(client) is expected
