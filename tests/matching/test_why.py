"""The story of one account names every rule, and no person."""

from __future__ import annotations

import pytest

from playbook.errors import InputError
from playbook.matching.match import match_accounts
from playbook.matching.rules import RULES
from playbook.matching.why import explain_account
from playbook.merging.table import DESTINATIONS
from playbook.permissions.table import CHANGES
from tests.matching.small_district import DISTRICT, accounts_of, clever_id, roles_of, rows_of, users_of

U, V, L, M = clever_id("c", 1), clever_id("c", 2), clever_id("b", 1), clever_id("b", 2)
NAMES = {"name": "Rita Osei", "email": "rita@d.example"}
ACCOUNTS = accounts_of(
    {"account_id": "1", "role": "teacher", "clever_id": L, **NAMES},
    {"account_id": "2", "role": "staff", "clever_id": M, **NAMES},
    {"account_id": "3", "role": "teacher", "name": "Om\u202ear \u200bBo", "email": "omar@d.example"},
    {"account_id": "4", "role": "contact", "clever_id": L},
    {"account_id": "5", "role": "teacher", "clever_id": clever_id("a", 1)},
)
USERS = users_of(
    {"user_id": U, "first": "Rita", "last": "Osei", "email": "rita@d.example"},
    {"user_id": V, "first": "Omar", "last": "Bo", "email": "omar@d.example"},
)
ROLES = roles_of(
    {"user_id": U, "role": "teacher", "legacy_id": L},
    {"user_id": U, "role": "staff", "legacy_id": M},
    {"user_id": V, "role": "teacher", "legacy_id": clever_id("b", 3)},
)


def story(account_id, **options):
    """The story of one of the accounts above."""
    matches = match_accounts(ACCOUNTS, USERS, ROLES, district_id=DISTRICT)
    return explain_account(account_id, matches, ACCOUNTS, USERS, ROLES, district_id=DISTRICT, **options)


def outcomes(told):
    """What came of each rule that was asked."""
    return {asked.rule: asked.outcome for asked in told.asked if asked.outcome not in ("nothing", "not asked")}


@pytest.mark.parametrize("account_id", ["1", "2", "3", "4", "5"])
def test_a_story_names_nobody(account_id):
    """Names are initials and e-mails are never told, unless names are asked for."""
    text = str(story(account_id))

    assert not {"Rita", "Osei", "Omar"} & set(text.replace(",", " ").replace("(", " ").split())
    assert "@" not in text


def test_names_are_told_when_they_are_asked_for():
    """With names, without what a terminal would obey."""
    text = str(story("3", show_names=True))

    assert "Omar Bo" in text
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("account_id", ["1", "3", "5"])
def test_every_rule_is_in_the_story_once_and_in_order(account_id):
    """What was not asked is told as not asked."""
    assert [asked.rule for asked in story(account_id).asked] == [rule.name for rule in RULES]


@pytest.mark.parametrize("account_id", ["1", "3", "5"])
def test_rules_that_were_not_asked_share_one_line(account_id):
    """What is read out is what was asked; the rest is named once, so that nobody wonders about it."""
    told = story(account_id)
    silent = [asked.rule for asked in told.asked if asked.outcome == "not asked"]

    (line,) = [line.strip() for line in str(told).splitlines() if "not asked" in line]
    assert line == f"not asked, because others had decided: {', '.join(silent)}"


def test_evidence_for_and_against_are_both_told():
    """The id speaks for the user, and what stops the pair speaks against it."""
    told = story("4")

    assert outcomes(told) == {
        "legacy_id": "for",
        "combines_contact": "against",
        "role_differs": "against",
        "id_on_several_accounts": "against",
    }
    assert (told.state, told.reason) == ("conflict", "contact_combined")
    assert "a contact would be combined" in str(told).lower()


def test_a_suggestion_is_told_with_its_user():
    """The reader learns whom the account looks like and by what."""
    told = story("3")

    assert outcomes(told) == {"same_email": "for"}
    assert f"user {V} (O. B., teacher)" in str(told)


def test_an_absence_is_told_by_the_first_reason():
    """Of several reasons for finding nothing the deciding one is told."""
    assert outcomes(story("5")) == {"departed": "against"}


def test_the_plan_and_the_rights_are_told():
    """Which account survives and why, and what the login gains and loses."""
    destinations = rows_of(
        DESTINATIONS,
        (
            {"account_id": "1", "outcome": "survivor", "survivor_id": "1", "reason": "most_rows"},
            {"account_id": "2", "outcome": "folded", "survivor_id": "1", "reason": "most_rows"},
        ),
    )
    gain = {"principal": "1", "credential": "2", "action": "edit", "scope_kind": "section", "scope_id": "s1"}
    changes = rows_of(CHANGES, ({**gain, "change": "gain", "because": "teacher"},))

    survivor, folded = (story(n, destinations=destinations, changes=changes) for n in ("1", "2"))

    assert "It survives by the rule most_rows." in survivor.plan
    assert "It answers for 2 from then on." in survivor.plan
    assert "Account 1 survives, by the rule most_rows." in folded.plan
    assert folded.rights == ("The login of account 2 gains edit in section s1, because of teacher.",)


def test_an_account_that_is_not_there_is_refused():
    """The message does not repeat what was typed."""
    with pytest.raises(InputError, match="no account of this district") as refused:
        story("rita@d.example")

    assert refused.value.code == "unknown_account"
    assert "rita" not in str(refused.value)
