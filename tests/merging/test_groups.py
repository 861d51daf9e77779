"""What becomes of a person with several accounts: together or not at all, and never in again through the back door."""

from __future__ import annotations

import pandas as pd
import pytest

from playbook.district import Merge
from playbook.merging.groups import decide_accounts

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
