"""The story of one account names every rule, and no person."""

from __future__ import annotations

import pytest

from playbook.district import SURVIVOR_RULES
from playbook.errors import InputError
from playbook.matching.consequences import SURVIVES
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
    return tell(account_id, ACCOUNTS, **options)


def tell(account_id, accounts, **options):
    """The story of one of the accounts given."""
    matches = match_accounts(accounts, USERS, ROLES, district_id=DISTRICT)
    return explain_account(account_id, matches, accounts, USERS, ROLES, district_id=DISTRICT, **options)


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


def test_a_story_asserts_only_what_holds():
    """A rule that found nothing is named without its sentence, which does not hold for this account."""
    text = str(story("1"))

    assert "lead to more than one user" not in text
    (line,) = [line.strip() for line in text.splitlines() if "found nothing" in line]
    assert "matches_two_users" in line
    assert len(text.splitlines()) < 10


@pytest.mark.parametrize(
    ("account_id", "words"),
    [
        ("1", "is a tie."),
        ("2", f"is matched with user {U} as staff."),
        ("3", f"is only suggested for user {V} as teacher."),
        ("4", "is a conflict."),
        ("5", "is unmatched."),
    ],
)
def test_the_headline_can_be_read_out(account_id, words):
    """The verdict is a sentence and holds no rule's name."""
    assert story(account_id).headline.endswith(words)


def test_a_tie_names_the_accounts_that_it_is_with():
    """Who decides must know which accounts hold the same id; the account of another role is none of them."""
    accounts = accounts_of(
        {"account_id": "1", "role": "teacher", "clever_id": L},
        {"account_id": "2", "role": "teacher", "clever_id": L},
        {"account_id": "3", "role": "staff", "clever_id": M},
        {"account_id": "4", "role": "teacher", "clever_id": L},
    )
    told = {n: tell(n, accounts) for n in ("1", "3", "4")}

    assert told["1"].headline.endswith("is a tie.")
    assert told["1"].companions == ("2", "4")
    assert "Why: Several accounts hold the same Clever id. The other accounts are 2, 4." in str(told["1"])
    assert told["4"].companions == ("1", "2")
    assert told["3"].companions == ()


def test_accounts_that_look_alike_name_one_another():
    """A tie by likeness names the other accounts; one more account of somebody else is none of them."""
    same = {"role": "teacher", "email": "omar@d.example"}
    accounts = accounts_of(
        {"account_id": "1", **same},
        {"account_id": "2", **same},
        {"account_id": "3", "role": "teacher", "email": "rita@d.example"},
    )
    told = tell("1", accounts)

    assert (told.state, told.reason) == ("tie", "several_accounts_alike")
    assert told.companions == ("2",)
    assert told.why.endswith("The other account is 2.")


def test_accounts_of_one_person_name_one_another():
    """Somebody with two roles has two accounts, and each names the other."""
    accounts = ACCOUNTS[ACCOUNTS["account_id"] != "4"]

    assert [tell(n, accounts).companions for n in ("1", "2", "3")] == [("2",), ("1",), ()]


def test_many_companions_are_counted():
    """Nobody reads a thousand keys out; a script has them all."""
    accounts = accounts_of(*({"account_id": f"{n:02}", "role": "teacher", "clever_id": L} for n in range(14)))
    told = tell("00", accounts)

    assert len(told.companions) == 13
    assert told.why.endswith("10 and 3 more.")


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

    assert "It survives, because most rows of other tables belong to it." in survivor.plan
    assert "It answers for 2 from then on." in survivor.plan
    assert "Account 1 survives, because most rows of other tables belong to it." in folded.plan
    assert folded.rights == ("The login of account 2 gains edit in section s1, because of teacher.",)


def test_a_survivor_without_an_operation_is_explained_by_the_accounts_folded_into_it():
    """One that is on v3 already is left as it is, so the plan gives the reason of its match, which chose nothing."""
    rows = (
        {"account_id": "1", "outcome": "survivor", "survivor_id": "1", "reason": "several_accounts_one_user"},
        {"account_id": "2", "outcome": "folded", "survivor_id": "1", "reason": "most_recent_login"},
    )
    earlier = (rows[0], {**rows[1], "reason": "several_accounts_one_user"})
    now, before = (story("1", destinations=rows_of(DESTINATIONS, given)) for given in (rows, earlier))

    assert "It survives, because it was signed in to last." in now.plan
    assert "It survives, as an earlier plan chose." in before.plan


def test_every_way_to_choose_a_survivor_has_its_words():
    """A rule that a district may name is never told by its code."""
    assert set(SURVIVOR_RULES) <= set(SURVIVES)


def test_an_account_that_is_not_there_is_refused():
    """The message does not repeat what was typed."""
    with pytest.raises(InputError, match="no account of this district") as refused:
        story("rita@d.example")

    assert refused.value.code == "unknown_account"
    assert "rita" not in str(refused.value)
