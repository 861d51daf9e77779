"""The permission preview: who gains, keeps and loses what."""

from __future__ import annotations

import pandas as pd
import pytest

from playbook.district import Permissions
from playbook.errors import InputError
from playbook.permissions.preview import preview_permissions
from playbook.permissions.table import CHANGES, GRANTS
from tests.permissions.worlds import DISTRICT, Account, Person, Role, changes, preview, tables

POLICY = {
    "teacher": ("edit:section", "view:school"),
    "staff": ("view:school",),
    "staff.SchoolTechLead": ("support:school",),
    "district_admin": ("view:district",),
}
TEACHER_A = Role("teacher", ["A"], ["A1"])
STAFF_B = Role("staff", ["B"])
BOTH = [TEACHER_A, STAFF_B]
FOLDED = [Account("teacher", outcome="survivor"), Account("staff", outcome="folded", survivor="teacher")]
APART = [Account("teacher"), Account("staff")]
MODES = ["per_role", "union", "highest", "lowest"]


def test_the_default_elevates_nobody() -> None:
    """In the mode per_role a merged person keeps, by each login, what that login's role had, and nothing more."""
    shown = preview([Person(BOTH, FOLDED)], POLICY, "per_role")
    assert shown.verdict == "pass"
    assert changes(shown, "gain") == set()
    assert changes(shown, "loss") == set()
    assert changes(shown, "kept") == {
        ("0-teacher", "edit", "A1"),
        ("0-teacher", "view", "A"),
        ("0-staff", "view", "B"),
    }


def test_a_role_without_an_account_elevates_nobody_by_default() -> None:
    """Somebody whom Clever also calls staff gains nothing by it until a person decides; it is only proposed."""
    shown = preview([Person(BOTH, [Account("teacher")])], POLICY, "per_role")
    assert shown.verdict == "pass"
    assert shown.proposals[["credential", "action", "scope_id"]].values.tolist() == [["0-teacher", "view", "B"]]
    assert shown.counts["proposals"] == 1


def test_a_designation_that_v2_did_not_know_is_only_proposed() -> None:
    """A school tech lead keeps the rights of staff; the further ones are a gain in the modes that grant them."""
    lead = Person([Role("staff", ["B"], staff_roles=["SchoolTechLead"])], [Account("staff")])
    shown = preview([lead], POLICY, "per_role")
    assert (shown.verdict, shown.counts["proposals"]) == ("pass", 1)
    shown = preview([lead], POLICY, "union")
    assert changes(shown, "gain") == {("0-staff", "support", "B")}
    assert shown.changes.loc[shown.changes["change"] == "gain", "because"].tolist() == ["staff.SchoolTechLead"]


def test_rights_are_joined_as_pairs_never_crossed() -> None:
    """A teacher at one school who is staff at another may not edit at the other one, in no mode."""
    for mode in MODES:
        shown = preview([Person(BOTH, FOLDED)], POLICY | {"teacher": ("edit:school",)}, mode)
        pairs = set(zip(shown.after["action"], shown.after["scope_id"], strict=True))
        assert ("edit", "B") not in pairs
        assert ("view", "A") not in pairs


def test_every_login_that_reaches_the_union_gains_it() -> None:
    """In the mode union each old login gains what the other role had, and each gain names its login."""
    shown = preview([Person(BOTH, FOLDED)], POLICY, "union")
    assert shown.verdict == "gains"
    assert changes(shown, "gain") == {
        ("0-teacher", "view", "B"),
        ("0-staff", "edit", "A1"),
        ("0-staff", "view", "A"),
    }
    assert set(shown.changes["principal"]) == {"0-teacher"}
    assert changes(shown, "loss") == set()


def test_the_highest_role_loses_the_lower_ones_rights_loudly() -> None:
    """One role alone counts: a teacher who becomes staff loses the own sections, and the loss is listed."""
    shown = preview([Person(BOTH, FOLDED)], POLICY, "highest")
    assert ("0-teacher", "edit", "A1") in changes(shown, "loss")
    assert ("0-teacher", "view", "B") in changes(shown, "gain")
    shown = preview([Person(BOTH, FOLDED)], POLICY, "lowest")
    assert ("0-staff", "view", "B") in changes(shown, "loss")
    assert ("0-staff", "edit", "A1") in changes(shown, "gain")


@pytest.mark.parametrize("mode", MODES)
def test_accounts_that_stay_apart_gain_nothing(mode: str) -> None:
    """Where each role keeps its account, no mode joins their rights."""
    shown = preview([Person(BOTH, APART)], POLICY, mode)
    assert (shown.verdict, shown.counts["losses"], shown.counts["kept"]) == ("pass", 0, 3)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("suspended", ["teacher", "staff"])
def test_a_suspended_account_is_not_revived_by_its_survivor(mode: str, suspended: str) -> None:
    """Suspended dominates: the merged person may do nothing, and what the active side loses is listed."""
    accounts = [
        Account(account.role, "suspended" if account.role == suspended else "active", account.outcome, account.survivor)
        for account in FOLDED
    ]
    shown = preview([Person(BOTH, accounts)], POLICY, mode)
    assert shown.verdict == "pass"
    assert shown.after.empty
    assert shown.counts["losses"] == (1 if suspended == "teacher" else 2)


