"""Two rows that would stand in one unique place: a rule says which stays, or the group is held whole."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.applying.schemas import PATIENT, engine_of, goes_there_and_back, vendor_with
from tests.applying.vendor import UNIQUE, Vendor, dump

BADGES = (
    "CREATE TABLE badges (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, word {kind}, points INTEGER,"
    " FOREIGN KEY (user_id) REFERENCES users (id))"
)
ONCE = "CREATE UNIQUE INDEX once ON badges (user_id, word)"
RULE = {**UNIQUE, "badges.user_id,word": "keep_survivor"}
LIKE = {
    "same": ("'a'", "'a'"),
    "case": ("'Math'", "'math'"),
    "accent": ("'école'", "'ecole'"),
    "trailing space": ("'a '", "'a'"),
    "null": ("NULL", "NULL"),
    "empty and null": ("''", "NULL"),
    "composed": ("'\u00e9'", "'e\u0301'"),
}
APART = {  # what each engine's usual collation takes for two words
    "sqlite": set(LIKE) - {"same"},
    "postgresql": set(LIKE) - {"same"},
    "mysql": {"null", "empty and null", "composed"},
}
ALIKE_ON_MARIADB = {"case", "accent", "trailing space"}
"""Words that only the collation takes for one: whether they are is not guessed, so no rule removes such a row."""


def vendor_of(url: str, *statements: str, kind: str = "VARCHAR(20)", likeness: str = "same", **merge: object) -> Vendor:
    """Return a vendor whose accounts 30 and 31 hold two badges that are like each other."""
    loser, survivor = LIKE[likeness]
    rows = f"INSERT INTO badges VALUES (1, 30, {loser}, 7), (2, 31, {survivor}, 9), (3, 40, 'a', 1)"
    return vendor_with(url, BADGES.format(kind=kind), *statements, rows, **merge)


@pytest.mark.parametrize("likeness", list(LIKE))
def test_what_is_the_same_gives_way_and_what_is_two_follows(database_url: str, likeness: str) -> None:
    """With a rule the survivor's row stays, and the other comes back with an undo, byte by byte; rows that the
    engine takes for two both follow, and what only its collation takes for one is held."""
    vendor = vendor_of(database_url, ONCE, likeness=likeness, unique=RULE)
    if engine_of(database_url) == "mysql" and likeness in ALIKE_ON_MARIADB:
        assert held_codes(vendor) == {"unique_violation"}
        return
    badges = goes_there_and_back(vendor)["badges"][1:]
    both = likeness in APART[engine_of(database_url)]
    assert [row.partition(",")[0] for row in badges] == ["(1", "(2", "(3"] if both else ["(2", "(3"]
    assert all(", 31, " in row for row in badges[:-1])


@pytest.mark.parametrize("likeness", list(LIKE))
def test_without_a_rule_a_collision_holds_the_group(database_url: str, likeness: str) -> None:
    """Nothing is thrown away unasked and nothing breaks off midway: the group is whole, and named."""
    vendor = vendor_of(database_url, ONCE, likeness=likeness)
    is_loose = engine_of(database_url) == "mysql" and likeness in ALIKE_ON_MARIADB
    code = "unique_violation" if is_loose else "unique_collision"
    assert held_codes(vendor) == (set() if likeness in APART[engine_of(database_url)] else {code})


def held_codes(vendor: Vendor) -> set[str]:
    """Apply a plan, and return with which codes the group of account 30 was refused: all of it or none."""
    before = dump(vendor.url)["badges"]
    refusals = vendor.apply(vendor.plan(), pace=PATIENT).refusals
    assert {refusal.account_id for refusal in refusals} == ({"30", "31"} if refusals else set())
    assert (dump(vendor.url)["badges"] == before) == bool(refusals)
    return {refusal.code for refusal in refusals}


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_an_index_over_some_rows_only_stops_nobody_else(request: pytest.FixtureRequest, engine: str) -> None:
    """A partial index says nothing about the rows that it leaves out, so no rule removes one; MariaDB has none."""
    url = request.getfixturevalue(f"{engine}_url")
    vendor = vendor_of(url, f"{ONCE} WHERE points > 100", unique=RULE)
    badges = goes_there_and_back(vendor)["badges"][1:]
    assert [row.partition(",")[0] for row in badges] == ["(1", "(2", "(3"]


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_an_index_over_some_rows_holds_those(request: pytest.FixtureRequest, engine: str) -> None:
    """Rows that a partial index covers collide as in any other."""
    url = request.getfixturevalue(f"{engine}_url")
    assert held_codes(vendor_of(url, f"{ONCE} WHERE points > 1", unique=RULE)) == {"unique_violation"}


def test_whoever_settles_the_rows_by_hand_goes_on_with_the_same_command(database_url: str) -> None:
    """The refusal names the index or its columns; once one of the two rows is out of it, the group is written."""
    where = "" if engine_of(database_url) == "mysql" else " WHERE points > 1"
    likeness = "case" if engine_of(database_url) == "mysql" else "same"
    vendor = vendor_of(database_url, ONCE + where, likeness=likeness, unique=RULE)
    plan = vendor.plan()
    refusals = vendor.apply(plan, pace=PATIENT).refusals
    assert {(refusal.code, refusal.columns) for refusal in refusals} == {
        ("unique_violation", ("badges.user_id" if engine_of(database_url) == "sqlite" else "once",))
    }
    with vendor.source.engine.begin() as connection:
        connection.execute(text("DELETE FROM badges WHERE id = 1"))
    assert vendor.apply(plan, pace=PATIENT).refusals == []
    assert vendor.verify(plan) == ()


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_an_index_over_an_expression_holds_the_group_by_name(request: pytest.FixtureRequest, engine: str) -> None:
    """What only the database can compute is the database's to refuse: the group stays, with the index's name."""
    url = request.getfixturevalue(f"{engine}_url")
    vendor = vendor_of(url, "CREATE UNIQUE INDEX once ON badges (user_id, lower(word))", likeness="case")
    before = dump(url)["badges"]
    refusals = vendor.apply(vendor.plan(), pace=PATIENT).refusals
    assert {(refusal.code, refusal.columns) for refusal in refusals} == {("unique_violation", ("once",))}
    assert dump(url)["badges"] == before


def test_a_null_takes_no_place_unless_the_index_says_so(postgres_url: str) -> None:
    """PostgreSQL's NULLS NOT DISTINCT takes two absent words for one."""
    vendor = vendor_of(postgres_url, f"{ONCE} NULLS NOT DISTINCT", likeness="null", unique=RULE)
    assert held_codes(vendor) == {"unique_violation"}


