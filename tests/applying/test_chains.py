"""Accounts that are merged again and again: however it was done, a survivor is one step away and stands for itself."""

from __future__ import annotations

import random
from itertools import chain

import pytest
from sqlalchemy import text

from playbook.applying.survey import survey_database
from playbook.applying.undo import plan_undo
from playbook.matching.table import MATCHES
from playbook.merging.plan import Plan
from playbook.merging.planner import Bindings, plan_migration
from tests.applying.vendor import DISTRICT, NOW, Vendor, accounts_of, build_vendor, dump, new_id

PERSONS = 17
WORLDS = 2


def plan_of(vendor: Vendor, group: list[int], linked: dict[int, str], name: str) -> Plan:
    """Plan that a group of accounts is one person by now; at most one of them holds the person's v3 id already."""
    survey = survey_database(vendor.source, vendor.merge)
    user_id = next((linked[account] for account in group if account in linked), new_id(min(group)))
    rows = [
        {"account_id": str(account), "state": "already_v3" if account in linked else "matched", "user_id": user_id}
        | {"role": "teacher", "rule": "legacy_id", "evidence": "", "reason": "legacy_id"}
        for account in group
    ]
    bindings = Bindings(
        tool="test",
        district_id=DISTRICT,
        database=vendor.source.identity(),
        schema_digest=vendor.source.schema_digest(),
        snapshot_root=name,
        accounts_digest="a",
        made_at=NOW,
        found=survey.found,
    )
    return plan_migration(
        MATCHES.make(rows),
        vendor.source.read(),
        merge=vendor.merge,
        layout=survey.layout,
        bindings=bindings,
        standing=survey.standing,
    )


def survivors_of(vendor: Vendor) -> dict[int, int]:
    """Return each folded account's survivor."""
    with vendor.source.engine.connect() as connection:
        rows = connection.execute(text("SELECT account_id, survivor_id FROM playbook_survivors")).all()
    return {int(account): int(survivor) for account, survivor in rows}


@pytest.mark.parametrize("fold", ["alias", "move"])
def test_merged_people_who_are_merged_again_are_one(sqlite_url: str, fold: str) -> None:
    """Chains, and fan-in of up to twenty accounts: every account that was ever folded points at one that stands, the
    one that the last merge chose; undone in turn, nothing is left."""
    accounts = list(chain.from_iterable(accounts_of(person) for person in range(3, PERSONS + 1)))
    vendor = build_vendor(sqlite_url, persons=PERSONS, fold=fold)
    before, chance = dump(sqlite_url), random.Random(11)
    for world in range(WORLDS):
        standing = {account: {account} for account in accounts}  # who stands, and for whom
        linked: dict[int, str] = {}
        done: list[Plan] = []
        for turn in range(4):
            fresh = [account for account in standing if account not in linked]
            size = 20 if world == turn == 0 else chance.randint(2, 5)
            group = sorted([*linked, *chance.sample(fresh, min(size, len(fresh)))])
            if len(group) < 2:
                break
            plan = plan_of(vendor, group, linked, f"{world}.{turn}")
            assert vendor.apply(plan).refusals == []
            found = survivors_of(vendor)
            (survivor,) = set(group) - set(found)
            linked = {survivor: next(iter(linked.values()), new_id(min(group)))}
            standing[survivor] = set().union(*(standing.pop(account) for account in group))
            expected = {account: head for head, people in standing.items() for account in people - {head}}
            assert found == expected, (world, turn)
            assert vendor.verify(plan) == ()
            done.append(plan)
        for plan in reversed(done):
            assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW)).kept == []
        assert dump(sqlite_url) == before
