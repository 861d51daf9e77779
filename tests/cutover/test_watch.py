"""The watch after the cut-over: who changed ids, and who still writes old ones."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from playbook.accounts.table import ACCOUNTS
from playbook.clever.tables import ROLES
from playbook.cutover.watch import CODES, WATCH, Watched, watch
from playbook.merging.table import DESTINATIONS


def _roles(**people: Mapping[str, str]) -> pd.DataFrame:
    """People by user id: each role with its old id, and after a slash its SIS id."""
    blank = dict.fromkeys(ROLES.columns, "")
    rows = [
        blank | {"user_id": user, "role": role, "legacy_id": old.partition("/")[0], "sis_id": old.partition("/")[2]}
        for user, own in people.items()
        for role, old in own.items()
    ]
    return ROLES.make(rows) if rows else ROLES.empty()


def _accounts(*rows: tuple[str, str, str]) -> pd.DataFrame:
    blank: dict[str, object] = dict.fromkeys(ACCOUNTS.columns, "") | {"rows": 0}
    made = [blank | {"account_id": account, "clever_id": clever, "v3_id": v3} for account, clever, v3 in rows]
    return ACCOUNTS.make(made) if made else ACCOUNTS.empty()


def _linked(*rows: tuple[str, str, str]) -> pd.DataFrame:
    made = [
        {"account_id": a, "outcome": "linked", "user_id": u, "role": role, "survivor_id": a, "reason": ""}
        for a, u, role in rows
    ]
    return DESTINATIONS.make(made) if made else DESTINATIONS.empty()


def _watch(before: pd.DataFrame, now: pd.DataFrame) -> Watched:
    watched = watch(before, now, _accounts(), _linked())
    WATCH.check(watched.findings)
    assert set(watched.counts) == set(CODES)
    assert sum(watched.counts.values()) == len(watched.findings)
    return watched


def _found(watched: Watched) -> list[list[str]]:
    rows: list[list[str]] = watched.findings[["code", "user_id", "role", "other_user_id"]].values.tolist()
    return rows


def test_a_quiet_district_is_quiet() -> None:
    """Nothing changed, nothing is found, and nobody fell back: the fall-back may go some day."""
    roles = _roles(u={"teacher": "t", "staff": "s"}, x={"student": ""})
    accounts, linked = _accounts(("1", "t", "u"), ("2", "x", "")), _linked(("1", "u", "teacher"), ("2", "x", "student"))
    watched = watch(roles, roles, accounts, linked, fallbacks=0)
    assert watched.findings.empty
    assert (watched.verdict, watched.is_fallback_idle) == ("quiet", True)


def test_a_fall_back_that_nobody_counted_is_not_idle() -> None:
    """An unknown count is no proof that nobody needs the old ids."""
    watched = _watch(_roles(), _roles())
    assert (watched.verdict, watched.is_fallback_idle) == ("quiet", False)
    assert watch(_roles(), _roles(), _accounts(), _linked(), fallbacks=2).verdict == "act"


def test_a_new_user_id_for_an_old_id_is_a_reissue() -> None:
    """The same old id under a new user id, and the former one gone: the same person."""
    watched = _watch(_roles(u={"teacher": "t"}), _roles(w={"teacher": "t"}))
    assert _found(watched) == [["reissued", "w", "teacher", "u"]]
    assert watched.verdict == "act"


def test_two_users_that_became_one_are_a_merge() -> None:
    """Whether one of the two ids survives or both give way to a third."""
    before = _roles(u={"teacher": "t"}, v={"staff": "s"})
    assert _found(_watch(before, _roles(u={"teacher": "t", "staff": "s"}))) == [
        ["merged", "u", "staff", "v"],
        ["role_added", "u", "staff", ""],
    ]
    assert [row[0] for row in _found(_watch(before, _roles(w={"teacher": "t", "staff": "s"})))] == ["merged", "merged"]


def test_one_user_that_became_two_is_a_split() -> None:
    """The old id stands under a new user, and the former user lives on."""
    watched = _watch(_roles(u={"teacher": "t", "staff": "s"}), _roles(u={"teacher": "t"}, w={"staff": "s"}))
    assert _found(watched) == [["role_removed", "u", "staff", ""], ["split", "w", "staff", "u"]]


def test_a_departed_user_and_a_newcomer_with_the_same_number() -> None:
    """Nothing joins them but the SIS id, which only suggests."""
    watched = _watch(
        _roles(u={"teacher": "t/77"}, x={"student": "/5"}), _roles(w={"teacher": "n/77"}, x={"student": "/5"})
    )
    assert _found(watched) == [["departed", "u", "teacher", ""], ["reissue_suspected", "w", "teacher", "u"]]
    assert _watch(_roles(u={"teacher": "t"}), _roles()).verdict == "quiet"


def test_an_account_that_some_forgotten_path_made_is_found() -> None:
    """An account that the plan never saw, with a v2 id and no v3 id, means that v2 ids are still being written."""
    roles = _roles(u={"teacher": "t"}, v={"teacher": "t2"}, x={"student": ""})
    accounts = _accounts(("1", "t", "u"), ("7", "t2", ""), ("8", "x", ""), ("9", "v", ""), ("10", "", ""))
    watched = watch(roles, roles, accounts, _linked(("1", "u", "teacher")))
    assert watched.findings[["code", "user_id", "account_id"]].values.tolist() == [["v2_id_written", "v", "7"]]


def test_an_account_that_lost_its_v3_id_is_found() -> None:
    """Something wrote over what the plan stored."""
    roles = _roles(u={"teacher": "t"}, v={"teacher": "t2"})
    accounts = _accounts(("1", "t", ""), ("2", "t2", "ffff"))
    watched = watch(roles, roles, accounts, _linked(("1", "u", "teacher"), ("2", "v", "teacher"), ("3", "w", "staff")))
    rows = watched.findings[["code", "user_id", "other_user_id", "account_id"]].values.tolist()
    assert rows == [["v3_id_lost", "u", "", "1"], ["v3_id_unknown", "", "ffff", "2"]]


def test_an_account_with_a_second_credential_is_on_v3() -> None:
    """Where each id has a row of its own, the account with any v3 row is on v3."""
    roles = _roles(u={"teacher": "t"})
    accounts = _accounts(("1", "t", ""), ("1", "u", ""))
    assert watch(roles, roles, accounts, _linked(("1", "u", "teacher"))).findings.empty