@pytest.mark.parametrize("mode", MODES)
def test_a_deleted_account_is_not_revived_by_being_linked(mode: str) -> None:
    """A deleted account that gets a v3 id has no rights afterwards either."""
    shown = preview([Person([TEACHER_A], [Account("teacher", "deleted")])], POLICY, mode)
    assert shown.changes.empty


def test_a_deleted_login_that_reaches_an_active_survivor_is_a_gain() -> None:
    """In the mode union a login that could not sign in gains everything; by default it gains nothing."""
    people = [Person(BOTH, [FOLDED[0], Account("staff", "deleted", "folded", "teacher")])]
    assert {login for login, _, _ in changes(preview(people, POLICY, "union"), "gain")} == {"0-staff", "0-teacher"}
    assert preview(people, POLICY, "per_role").verdict == "pass"


@pytest.mark.parametrize("mode", MODES)
def test_a_role_that_the_policy_does_not_name_has_no_rights(mode: str) -> None:
    """Nothing is guessed for a role that the application never knew."""
    shown = preview([Person([Role("contact")], [Account("contact")])], POLICY, mode)
    assert shown.changes.empty


@pytest.mark.parametrize("mode", MODES)
def test_accounts_that_wait_keep_what_they_have(mode: str) -> None:
    """An account that is held, or left alone, is not written, and so keeps its rights."""
    people = [Person(BOTH, [Account("teacher", outcome="held"), Account("staff", outcome="left")])]
    shown = preview(people, POLICY, mode)
    assert (shown.verdict, shown.counts["losses"], shown.counts["kept"]) == ("pass", 0, 3)


def test_a_retired_account_loses_everything() -> None:
    """Where the old ids are retired in summer, every right of every old login is a loss."""
    shown = preview([Person(BOTH, [Account("teacher", outcome="retired")])], POLICY, "per_role")
    assert shown.counts["losses"] == 2
    assert shown.after.empty


def test_a_login_whose_recorded_role_was_wrong_gains_what_the_right_one_brings() -> None:
    """Where the application had somebody as teacher whom Clever has as staff, the new rights are a gain."""
    shown = preview([Person([STAFF_B], [Account("staff", word="teacher")])], POLICY, "per_role")
    assert changes(shown, "gain") == {("0-staff", "view", "B")}


def test_a_login_that_the_snapshot_does_not_know_is_counted() -> None:
    """Whoever is not in the snapshot has no place to be shown, and the count says how many those are."""
    world = tables([Person([TEACHER_A], [Account("teacher"), Account("staff", outcome="left")])])
    shown = preview_permissions(Permissions(grants=POLICY), **world)
    assert (shown.counts["logins"], shown.counts["unknown_logins"]) == (2, 1)


def test_each_role_counts_at_its_own_places() -> None:
    """Teachers count in the own sections and schools, staff in those of their schools, admins in the district."""
    policy = dict.fromkeys(("teacher", "staff", "district_admin"), ("see:section", "see:school", "see:district"))
    people = [
        Person([Role("teacher", ["A"], ["A1", "B2"])], [Account("teacher")]),
        Person([Role("staff", ["B"])], [Account("staff")]),
        Person([Role("district_admin")], [Account("district_admin")]),
    ]
    before = preview(people, policy, "per_role").before
    places = before.groupby("principal")["scope_id"].agg(sorted).to_dict()
    assert places == {
        "0-teacher": [DISTRICT, "A", "A1", "B2"],
        "1-staff": [DISTRICT, "B", "B1", "B2"],
        "2-district_admin": [DISTRICT, "A", "A1", "A2", "B", "B1", "B2"],
    }


def test_each_kind_of_change_has_one_witness_and_a_count() -> None:
    """A reviewer sees one example of each kind, with how many grants and logins there are."""
    shown = preview([Person(BOTH, FOLDED), Person(BOTH, FOLDED)], POLICY, "union")
    rows = shown.witnesses[["change", "action", "scope_kind", "rows", "logins", "credential"]].values.tolist()
    assert rows == [["gain", "edit", "section", 2, 2, "0-staff"], ["gain", "view", "school", 4, 4, "0-staff"]]


def test_an_account_with_two_identities_has_both_roles() -> None:
    """A credential table may already lead two old ids to one account: it keeps both roles' rights."""
    world = tables([Person(BOTH, [Account("teacher")])])
    second = world["accounts"].assign(clever_id="user0-staff", role="staff")
    world["accounts"] = pd.concat([world["accounts"], second], ignore_index=True)
    shown = preview_permissions(Permissions(grants=POLICY), **world)
    assert (shown.verdict, shown.counts["losses"], shown.counts["kept"]) == ("pass", 0, 3)


