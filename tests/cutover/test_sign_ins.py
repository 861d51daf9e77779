"""The sign-in rehearsal: for every (user, role), who answers before and after."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest

from playbook.accounts.table import ACCOUNTS
from playbook.clever.tables import ROLES
from playbook.cutover.sign_ins import REASONS, rehearse_sign_ins
from playbook.cutover.table import SIGN_INS
from playbook.merging.table import DESTINATIONS


def _roles(*rows: tuple[str, str, str]) -> pd.DataFrame:
    blank = dict.fromkeys(ROLES.columns, "")
    return ROLES.make([blank | {"user_id": user, "role": role, "legacy_id": legacy} for user, role, legacy in rows])


def _accounts(*rows: tuple[str, str, str] | tuple[str, str, str, str]) -> pd.DataFrame:
    blank: dict[str, object] = dict.fromkeys(ACCOUNTS.columns, "") | {"rows": 0}
    return ACCOUNTS.make(
        [
            blank
            | {"account_id": row[0], "clever_id": row[1], "role": row[2], "status": row[3] if row[3:] else "active"}
            for row in rows
        ]
    )


def _ends(*rows: tuple[str, str, str, str] | tuple[str, str, str, str, str]) -> pd.DataFrame:
    """Rows of account, outcome, user, role and, where it is another, survivor."""
    names = ["account_id", "outcome", "user_id", "role", "survivor_id"]
    return DESTINATIONS.make(
        [dict(zip(names, (*row, row[0])[:5], strict=True)) | {"reason": ""} for row in rows]
        or pd.DataFrame(columns=list(DESTINATIONS.columns))
    )


def _outcome(
    roles: pd.DataFrame, accounts: pd.DataFrame, ends: pd.DataFrame, people: str = "consolidate"
) -> Sequence[list[str]]:
    found = rehearse_sign_ins(roles, accounts, ends, people=people)
    SIGN_INS.check(found)
    assert len(found) == len(roles)
    assert set(found["reason"]) <= set(REASONS)
    rows: Sequence[list[str]] = found[["before", "after", "verdict", "reason"]].values.tolist()
    return rows


TWO_ROLES = _roles(("u", "staff", "s"), ("u", "teacher", "t"))
TWO_ACCOUNTS = _accounts(("1", "t", "teacher"), ("2", "s", "staff"))
FOLDED = _ends(("1", "survivor", "u", "teacher"), ("2", "folded", "u", "staff", "1"))


def test_a_stranger_who_answers_is_lost() -> None:
    """Somebody whose v3 id leads to an account that does not stand for the old one is a no-go."""
    ends = _ends(("1", "linked", "u", "teacher"), ("2", "left", "", ""))
    assert _outcome(_roles(("u", "staff", "s")), TWO_ACCOUNTS, ends) == [["2", "1", "lost", "another_answers"]]


def test_an_old_id_never_leads_to_somebody_elses_account() -> None:
    """An account that the plan gives to one user does not answer for another one who claims its old id."""
    ends = _ends(("1", "linked", "v", "teacher"))
    rows = _outcome(_roles(("u", "teacher", "t")), _accounts(("1", "t", "teacher")), ends)
    assert rows == [["1", "", "lost", "belongs_to_another"]]


def test_a_merged_person_reaches_the_survivor_by_every_role() -> None:
    """Both old logins end at the account that answers from now on."""
    assert _outcome(TWO_ROLES, TWO_ACCOUNTS, FOLDED) == [
        ["2", "1", "merged", "by_user_id"],
        ["1", "1", "same", "by_user_id"],
    ]


def test_each_role_reaches_its_own_account_where_they_stay_apart() -> None:
    """With an account a role, the user id and the role together find it."""
    ends = _ends(("1", "linked", "u", "teacher"), ("2", "linked", "u", "staff"))
    assert _outcome(TWO_ROLES, TWO_ACCOUNTS, ends, "role_accounts") == [
        ["2", "2", "same", "by_user_id_and_role"],
        ["1", "1", "same", "by_user_id_and_role"],
    ]


def test_a_role_without_an_account() -> None:
    """It joins the person's account when roles are consolidated, and gets a new one when they stay apart."""
    ends = _ends(("1", "linked", "u", "teacher"))
    accounts = _accounts(("1", "t", "teacher"))
    assert _outcome(TWO_ROLES, accounts, ends)[0] == ["", "1", "merged", "joins_account"]
    assert _outcome(TWO_ROLES, accounts, ends, "role_accounts")[0] == ["", "", "new", "no_account"]


def test_a_held_account_is_still_found_by_its_old_id() -> None:
    """What waits for a decision is not written, and its login goes on as before."""
    ends = _ends(("1", "held", "", "teacher"))
    rows = _outcome(_roles(("u", "teacher", "t")), _accounts(("1", "t", "teacher")), ends)
    assert rows == [["1", "1", "held", "awaits_decision"]]


