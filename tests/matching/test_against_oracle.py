"""The rules agree with a second opinion that shares no code with them, on every account of every district."""

from __future__ import annotations

from itertools import chain
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playbook.matching.reasons import Reason
from tests.matching.generated import ROLES, LittleDistrict, make_district
from tests.matching.oracle import Oracle
from tests.matching.small_district import DISTRICT, match

BATCHES, DISTRICTS_A_BATCH = 100, 100
QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)

SEEDS = st.integers(0, 2**32 - 1)
BY_REVIEWERS = {"accepted_by_reviewer", "kept_apart_by_reviewer"}
FOR_NEW_USERS = {"no_account", "waits_for_review"}


def opinions(matches):
    """What matching says, in the oracle's form: verdicts, candidates, new users."""
    rows = matches.rows.itertuples()
    verdicts = {row.account_id: (row.state, row.reason, row.user_id, row.role, row.rule) for row in rows}
    candidates = set(zip(matches.candidates["account_id"], matches.candidates["user_id"], strict=True))
    new_users = {(row.user_id, row.role): row.reason for row in matches.new_users.itertuples()}
    return verdicts, candidates, new_users


def match_together(districts: list[LittleDistrict], former_ids=None):
    """Match several little districts as if they were one."""
    tables = ("accounts", "users", "roles", "mapping")
    accounts, users, roles, mapping = (list(chain(*(getattr(d, t) for d in districts))) for t in tables)
    lines = [{**line, "line": number} for number, line in enumerate(mapping)]
    return match(accounts, users, roles, mapping=lines, former_ids=former_ids)


def second_opinion(district: LittleDistrict, former_ids, shared_roles):
    """What the oracle says of one little district alone."""
    oracle = Oracle(
        district.accounts,
        district.users,
        district.roles,
        district.mapping,
        district=DISTRICT,
        former_ids=former_ids,
        shared_roles=shared_roles,
    )
    return oracle.verdicts(), oracle.candidates(), oracle.new_users()


@settings(QUIET, max_examples=25)
@given(seed=SEEDS, knows_former=st.booleans())
def test_one_district_agrees_with_the_oracle(seed, knows_former):
    """A district alone: state, reason, user, role, rule, candidates and new users are the oracle's."""
    district = make_district(Random(seed), 0)
    former_ids = district.former_ids if knows_former else None

    assert opinions(match_together([district], former_ids)) == second_opinion(district, former_ids, None)


def test_the_generated_districts_have_every_hard_case():
    """A generator that never makes a reason proves nothing about it: each occurs among 1,000 districts."""
    dice = Random(7)
    districts = [make_district(dice, number) for number in range(1000)]
    alone = [make_district(Random(seed), 1000 + seed, ("student", "contact")) for seed in range(20)]
    known = set(chain(*(d.former_ids for d in districts)))

    found = match_together(districts, known).reasons.keys() | match_together(alone).reasons.keys()

    assert found == set(Reason) - BY_REVIEWERS - FOR_NEW_USERS


@pytest.mark.slow
@settings(QUIET, max_examples=BATCHES)
@given(seed=SEEDS)
def test_ten_thousand_districts_agree_with_the_oracle(seed):
    """10,000 districts, a hundred in each call, none of which may notice the others: all agree with the oracle."""
    dice = Random(seed)
    words = tuple(dice.sample(ROLES, dice.choice([3, 4, 5, 5])))
    districts = [make_district(dice, number, words) for number in range(DISTRICTS_A_BATCH)]
    former_ids = set(chain(*(d.former_ids for d in districts))) if dice.random() < 0.5 else None

    verdicts, candidates, new_users = opinions(match_together(districts, former_ids))

    shared_roles = {role["role"] for district in districts for role in district.roles}
    for number, district in enumerate(districts):
        expected = second_opinion(district, former_ids, shared_roles)
        mine = {row["account_id"] for row in district.accounts}
        theirs = {(role["user_id"], role["role"]) for role in district.roles}
        assert {a: v for a, v in verdicts.items() if a in mine} == expected[0], number
        assert {pair for pair in candidates if pair[0] in mine} == expected[1], number
        assert {key: reason for key, reason in new_users.items() if key in theirs} == expected[2], number
    assert len(verdicts) == sum(len({row["account_id"] for row in d.accounts}) for d in districts)
