"""A dry run says what the database would refuse for a unique index, of which accounts, and by the index's name."""

from __future__ import annotations

import pytest

from playbook.applying.pace import Pace
from tests.applying.schemas import vendor_with
from tests.applying.vendor import Vendor, new_id
from tests.databases import NewDatabase

PACE = Pace(batch=2, max_failed_share=1.0, on_drift="skip")
SINGLE = "authentication_options"
STRAY = f"INSERT INTO {SINGLE} VALUES (7, 40, 'clever', '{new_id(5)}', 'v3.1')"
ALL = {"30", "31", "40", "50", "60", "61", "62"}


def once(columns: str, table: str = SINGLE) -> str:
    """Return the statement that lets each place be taken once."""
    return f"CREATE UNIQUE INDEX once ON {table} {columns}"


def name_of(url: str, first: str) -> str:
    """Return what a database names an index by when it refuses."""
    return first if url.startswith("sqlite") else "once"


def refused(vendor: Vendor) -> set[tuple[str, str, tuple[str, ...]]]:
    """Apply a plan dry and in earnest, which must say the same; return which accounts were refused, and why."""
    plan = vendor.plan()
    said = [vendor.apply(plan, pace=PACE, execute=execute) for execute in (False, True)]
    found = [{(r.account_id, r.code, r.columns) for r in result.refusals} for result in said]
    assert (said[0].done, said[0].failed, found[0]) == (said[1].done, said[1].failed, found[1])
    return found[0]


def test_an_index_with_room_for_both_rows_stops_nothing(database_url: str) -> None:
    """The second row differs from the first in its id, so an index that holds the id has room."""
    assert refused(vendor_with(database_url, once("(provider, uid)"), layout="credentials", fold="alias")) == set()


def test_an_index_that_allows_an_account_one_row_refuses_all(database_url: str) -> None:
    """Neither id nor version is in it, so every second row stands where the first one does."""
    vendor = vendor_with(database_url, once("(user_id, provider)"), layout="credentials", fold="alias")
    assert refused(vendor) == {(a, "unique_violation", (name_of(database_url, f"{SINGLE}.user_id"),)) for a in ALL}


@pytest.mark.parametrize(("columns", "store"), [("(provider, uid)", "beside"), ("(uid, version)", "replace")])
def test_an_id_that_another_account_holds_already_is_refused(database_url: str, columns: str, store: str) -> None:
    """Whoever came by the v3 id before keeps it; the others are written."""
    acknowledge = ("old_ids_replaced",) if store == "replace" else ()
    way = {"fold": "alias", "store": store, "acknowledge": acknowledge}
    vendor = vendor_with(database_url, once(columns), STRAY, layout="credentials", **way)
    first = columns.strip("()").split(",")[0]
    assert refused(vendor) == {("50", "unique_violation", (name_of(database_url, f"{SINGLE}.{first}"),))}


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_an_index_over_some_rows_is_asked_for_those(new_database: NewDatabase, engine: str) -> None:
    """Two rows are in each other's way only where the index is over both; a move's rows are asked as a link's are."""
    url = new_database(engine)
    vendor = vendor_with(url, once("(user_id, provider) WHERE version = 'v2.1'"), layout="credentials", fold="alias")
    name = name_of(url, f"{SINGLE}.user_id")
    assert refused(vendor) == set()
    other = vendor_with(
        new_database(engine), once("(user_id, provider) WHERE version = 'v2.1'"), layout="credentials", fold="move"
    )
    assert refused(other) == {(a, "unique_violation", (name,)) for a in ("30", "31", "60", "61", "62")}


def test_two_accounts_of_one_person_cannot_share_what_is_unique(database_url: str) -> None:
    """Where each role keeps its account, the first has the id and the others are refused, in whatever batch."""
    vendor = vendor_with(database_url, once("(provider, uid)"), layout="credentials", people="role_accounts")
    name = name_of(database_url, f"{SINGLE}.provider")
    assert refused(vendor) == {(account, "unique_violation", (name,)) for account in ("31", "61", "62")}


def test_an_account_out_of_sight_may_hold_the_id(database_url: str) -> None:
    """An account that the condition of the district file leaves out takes its place in an index all the same."""
    column = "ALTER TABLE users ADD COLUMN clever_v3_id VARCHAR(24)"
    taken = f"UPDATE users SET clever_v3_id = '{new_id(5)}', status = 'hidden' WHERE id = 20"
    conf = {"where": "status <> 'hidden'"}
    vendor = vendor_with(database_url, column, taken, once("(clever_v3_id)", "users"), accounts=conf, fold="alias")
    name = name_of(database_url, "users.clever_v3_id")
    assert refused(vendor) == {("50", "unique_violation", (name,))}


def test_a_collation_that_takes_two_words_for_one_is_believed(mariadb_url: str) -> None:
    """Whether two texts are equal is for the column's collation to say."""
    loose = "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL"
    change = f"ALTER TABLE {SINGLE} MODIFY provider {loose}"
    taken = STRAY.replace("clever", "CLEVER ")
    vendor = vendor_with(mariadb_url, change, once("(provider, uid)"), taken, layout="credentials", fold="alias")
    assert refused(vendor) == {("50", "unique_violation", ("once",))}
