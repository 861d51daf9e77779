"""Two accounts with the same credential, as after a tie that was accepted twice: never two in one place."""

from __future__ import annotations

import pytest

from tests.applying.schemas import PATIENT, goes_there_and_back, references, vendor_with
from tests.applying.vendor import UNIQUE, Vendor, old_id

ONCE = "ALTER TABLE authentication_options ADD CONSTRAINT once UNIQUE (provider, uid, user_id)"
INDEX = "CREATE UNIQUE INDEX once ON authentication_options (provider, uid, user_id)"
NAME = "authentication_options.provider,uid,user_id"
RULE = {**UNIQUE, NAME: "keep_survivor"}


def vendor_of(url: str, *shares: tuple[int, int], **merge: object) -> Vendor:
    """Return a vendor with a credential table, some of whose accounts hold the credential of another."""
    same = [f"UPDATE authentication_options SET uid = '{old_id(of)}' WHERE user_id = {who}" for who, of in shares]
    return vendor_with(url, INDEX if url.startswith("sqlite") else ONCE, *same, layout="credentials", **merge)


def dry_and_real(vendor: Vendor) -> set[tuple[str, str, tuple[str, ...]]]:
    """Apply a plan dry and in earnest, which must say the same; return which accounts were refused, and why."""
    plan = vendor.plan()
    said = [vendor.apply(plan, pace=PATIENT, execute=execute) for execute in (False, True)]
    assert (said[0].done, said[0].refusals) == (said[1].done, said[1].refusals)
    return {(refusal.account_id, refusal.code, refusal.columns) for refusal in said[0].refusals}


@pytest.mark.parametrize("store", ["beside", "replace"])
def test_without_a_rule_the_group_is_held_by_the_index(database_url: str, store: str) -> None:
    """A plain unique constraint is known, so the dry run says what would be refused, and by which columns."""
    acknowledge = ("old_ids_replaced",) if store == "replace" else ()
    vendor = vendor_of(database_url, (30, 31), store=store, acknowledge=acknowledge)
    refused = dry_and_real(vendor)
    # where the survivor's own old id is replaced first, the two are no longer the same
    assert refused == (set() if store == "replace" else {(a, "unique_collision", (NAME,)) for a in ("30", "31")})


def test_with_a_rule_the_survivors_credential_stays(database_url: str) -> None:
    """The other row gives way, is kept in the journal, and comes back with an undo."""
    vendor = vendor_of(database_url, (30, 31), unique=RULE)
    logins = goes_there_and_back(vendor)["authentication_options"][1:]
    assert not any(", 30, " in row for row in logins)
    assert sum(f"'{old_id(31)}'" in row for row in logins) == 1


def test_two_that_are_folded_share_what_their_survivor_has_not(database_url: str) -> None:
    """A dry run finds what it would have moved itself: the second of two equal credentials has no place."""
    refused = dry_and_real(vendor_of(database_url, (60, 61)))
    assert refused == {(account, "unique_collision", (NAME,)) for account in ("60", "61", "62")}


def test_a_row_that_holds_a_person_twice_is_followed_through_both(database_url: str) -> None:
    """What the first column's move makes of a row decides whether the second's has a place, dry as in earnest."""
    pairs = "CREATE TABLE pairs (id INTEGER PRIMARY KEY, one INTEGER, other INTEGER, UNIQUE (one, other))"
    rows = "INSERT INTO pairs VALUES (1, 30, 30), (2, 31, 31), (3, 61, 60), (4, 40, 30)"
    vendor = vendor_with(database_url, pairs, rows, accounts=references("pairs.one", "pairs.other"))
    assert dry_and_real(vendor) == {(account, "unique_collision", ("pairs.one,other",)) for account in ("30", "31")}
