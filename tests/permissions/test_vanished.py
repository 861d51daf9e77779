"""A role that Clever no longer shows: what it gave is a loss with a reason, whoever still knows that it was there."""

from __future__ import annotations

import pandas as pd
import pytest

from playbook.district import Permissions
from playbook.permissions.approvals import digest_gains
from playbook.permissions.preview import Preview, preview_permissions
from playbook.permissions.table import CHANGES, FORMER_ROLES, VANISHED
from tests.permissions.worlds import DISTRICT, Account, Person, Role, changes, tables

POLICY = {"teacher": ("edit:section",), "staff": ("view:school", "plan:section"), "district_admin": ("view:district",)}
TEACHER = Role("teacher", ["A"], ["A1"])
STAFF = Account("staff", outcome="left")
SEEN = {"clever_id": "user0-staff", "user_id": "user0", "role": "staff", "schools": "B"}


def show(person: Person, *known: dict[str, str], mode: str = "per_role", **altered: pd.DataFrame) -> Preview:
    """Preview what becomes of one person's rights, where this much is known of former roles."""
    former = FORMER_ROLES.make([dict.fromkeys(FORMER_ROLES.columns, "") | row for row in known]) if known else None
    return preview_permissions(Permissions(mode=mode, grants=POLICY), **(tables([person]) | altered), former=former)


def without_role(person: Person) -> dict[str, pd.DataFrame]:
    """The person's accounts, where the application leaves the roles to Clever."""
    return {"accounts": tables([person])["accounts"].assign(role="", role_word="")}


def reasons(shown: Preview) -> set[tuple[str, str, str]]:
    """Return the roles that are gone as (login, role, reason)."""
    VANISHED.check(shown.vanished)
    return set(shown.vanished[["credential", "role", "reason"]].itertuples(index=False, name=None))