def test_an_account_that_is_on_v3_already_keeps_its_roles_rights() -> None:
    """An account that holds the v3 id is read by the role that the application has for it."""
    world = tables([Person(BOTH, [Account("teacher", outcome="unchanged")])])
    world["accounts"]["clever_id"] = world["accounts"]["clever_id"].str.replace("-teacher", "")
    shown = preview_permissions(Permissions(grants=POLICY), **world)
    assert (shown.verdict, shown.counts["losses"], shown.counts["kept"]) == ("pass", 0, 2)


def test_nothing_is_mutated_and_two_runs_are_identical() -> None:
    """The preview is a pure function: its inputs stay, its tables keep their contracts, rows in any order agree."""
    world = tables([Person(BOTH, FOLDED), Person([STAFF_B], [Account("staff")])])
    copies = {name: table.copy(deep=True) for name, table in world.items()}
    policy = Permissions(mode="union", grants=POLICY)
    first = preview_permissions(policy, **world)
    turned = preview_permissions(policy, **{name: table.iloc[::-1] for name, table in world.items()})
    assert all(world[name].equals(copies[name]) for name in world)
    assert first.changes.equals(turned.changes)
    for table, contract in ((first.before, GRANTS), (first.after, GRANTS), (first.changes, CHANGES)):
        contract.check(table)


def test_an_empty_district_passes() -> None:
    """Without accounts there is nothing to gain."""
    shown = preview([], POLICY, "union")
    assert shown.verdict == "pass"
    assert shown.changes.empty
    assert shown.witnesses.empty


def test_a_policy_with_faults_is_refused_with_all_of_them() -> None:
    """Grants that are not action:scope, roles that are not Clever's and designations of others than staff are named."""
    grants = {"teacher": ("edit", "view:galaxy"), "principal": ("view:school",), "teacher.Lead": (":school",)}
    with pytest.raises(InputError) as refused:
        preview([], grants, "union")
    assert refused.value.code == "policy"
    assert len(refused.value.faults) == 5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("missing", ["roles", "sections", "schools", "accounts", "destinations"])
def test_a_table_without_rows_is_survived(mode: str, missing: str) -> None:
    """A snapshot without sections, or a plan that does nothing, has a preview all the same."""
    world = tables([Person(BOTH, FOLDED)])
    world[missing] = world[missing].iloc[:0]
    shown = preview_permissions(Permissions(mode=mode, grants=POLICY), **world, district_id=DISTRICT)
    CHANGES.check(shown.changes)
    assert shown.verdict == "pass" or missing in ("sections", "schools")


@pytest.mark.parametrize("mode", MODES)
def test_a_role_word_that_nobody_explained_gives_no_rights(mode: str) -> None:
    """An account whose word stands for no role may do nothing; where Clever's roles decide, what it gets is a gain."""
    given = tables([Person([TEACHER_A], [Account("teacher")])])
    unexplained = given["accounts"].assign(role="", role_word="librarian")
    unexplained = unexplained.astype(given["accounts"].dtypes.to_dict())
    shown = preview_permissions(Permissions(mode=mode, grants=POLICY), **{**given, "accounts": unexplained})
    assert shown.before.empty
    assert shown.after.empty if mode == "per_role" else changes(shown, "gain")
    assert shown.verdict == ("pass" if mode == "per_role" else "gains")


def test_a_grant_that_the_snapshot_gives_no_place_is_told() -> None:
    """Students' sections are not in the snapshot, so that what a policy grants there is named instead of left out."""
    policy = POLICY | {"student": ("submit:section", "view:school"), "contact": ("view:section",)}
    student = Person([Role("student", ["A"])], [Account("student")])
    shown = preview([student, Person([TEACHER_A], [Account("teacher")])], policy, "per_role")

    assert shown.unplaced[["because", "action", "scope_kind"]].values.tolist() == [["student", "submit", "section"]]
    assert shown.counts["unplaced"] == 1
    assert preview([Person(BOTH, FOLDED)], POLICY, "per_role").unplaced.empty


@pytest.mark.parametrize("mode", MODES)
def test_a_role_that_is_gone_from_the_next_snapshot_leaves_no_right_behind(mode: str) -> None:
    """The rights are computed anew: what only the lost role gave is a loss or was never there, and no login, old or
    folded, keeps a pair of it."""
    shown = preview([Person([TEACHER_A], FOLDED)], POLICY, mode)
    alone = preview([Person([TEACHER_A], [Account("teacher")])], POLICY, mode)
    pairs = [{*zip(p.after["action"], p.after["scope_id"], strict=True)} for p in (shown, alone)]
    assert pairs[0] == pairs[1] == {("edit", "A1"), ("view", "A")}
    assert not shown.after["because"].str.contains("staff").any()

    world, tomorrow = tables([Person(BOTH, FOLDED)]), tables([Person([TEACHER_A], FOLDED)])
    policy = Permissions(mode=mode, grants=POLICY)
    today = preview_permissions(policy, **world)
    anew = preview_permissions(policy, **(world | {"roles": tomorrow["roles"]}))
    had = today.after[today.after["because"].str.contains("staff")]
    assert had.empty == (mode == "lowest")
    assert not anew.after["because"].str.contains("staff").any()
    assert ("view", "B") not in {*zip(anew.after["action"], anew.after["scope_id"], strict=True)}
