"""What several hard cases have in common: one person, two, a student left alone, relationships, a hostile name."""

from __future__ import annotations

from collections import Counter

from playbook.sandbox.hard_cases import HardCase
from playbook.sandbox.names import HOSTILE
from tests.road.cases import Cases


def assert_one_person(cases: Cases, case: HardCase, roles: set[str]) -> None:
    """One survivor, the others folded into it, all with the one user; or all held where one is suspended."""
    status = {account["id"]: account["status"] for account in cases.walk.world.accounts}
    for user in cases.users(case):
        accounts = cases.accounts(user)
        ends = [cases.ends[account] for account in accounts.values()]

        assert accounts.keys() == roles
        assert len(set(accounts.values())) == len(roles)
        assert {cases.matches[account]["user_id"] for account in accounts.values()} == {user["id"]}
        if any(status[account] == "suspended" for account in accounts.values()):
            assert {end["outcome"] for end in ends} == {"held"}
            continue
        assert sorted(end["outcome"] for end in ends) == ["folded"] * (len(roles) - 1) + ["survivor"]
        assert len({end["survivor_id"] for end in ends}) == 1
        links = [row for row in cases.operations if row["user_id"] == user["id"] and row["kind"] == "link"]
        assert [row["account_id"] for row in links] == [ends[0]["survivor_id"]]


def assert_two_people(cases: Cases, case: HardCase, roles: set[str]) -> None:
    """Two users under one e-mail, each with an account of her own that is linked alone."""
    users = cases.users(case)
    accounts = [account for user in users for account in cases.accounts(user).values()]

    assert {role for user in users for role in user["roles"]} == roles
    assert len({user["email"] for user in users}) == 1
    assert [cases.ends[account]["user_id"] for account in accounts] == [user["id"] for user in users]
    assert {cases.ends[account]["outcome"] for account in accounts} == {"linked"}
    assert len(set(accounts)) == len(users) == 2


def assert_untouched_students(cases: Cases, case: HardCase) -> None:
    """Found by the rule `student_id`; the plan does not name the account."""
    for user in cases.users(case):
        account = cases.accounts(user)["student"]
        match = cases.matches[account]

        assert ("legacy_id" in user["roles"]["student"]) is (case is HardCase.STUDENT_WITH_LEGACY_ID)
        assert (match["state"], match["rule"], match["user_id"]) == ("matched", "student_id", user["id"])
        assert cases.ends[account]["outcome"] == "unchanged"
        assert cases.operations_on(account) == set()


def assert_relationships(cases: Cases, case: HardCase, *, kinds: int = 1, entries_of_one: int = 1) -> None:
    """The stored relationships are those that Clever sends, entry by entry; the contact is one linked account."""
    columns = ("student_id", "relationship", "type")
    for user in cases.users(case):
        sent = user["roles"]["contact"]["student_relationships"]
        stored = [row for row in cases.walk.tables["relationships"] if row["user_id"] == user["id"]]

        assert len({entry["relationship"] for entry in sent}) >= kinds
        assert max(Counter(entry["student"] for entry in sent).values()) == entries_of_one
        assert sorted(tuple(row[column] for column in columns) for row in stored) == sorted(
            (entry["student"], entry["relationship"], entry["type"]) for entry in sent
        )
        assert cases.ends[cases.accounts(user)["contact"]]["outcome"] == "linked"


def assert_unharmed(cases: Cases, case: HardCase) -> None:
    """The name is in the tables as both sides keep it, and in nothing that may be shared."""
    first, last = HOSTILE[case.value]
    snapshot = {row["user_id"]: row for row in cases.walk.tables["users"]}
    kept = {account["id"]: account["name"] for account in cases.walk.world.accounts}
    read = {row["account_id"]: row["name"] for row in cases.walk.tables["accounts"]}
    assert len(read) == len(kept)
    for user in cases.users(case):
        row, name = snapshot[user["id"]], {"first": "", "middle": "", "last": ""} | user["name"]

        assert (row["first"], row["middle"], row["last"]) == (name["first"], name["middle"], name["last"])
        assert first in f"{name['first']} {name['last']}"
        for account in cases.accounts(user).values():
            assert read[account] == kept[account]
            assert last in read[account]
            assert cases.matches[account]["state"] == "matched"
    pieces = [f"{first} {last}"] if case is HardCase.NAME_NULL else [first, last]
    assert [piece for piece in pieces if cases.shows(piece)] == []