SUFFIX = {**UNIQUE, "users.username": "suffix"}


def dry_and_real(vendor: Vendor) -> set[tuple[str, tuple[str, ...]]]:
    """Apply a plan dry and in earnest, which must say the same; return what was refused, and of which columns."""
    plan = vendor.plan()
    said = [vendor.apply(plan, pace=PATIENT, execute=execute).refusals for execute in (False, True)]
    assert said[0] == said[1]
    return {(refusal.code, refusal.columns) for refusal in said[0]}


@pytest.mark.parametrize("length", [30, 31])
def test_a_suffix_that_does_not_fit_is_never_cut(database_url: str, length: int) -> None:
    """What a column has no room for holds the group, which a cast would have cut; SQLite has room for all."""
    vendor = vendor_with(database_url, f"UPDATE users SET username = '{'x' * length}' WHERE id = 30", unique=SUFFIX)
    if length == 31 and engine_of(database_url) != "sqlite":
        assert dry_and_real(vendor) == {("suffix_too_long", ("users.username",))}
    else:
        users = goes_there_and_back(vendor)["users"]
        assert any(f"'{'x' * length}+merged-30'" in row for row in users)


def test_a_suffix_that_somebody_has_holds_the_group(database_url: str) -> None:
    """A name that is taken is known by its column before anything is written."""
    vendor = vendor_with(database_url, "UPDATE users SET username = 'user30+merged-30' WHERE id = 40", unique=SUFFIX)
    assert dry_and_real(vendor) == {("suffix_taken", ("users.username",))}


def test_a_rule_that_its_column_cannot_take_stops_the_plan(database_url: str) -> None:
    """A number takes no suffix, and a column that is never empty cannot be emptied: nobody can acknowledge that."""
    rules = {**UNIQUE, "users.number": "suffix", "users.username": "null"}
    statements = ("ALTER TABLE users ADD COLUMN number INTEGER", "CREATE UNIQUE INDEX numbered ON users (number)")
    vendor = vendor_with(database_url, *statements, unique=rules, acknowledge=("unique_rule_refused",))
    (check,) = vendor.plan().header.pending
    assert (check.name, check.things) == ("unique_rule_refused", ("users.number suffix", "users.username null"))
