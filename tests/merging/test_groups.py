"""What becomes of a person with several accounts: together or not at all, and never in again through the back door."""

from __future__ import annotations

import pandas as pd
import pytest

from playbook.district import Merge
from playbook.merging.groups import MOST_ACCOUNTS, decide_accounts

MEMBER = {
    "state": "matched",
    "user_id": "u1",
    "rule": "legacy_id",
    "evidence": "",
    "reason": "several_accounts_one_user",
    "clever_id": "",
    "v3_id": "",
    "account_role": "",
    "district_id": "d",
    "status": "active",
    "last_login": "",
    "rows": 0,
}


def kinds(*members: dict[str, str], merge: Merge) -> dict[str, tuple[str, str]]:
    """What each account gets: its operation and the reason."""
    table = pd.DataFrame([MEMBER | member for member in members])
    decided = decide_accounts(table, merge, chosen={}, holds={})
    return {row["account_id"]: (row["kind"], row["reason"]) for row in decided.to_dict("records")}


TEACHER = {"account_id": "1", "role": "teacher", "last_login": "2026-01-02"}
STAFF = {"account_id": "2", "role": "staff", "last_login": "2026-01-01"}


@pytest.mark.parametrize("status", ["suspended"])
def test_a_suspended_account_is_not_merged_with_an_active_one(status: str) -> None:
    """The person was shut out of one account; merging would let her in again, so both wait for a person."""
    got = kinds(TEACHER, STAFF | {"status": status}, merge=Merge())

    assert got == {"1": ("hold", "suspended_in_group"), "2": ("hold", "suspended_in_group")}


def test_the_reviewer_may_say_that_the_survivors_status_decides() -> None:
    """Acknowledged by name, the group is merged."""
    got = kinds(TEACHER, STAFF | {"status": "suspended"}, merge=Merge(acknowledge=("suspended_in_group",)))

    assert {kind for kind, _ in got.values()} == {"link", "alias"}


def test_accounts_that_stay_apart_are_not_held_for_each_others_status() -> None:
    """Where each role keeps its account, a suspended one stays suspended and lets nobody in."""
    got = kinds(TEACHER, STAFF | {"status": "suspended"}, merge=Merge(people="role_accounts"))

    assert {kind for kind, _ in got.values()} == {"link"}


def test_all_suspended_accounts_of_a_person_may_be_merged() -> None:
    """Nobody is let in who was out."""
    got = kinds(TEACHER | {"status": "suspended"}, STAFF | {"status": "suspended"}, merge=Merge())

    assert {kind for kind, _ in got.values()} == {"link", "alias"}


def test_a_person_with_ever_so_many_accounts_is_refused_by_name() -> None:
    """One transaction would lock the table for too long, and nobody has that many: all of them wait for a person."""
    crowd = [TEACHER | {"account_id": str(number)} for number in range(MOST_ACCOUNTS + 1)]

    assert set(kinds(*crowd, merge=Merge()).values()) == {("hold", "group_too_large")}
    assert set(kinds(*crowd, merge=Merge(people="role_accounts")).values()) == {("hold", "same_role_twice")}


def test_a_crowd_of_fifty_thousand_accounts_is_planned() -> None:
    """All of them are held, and none is compared with every other one."""
    crowd = [TEACHER | {"account_id": str(number)} for number in range(50_000)]

    assert len(kinds(*crowd, merge=Merge())) == 50_000


@pytest.mark.parametrize(("fold", "kind"), [("move", "hold"), ("alias", "alias")])
def test_an_account_with_very_many_rows_is_not_moved(fold: str, kind: str) -> None:
    """Moving so many rows at once would lock them for more than a second; an alias leaves them where they are."""
    got = kinds(TEACHER, STAFF | {"rows": 2_001}, merge=Merge(fold=fold))

    assert got["2"][0] == kind
    assert (got["1"] == ("hold", "group_too_large")) is (kind == "hold")


def test_many_rows_of_the_survivor_move_nowhere() -> None:
    """Only the rows of the accounts that are folded count."""
    got = kinds(TEACHER | {"rows": 2_001}, STAFF | {"rows": 2_000}, merge=Merge(fold="move"))

    assert {kind for kind, _ in got.values()} == {"link", "move"}


def test_more_rows_are_moved_where_the_district_file_says_so() -> None:
    """The engineer who knows when nobody works on these rows names the number; apply goes by the same one."""
    got = kinds(TEACHER, STAFF | {"rows": 2_001}, merge=Merge(fold="move", max_rows=2_001))

    assert got["2"][0] == "move"


def test_a_crowd_is_merged_where_that_is_acknowledged() -> None:
    """Who has looked what shares the id may say so by name."""
    crowd = [TEACHER | {"account_id": str(number)} for number in range(MOST_ACCOUNTS + 1)]
    merge = Merge(acknowledge=("group_too_large",))

    assert {kind for kind, _ in kinds(*crowd, merge=merge).values()} == {"link", "alias"}