def losses(shown: Preview) -> set[tuple[str, str, str, str]]:
    """Return the losses as (login, action, place, reason)."""
    rows = shown.changes[shown.changes["change"] == "loss"]
    return set(rows[["credential", "action", "scope_id", "reason"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("outcome", ["left", "held", "linked", "folded"])
def test_nothing_is_lost_where_the_role_is_still_there(outcome: str) -> None:
    """Whatever becomes of the account, a role that the snapshot shows is never told as gone."""
    person = Person([TEACHER, Role("staff", ["B"])], [Account("staff", outcome=outcome)])
    assert reasons(show(person, SEEN)) == set()
    assert losses(show(person, SEEN)) == set()


def test_an_id_that_only_the_application_knows_proves_no_role() -> None:
    """A login that neither Clever nor anybody else ever knew is counted as unknown, and loses nothing."""
    shown = show(Person([], [Account("staff", outcome="left")]))
    assert (reasons(shown), losses(shown), shown.counts["unknown_logins"]) == (set(), set(), 1)


def test_an_account_that_waits_is_not_judged_by_its_record_alone() -> None:
    """The application says teacher, Clever says staff, and a person has to say who is right: nothing is lost yet."""
    assert reasons(show(Person([Role("staff", ["B"])], [Account("staff", outcome="held", word="teacher")]))) == set()


@pytest.mark.parametrize("status", ["suspended", "deleted"])
def test_who_may_do_nothing_loses_nothing(status: str) -> None:
    """A suspended login had no right to lose."""
    assert reasons(show(Person([TEACHER], [Account("staff", status, "left")]), SEEN)) == set()


def test_a_role_word_that_nobody_explained_has_no_role_to_lose() -> None:
    """Not even where an earlier snapshot knows one."""
    person = Person([TEACHER], [STAFF])
    accounts = tables([person])["accounts"].assign(role="", role_word="librarian")
    assert reasons(show(person, SEEN, accounts=accounts)) == set()


def test_a_role_of_an_earlier_snapshot_is_lost_with_its_places() -> None:
    """The person is there, the role is not: everything that it gave is a loss, at the schools that it had."""
    shown = show(Person([TEACHER], [Account("teacher"), STAFF]), SEEN)
    assert reasons(shown) == {("0-staff", "staff", "role_not_shared")}
    assert losses(shown) == {
        ("0-staff", action, place, "role_not_shared")
        for action, place in (("view", "B"), ("plan", "B1"), ("plan", "B2"))
    }
    assert changes(shown, "kept") == {("0-teacher", "edit", "A1")}
    assert (shown.verdict, shown.counts["unknown_logins"]) == ("pass", 0)


def test_where_nobody_knows_the_places_the_loss_has_none() -> None:
    """The application's record says teacher, the user is none: the right is lost, wherever it counted."""
    shown = show(Person([Role("staff", ["B"])], [Account("staff", word="teacher")]))
    assert losses(shown) == {("0-staff", "edit", "", "role_not_shared")}
    assert changes(shown, "gain") == {("0-staff", "view", "B"), ("0-staff", "plan", "B1"), ("0-staff", "plan", "B2")}


def test_a_role_that_only_clevers_lists_tell_is_lost() -> None:
    """The application keeps no role; v2's list, or Clever's CSV, says which one the id stood for."""
    person = Person([TEACHER], [STAFF])
    shown = show(person, {"clever_id": "user0-staff", "role": "district_admin"}, **without_role(person))
    assert reasons(shown) == {("0-staff", "district_admin", "departed")}
    assert losses(shown) == {("0-staff", "view", DISTRICT, "departed")}


def test_somebody_who_is_gone_loses_all() -> None:
    """Nobody in the snapshot has the id any more, and an earlier one had."""
    shown = show(Person([], [STAFF]), SEEN)
    assert reasons(shown) == {("0-staff", "staff", "departed")}
    assert {place for _, _, place, _ in losses(shown)} == {"B", "B1", "B2"}


def test_a_role_that_matching_calls_not_shared_is_lost() -> None:
    """Where the district shares nobody of a role, no user needs to be found to know it."""
    person = Person([], [STAFF])
    destinations = tables([person])["destinations"].assign(reason="role_not_shared")
    assert losses(show(person, destinations=destinations)) == {
        ("0-staff", action, "", "role_not_shared") for action in ("view", "plan")
    }


def test_another_id_with_the_same_role_keeps_it() -> None:
    """An account of two ids, one of them gone, has the role by the other."""
    person = Person([TEACHER], [Account("teacher")])
    accounts = tables([person])["accounts"]
    both = pd.concat([accounts, accounts.assign(clever_id="user0-gone")], ignore_index=True)
    gone = {"clever_id": "user0-gone", "user_id": "user9", "role": "teacher"}
    assert reasons(show(person, gone, accounts=both)) == set()


def test_a_role_under_a_new_id_is_not_gone() -> None:
    """The id stands nowhere any more, but the user whom it stood for has the role still: matching's to find."""
    person = Person([TEACHER, Role("staff", ["B"])], [Account("staff", outcome="left")])
    accounts = tables([person])["accounts"].assign(clever_id="before")
    assert reasons(show(person, SEEN | {"clever_id": "before"}, accounts=accounts)) == set()


def test_a_right_that_another_role_gives_from_now_on_is_kept() -> None:
    """In the mode union a teacher who was staff at the same school keeps what both roles give."""
    grants = {"teacher": ("view:school",), "staff": ("view:school",)}
    person = Person([Role("teacher", ["A"])], [Account("staff")])
    former = FORMER_ROLES.make([dict.fromkeys(FORMER_ROLES.columns, "") | SEEN | {"schools": "A|B"}])
    shown = preview_permissions(Permissions(mode="union", grants=grants), **tables([person]), former=former)
    assert changes(shown, "kept") == {("0-staff", "view", "A")}
    assert losses(shown) == {("0-staff", "view", "B", "role_not_shared")}


def test_a_loss_changes_no_approval() -> None:
    """What a second person approved are gains; a loss beside them, or its reason, voids nothing."""
    shown = show(Person([Role("staff", ["B"])], [Account("staff", word="teacher")]))
    CHANGES.check(shown.changes)
    assert digest_gains(shown.changes) == digest_gains(shown.changes[shown.changes["change"] == "gain"])
