"""A column that holds something else than the district file says is named, with what to correct."""

from __future__ import annotations

from playbook.accounts.doubts import find_doubts
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
    rows = accounts_of({"account_id": "1", "role_word": "Rita Ruiz"}, {"account_id": "2", "role_word": "active"})

    (doubt,) = find_doubts(rows, COLUMNS)

    assert (doubt.where, doubt.what) == ("users.kind", "2 of 2 accounts have unknown role words")
    assert "[accounts.roles]" in doubt.remedy
