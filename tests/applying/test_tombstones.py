"""A folded account is marked in a word that its status column takes; one that it refuses is named before anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playbook.errors import AnswerIsNo
from tests.applying.schemas import engine_of, goes_there_and_back, vendor_with
from tests.applying.vendor import Vendor, dump

ENUM = {
    "postgresql": ("CREATE TYPE state AS ENUM ('active', 'gone')", "state"),
    "mysql": ("SELECT 1", "ENUM('active', 'gone')"),
}


def with_state(url: str, kind: str, *before: str) -> Vendor:
    """Return the vendor with another status column."""
    column = f"ALTER TABLE users ADD COLUMN state {kind}"
    return vendor_with(url, *before, column, accounts={"status": "state"})


def refused(vendor: Vendor) -> list[tuple[str, bool]]:
    """Return the checks that stop the vendor's plan, and whether they name the column."""
    before = dump(vendor.url, also_ours=True)
    with pytest.raises(AnswerIsNo) as caught:
        vendor.apply(vendor.plan())
    assert dump(vendor.url, also_ours=True) == before
    return [(fault.where, "users.state" in fault.what) for fault in caught.value.faults]


@pytest.mark.parametrize(
    "kind",
    [
        "VARCHAR(20) DEFAULT 'active' CHECK (state IN ('active', 'gone'))",
        "VARCHAR(20) DEFAULT 'active' CHECK (state <> 'deleted' OR kind = 'student')",
        "VARCHAR(6) DEFAULT 'active'",
    ],
)
def test_a_word_that_the_column_refuses_stops_the_plan(database_url: str, kind: str) -> None:
    """A check constraint, one that looks at other columns too, and a column that is too short: all are named."""
    vendor = with_state(database_url, kind)
    assert refused(vendor) == [("tombstone_refused", True)]
    vendor = replace(vendor, merge=replace(vendor.merge, acknowledge=("tombstone_refused",)))
    assert refused(vendor) == [("tombstone_refused", True)]
    vendor = replace(vendor, merge=replace(vendor.merge, acknowledge=(), tombstone="gone"))
    between = goes_there_and_back(vendor)["users"]
    assert sum("'gone'" in row for row in between) == 3


@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_an_enumeration_is_asked_for_its_words(request: pytest.FixtureRequest, engine: str) -> None:
    """An enumeration without the word stops the plan; one of its own words marks the folded accounts."""
    url = request.getfixturevalue(f"{engine}_url")
    make, kind = ENUM[engine_of(url)]
    vendor = with_state(url, kind, make)
    assert refused(vendor) == [("tombstone_refused", True)]
    between = goes_there_and_back(replace(vendor, merge=replace(vendor.merge, tombstone="gone")))["users"]
    assert sum("'gone'" in row for row in between) == 3


def test_a_column_without_words_is_named_and_left_as_it_is(database_url: str) -> None:
    """Nobody guesses what a moment or a number must hold: a check says that folded accounts are not marked there."""
    vendor = with_state(database_url, "INTEGER DEFAULT 1")
    (check,) = [check for check in vendor.plan().header.checks if check.name == "tombstones_unmarked"]
    assert (check.blocking, check.things) == (False, ("users.state",))
    goes_there_and_back(vendor)