def test_several_accounts_with_one_old_id_are_held() -> None:
    """Which of them answers today is chance, and nobody is lost while they wait."""
    accounts = _accounts(("1", "t", "teacher"), ("2", "t", "teacher"))
    ends = _ends(("1", "held", "", ""), ("2", "held", "", ""))
    assert _outcome(_roles(("u", "teacher", "t")), accounts, ends) == [["1", "1", "held", "several_accounts"]]


def test_a_student_keeps_the_id_and_the_account() -> None:
    """A student's legacy id is blank, and the same id is looked up before and after."""
    ends = _ends(("1", "unchanged", "x", "student"))
    rows = _outcome(_roles(("x", "student", "")), _accounts(("1", "x", "student")), ends)
    assert rows == [["1", "1", "same", "same_id"]]


def test_an_account_on_v3_already_answers_before_and_after() -> None:
    """An account that holds the v3 id needs no old one."""
    ends = _ends(("1", "unchanged", "u", "teacher"))
    rows = _outcome(_roles(("u", "teacher", "t")), _accounts(("1", "u", "teacher")), ends)
    assert rows == [["1", "1", "same", "by_user_id"]]


@pytest.mark.parametrize("status", ["suspended", "deleted"])
def test_an_inactive_account_blocks(status: str) -> None:
    """Finding a suspended or deleted account is not signing in."""
    ends = _ends(("1", "linked", "u", "teacher"))
    rows = _outcome(_roles(("u", "teacher", "t")), _accounts(("1", "t", "teacher", status)), ends)
    assert rows == [["1", "1", "blocked", status]]


def test_a_suspended_account_blocks_the_merged_person() -> None:
    """Suspended dominates: the active survivor does not let the suspended side in again."""
    accounts = _accounts(("1", "t", "teacher"), ("2", "s", "staff", "suspended"))
    assert [row[2:] for row in _outcome(TWO_ROLES, accounts, FOLDED)] == [["blocked", "suspended_dominates"]] * 2


def test_a_retired_account_gives_way_to_a_new_one() -> None:
    """On the summer path the old id leads nowhere any more, as planned."""
    ends = _ends(("1", "retired", "", "teacher"))
    rows = _outcome(_roles(("u", "teacher", "t")), _accounts(("1", "t", "teacher")), ends, "start_fresh")
    assert rows == [["1", "", "new", "starts_fresh"]]


def test_a_district_that_was_away_is_found_by_the_old_id() -> None:
    """An account that the plan left alone still answers by its legacy id."""
    ends = _ends(("1", "left", "", ""))
    rows = _outcome(_roles(("u", "teacher", "t")), _accounts(("1", "t", "teacher")), ends)
    assert rows == [["1", "1", "same", "by_legacy_id"]]


def test_an_empty_district_has_no_sign_ins() -> None:
    """Without users nobody signs in."""
    assert _outcome(ROLES.empty(), ACCOUNTS.empty(), _ends()) == []


@pytest.mark.parametrize("people", ["consolidate", "role_accounts", "start_fresh"])
def test_users_without_accounts_are_all_new(people: str) -> None:
    """An application without accounts yet loses nobody."""
    rows = _outcome(TWO_ROLES, ACCOUNTS.empty(), _ends(), people)
    assert rows == [["", "", "new", "no_account"]] * 2
    assert _outcome(ROLES.empty(), TWO_ACCOUNTS, FOLDED, people) == []


def test_nothing_is_mutated_and_the_order_of_rows_does_not_matter() -> None:
    """The rehearsal only reads, and rows in any order give the same table."""
    inputs = (TWO_ROLES, TWO_ACCOUNTS, FOLDED)
    copies = [table.copy(deep=True) for table in inputs]
    found = rehearse_sign_ins(*inputs, people="consolidate")
    turned = rehearse_sign_ins(*(table.iloc[::-1] for table in inputs), people="consolidate")
    assert found.equals(turned)
    assert all(table.equals(copy) for table, copy in zip(inputs, copies, strict=True))


def test_nobody_gets_a_second_account_while_her_first_waits_for_review() -> None:
    """A user who may be the person of a waiting account is held, not new: provisioning would make a duplicate."""
    roles = ROLES.make(
        [{**dict.fromkeys(ROLES.columns, ""), "user_id": "a" * 24, "role": "teacher", "legacy_id": "b" * 24}]
    )

    def verdict(*awaited: str) -> tuple[str, str]:
        empty = (ACCOUNTS.empty(), DESTINATIONS.empty())
        row = rehearse_sign_ins(roles, *empty, people="consolidate", awaited=awaited).iloc[0]
        return row["verdict"], row["reason"]

    assert verdict() == ("new", "no_account")
    assert verdict("a" * 24) == ("held", "awaits_review")
