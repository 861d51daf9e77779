"""A column that holds something else than the district file says is named, with what to correct."""

from __future__ import annotations

from playbook.accounts.doubts import find_doubts, find_silent_roles
from playbook.district import Accounts, Identities
from tests.matching.small_district import accounts_of, clever_id

COLUMNS = Accounts(url="sqlite:///a.sqlite", clever_id="clever", role="kind")


def test_half_of_the_values_are_enough() -> None:
    """A few odd values are no wrong column: they are judged account by account."""
    rows = accounts_of(
        {"account_id": "1", "clever_id": clever_id("a", 1), "role": "teacher", "role_word": "teacher"},
        {"account_id": "2", "clever_id": "T-100", "role": "", "role_word": "coach"},
        {"account_id": "3"},
    )

    assert find_doubts(rows, COLUMNS) == ()
    assert find_doubts(rows.head(0), COLUMNS) == ()


def test_values_that_are_no_clever_ids_name_their_column() -> None:
    """Ids of the district's own in the place of Clever's are noticed, wherever ids are kept."""
    rows = accounts_of({"account_id": "1", "clever_id": "t-100"}, {"account_id": "2", "clever_id": "t-101"})
    apart = Accounts(url="sqlite:///a.sqlite", identities=Identities(table="logins", account="user", clever_id="uid"))

    (doubt,) = find_doubts(rows, COLUMNS)

    assert doubt.where == "users.clever"
    assert "0 of 2" in doubt.what
    assert find_doubts(rows, apart)[0].where == "logins.uid"


def test_role_words_that_nobody_explained_name_their_column_and_no_value() -> None:
    """What the column holds may be anything, even names: it is counted and not repeated."""
    named = {"account_id": "1", "clever_id": clever_id("a", 1), "role_word": "Rita Ruiz"}
    rows = accounts_of(named, {"account_id": "2", "role_word": "active"})

    (doubt,) = find_doubts(rows, COLUMNS)

    assert (doubt.where, doubt.what) == ("users.kind", "2 of 2 accounts have unknown role words")
    assert "[accounts.roles]" in doubt.remedy


def test_a_column_without_a_single_clever_id_is_the_wrong_one() -> None:
    """A credential table whose `where` is mistyped gives every account no id; none would be matched, and all of them
    would be suggested to people instead."""
    nobody = accounts_of({"account_id": "1"}, {"account_id": "2"})

    (doubt,) = find_doubts(nobody, COLUMNS)

    assert (doubt.where, doubt.what) == ("users.clever", "no account has a Clever id")
    assert "where" in doubt.remedy
    assert find_doubts(accounts_of({"account_id": "1", "v3_id": clever_id("a", 1)}), COLUMNS) == ()


def test_a_mistyped_role_word_is_told_by_the_role_that_nobody_has() -> None:
    """Whoever has an unknown word has no rights: a word that nobody has stands where theirs should."""
    mapped = Accounts(url="sqlite:///a.sqlite", clever_id="clever", role="kind", roles={"teacher": "T", "staff": "AA"})
    teacher = {"account_id": "1", "role": "teacher", "role_word": "T"}
    unknown = {"account_id": "2", "role": "", "role_word": "A"}
    staff = {"account_id": "3", "role": "staff", "role_word": "AA"}

    (doubt,) = find_silent_roles(accounts_of(teacher, unknown), mapped)

    assert doubt.where == "users.kind"
    assert "1 of 2 accounts" in doubt.what
    assert doubt.what.endswith("the word of staff")
    assert find_silent_roles(accounts_of(teacher, unknown, staff), mapped) == ()
    assert find_silent_roles(accounts_of(teacher), mapped) == ()
