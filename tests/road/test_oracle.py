"""Every account, sign-in and right of the sample district ends as the second opinion says, row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import pytest

from playbook.sandbox.server import RunningSandbox
from tests.road.oracle import Oracle
from tests.road.oracle_rights import Pair, rights_after, rights_before
from tests.road.raw import Row
from tests.road.temptations import contradicting_accounts, tempting_accounts
from tests.road.walks import Walk, walk_district

WAYS = [(layout, people) for layout in ("users", "credentials") for people in ("consolidate", "role_accounts")]
CERTAIN = ("matched", "already_v3")
UNION = {
    'mode = "per_role"': 'mode = "union"',
    'teacher = ["edit:section", "view:school"]': 'teacher = ["edit:section", "teach:school"]',
}
"""Roles' rights combine, and no two roles may do the same at a school."""

Tables = Mapping[str, list[Row]]
Damage = Callable[[dict[str, list[Row]]], None]


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def walk(request: pytest.FixtureRequest, sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The sample district, walked up to the rehearsal, in either layout and with either way to treat people."""
    layout, people = request.param
    return walk_district(sandbox, tmp_path_factory.mktemp("walk") / "district", layout=layout, people=people)


@pytest.fixture(scope="module")
def oracle(walk: Walk) -> Oracle:
    """The second opinion on the same district."""
    return Oracle(walk.world, walk.people)


def test_every_account_is_in_the_state_that_the_oracle_says(walk: Walk, oracle: Oracle) -> None:
    """No account is missing, invented, in another state, or taken for another user or role."""
    assert set(walk.rows("matches")) == {account["id"] for account in walk.world.accounts}
    assert differing_states(oracle, walk.tables) == []


def test_the_same_accounts_belong_to_the_same_person(walk: Walk, oracle: Oracle) -> None:
    """Whom the oracle takes for one person, the matches do too, and nobody else."""
    groups = defaultdict(list)
    for row in walk.tables["matches"]:
        if row["state"] in CERTAIN and row["role"] != "student":
            groups[row["user_id"]].append(row["account_id"])

    assert {user: sorted(ids) for user, ids in groups.items()} == {
        user: sorted(ids) for user, ids in oracle.persons().items()
    }


def test_every_account_becomes_what_the_oracle_says(walk: Walk, oracle: Oracle) -> None:
    """Unchanged, linked, survivor, folded, held or left; and whoever waits or is left gets no id."""
    assert differing_destinations(oracle, walk.tables) == []


def test_every_sign_in_reaches_the_account_that_the_oracle_says(walk: Walk, oracle: Oracle) -> None:
    """For every user and role one account, before and after; and nobody who had one is lost."""
    assert differing_sign_ins(oracle, walk.tables) == []
    assert [row["user_id"] for row in walk.tables["sign_ins"] if row["before"] and not row["after"]] == []


def test_every_login_keeps_the_rights_that_the_oracle_says(walk: Walk, oracle: Oracle) -> None:
    """In the mode per_role a login has its role's pairs of action and scope before and after, and no more."""
    before, after = rights_before(oracle, walk.policy), rights_after(oracle, walk.policy, "per_role")

    assert differing_rights(walk.tables, before, after) == []


def test_rights_that_are_uncertain_stay_as_they_are(walk: Walk, oracle: Oracle) -> None:
    """Whoever waits for a person, or is nobody's account, gains nothing, and loses only a role that is not shared."""
    uncertain = {key for key, said in oracle.states.items() if said.state not in CERTAIN}
    changed = [row for row in walk.tables["changes"] if row["credential"] in uncertain and row["change"] != "kept"]
    hidden = {row["account_id"] for row in walk.tables["matches"] if row["reason"] == "role_not_shared"} & uncertain

    assert {(row["change"], row["reason"]) for row in changed} == {("loss", "role_not_shared")}
    assert {row["credential"] for row in changed} == hidden


@pytest.fixture(scope="module", params=["consolidate", "role_accounts"])
def tempted(request: pytest.FixtureRequest, sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The district with accounts that tempt and contradict, walked in the mode union."""
    planted = [*tempting_accounts(sandbox.district).values(), *contradicting_accounts(sandbox.district).values()]
    place = tmp_path_factory.mktemp("tempted") / "district"
    return walk_district(sandbox, place, people=request.param, planted=planted, edits=UNION)


def test_temptations_end_as_the_oracle_says(tempted: Walk) -> None:
    """Traces, doubles and contradictions match nobody, and disturb nobody more than the oracle says."""
    oracle = Oracle(tempted.world, tempted.people)

    assert differing_states(oracle, tempted.tables) == []
    assert differing_destinations(oracle, tempted.tables) == []
    assert differing_sign_ins(oracle, tempted.tables) == []


def test_a_union_adds_the_pairs_that_the_oracle_says(tempted: Walk) -> None:
    """In the mode union a login has the pairs of each role that its account answers for, never actions times scopes."""
    oracle = Oracle(tempted.world, tempted.people)
    before, after = rights_before(oracle, tempted.policy), rights_after(oracle, tempted.policy, "union")

    assert differing_rights(tempted.tables, before, after) == []
    assert any(after[key] > before[key] for key in before)


def copied(walk: Walk) -> dict[str, list[Row]]:
    """The walk's tables, to be damaged."""
    return {
        name: [dict(row) for row in walk.tables[name]] for name in ("matches", "destinations", "sign_ins", "changes")
    }


def swap_two_users(tables: dict[str, list[Row]]) -> None:
    """Give two matched accounts each other's user."""
    one, *_, other = (row for row in tables["matches"] if row["rule"] == "legacy_id")
    one["user_id"], other["user_id"] = other["user_id"], one["user_id"]


def forget_a_match(tables: dict[str, list[Row]]) -> None:
    """Call a matched student unmatched."""
    row = next(row for row in tables["matches"] if row["role"] == "student")
    row["state"], row["user_id"] = "unmatched", ""


def believe_a_suggestion(tables: dict[str, list[Row]]) -> None:
    """Take a suggestion for certain."""
    next(row for row in tables["matches"] if row["state"] == "suggested")["state"] = "matched"


@pytest.mark.parametrize(
    ("damage", "objections"), [(swap_two_users, 2), (forget_a_match, 1), (believe_a_suggestion, 1)]
)
def test_the_oracle_objects_to_a_wrong_match(walk: Walk, oracle: Oracle, damage: Damage, objections: int) -> None:
    """It has teeth: each damaged row is named, and no other."""
    tables = copied(walk)
    damage(tables)

    assert len(differing_states(oracle, tables)) == objections


def test_the_oracle_objects_to_a_wrong_end(walk: Walk, oracle: Oracle) -> None:
    """An account linked instead of held, a sign-in that finds nobody and a right too many do not escape it."""
    tables = copied(walk)
    next(row for row in tables["destinations"] if row["outcome"] == "held")["outcome"] = "linked"
    next(row for row in tables["sign_ins"] if row["verdict"] == "same")["after"] = ""
    known = rights_before(oracle, walk.policy)
    wrong = next(row for row in tables["changes"] if row["credential"] in known)
    tables["changes"].append(wrong | {"action": "delete", "change": "gain"})

    assert len(differing_destinations(oracle, tables)) == 1
    assert len(differing_sign_ins(oracle, tables)) == 1
    assert len(differing_rights(tables, known, known)) == 1


def differing_states(oracle: Oracle, tables: Tables) -> list[str]:
    """Name the accounts on whose state, user or role the two disagree."""
    return [
        f"account {row['account_id']}: {row['state']} {row['user_id']} {row['role']}, the oracle says {said}"
        for row in tables["matches"]
        for said in [oracle.states[row["account_id"]]]
        if (row["state"], row["user_id"]) != (said.state, said.user_id) or (said.role and row["role"] != said.role)
    ]


def differing_destinations(oracle: Oracle, tables: Tables) -> list[str]:
    """Name the accounts on whose outcome, survivor or final id the two disagree."""
    expected = oracle.destinations()
    found = {row["account_id"]: (row["outcome"], row["survivor_id"], row["user_id"]) for row in tables["destinations"]}
    return [
        f"account {key}: {found.get(key)}, the oracle says {outcome}, {survivor}"
        for key, (outcome, survivor) in expected.items()
        if found.get(key) != (outcome, survivor, "" if outcome in ("held", "left") else oracle.states[key].user_id)
    ]


def differing_sign_ins(oracle: Oracle, tables: Tables) -> list[str]:
    """Name the (user, role) pairs that end elsewhere than the oracle says, or that only one of the two has."""
    expected = oracle.sign_ins()
    found = {(row["user_id"], row["role"]): row for row in tables["sign_ins"]}
    absent = [f"{key} is asked by one of the two only" for key in expected.keys() ^ found.keys()]
    return absent + [
        f"{key}: {row['before']} to {row['after']}, {row['verdict']}; the oracle says {expected[key]}"
        for key, row in found.items()
        if key in expected
        and not (
            row["before"] in expected[key].before
            and row["after"] in expected[key].after
            and row["verdict"] in expected[key].verdicts
        )
    ]


def differing_rights(
    tables: Tables, before: Mapping[str, frozenset[Pair]], after: Mapping[str, frozenset[Pair]]
) -> list[str]:
    """Name the logins whose pairs differ from what the oracle says, today or after the cut-over."""
    today = pairs_by_login(row for row in tables["changes"] if row["change"] != "gain")
    later = pairs_by_login(row for row in tables["changes"] if row["change"] != "loss")
    return [
        f"account {key}, {when}: {sorted(found.get(key, frozenset()) ^ pairs)}"
        for when, found, expected in (("before", today, before), ("after", later, after))
        for key, pairs in expected.items()
        if found.get(key, frozenset()) != pairs
    ]


def pairs_by_login(rows: Iterable[Row]) -> dict[str, frozenset[Pair]]:
    """Return for every login its pairs of action and scope."""
    found = defaultdict(set)
    for row in rows:
        found[row["credential"]].add((row["action"], row["scope_kind"], row["scope_id"]))
    return {key: frozenset(pairs) for key, pairs in found.items()}
