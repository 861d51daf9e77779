"""References of every kind that the engines know: their rows follow, or the plan is refused by name."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from playbook.applying.survey import survey_database
from playbook.errors import AnswerIsNo
from tests.applying.schemas import engine_of, goes_there_and_back, references, vendor_with
from tests.applying.vendor import UNIQUE, Vendor

SEATS = "INSERT INTO seats (id, user_id) VALUES (1, 30), (2, 31), (3, 40), (4, 60), (5, 61), (6, 62)"
FOLLOWED = ["(1, 31)", "(2, 31)", "(3, 40)", "(4, 62)", "(5, 62)", "(6, 62)"]


@pytest.mark.parametrize("action", ["CASCADE", "SET NULL", "RESTRICT", "NO ACTION"])
def test_whatever_a_key_does_on_delete_its_rows_follow(database_url: str, action: str) -> None:
    """No account is ever deleted, so no row is removed or emptied behind the journal's back."""
    vendor = vendor_with(
        database_url,
        "CREATE TABLE seats (id INTEGER PRIMARY KEY, user_id INTEGER,"
        f" FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE {action} ON UPDATE {action})",
        SEATS,
    )
    assert goes_there_and_back(vendor)["seats"][1:] == FOLLOWED


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_key_that_may_wait_until_the_commit_follows(request: pytest.FixtureRequest, engine: str) -> None:
    """A deferred check is asked for before the commit, where the group can still be refused; MariaDB has none."""
    vendor = vendor_with(
        request.getfixturevalue(f"{engine}_url"),
        "CREATE TABLE seats (id INTEGER PRIMARY KEY,"
        " user_id INTEGER REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED)",
        SEATS,
    )
    assert goes_there_and_back(vendor)["seats"][1:] == FOLLOWED


def test_a_key_of_several_columns_is_moved_where_the_others_agree(database_url: str) -> None:
    """Two accounts of one tenant change places; where the tenant differs, the database refuses and the group stays."""
    vendor = vendor_with(
        database_url,
        "ALTER TABLE users ADD COLUMN tenant INTEGER DEFAULT 1 NOT NULL",
        "UPDATE users SET tenant = 2 WHERE id = 61",
        "CREATE UNIQUE INDEX of_tenant ON users (tenant, id)",
        "CREATE TABLE seats (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, user_id INTEGER NOT NULL,"
        " FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id))",
        "INSERT INTO seats VALUES (1, 1, 30), (2, 2, 61), (3, 1, 40)",
    )
    result = vendor.apply(vendor.plan())
    assert {(refusal.account_id, refusal.code) for refusal in result.refusals} == {
        (account, "foreign_key_violation") for account in ("60", "61", "62")
    }
    assert _rows(vendor, "seats") == [(1, 1, 31), (2, 2, 61), (3, 1, 40)]


def test_a_reference_in_a_partitioned_table_follows_in_every_partition(database_url: str) -> None:
    """The rows of a partitioned table are moved once, wherever they lie; SQLite knows no partitions."""
    engine = engine_of(database_url)
    table = "CREATE TABLE visits (id INTEGER NOT NULL, user_id INTEGER, PRIMARY KEY (id))"
    statements = {
        "sqlite": [table],
        "mysql": [f"{table} PARTITION BY HASH (id) PARTITIONS 3"],
        "postgresql": [
            f"{table} PARTITION BY HASH (id)",
            *(
                f"CREATE TABLE visits{n} PARTITION OF visits FOR VALUES WITH (MODULUS 3, REMAINDER {n})"
                for n in range(3)
            ),
        ],
    }[engine]
    vendor = vendor_with(
        database_url, *statements, SEATS.replace("seats", "visits"), accounts=references("visits.user_id")
    )
    assert goes_there_and_back(vendor)["visits"][1:] == FOLLOWED


def test_a_view_that_writes_elsewhere_is_neither_written_nor_overlooked(database_url: str) -> None:
    """Rows behind a view that has a trigger are found in their own table, and only there."""
    engine = engine_of(database_url)
    triggers = {
        "sqlite": ["CREATE TRIGGER away INSTEAD OF UPDATE ON shown BEGIN SELECT RAISE(ABORT, 'no'); END"],
        "postgresql": [
            "CREATE FUNCTION away() RETURNS TRIGGER AS 'BEGIN RAISE EXCEPTION ''no''; END' LANGUAGE plpgsql",
            "CREATE TRIGGER away INSTEAD OF UPDATE ON shown FOR EACH ROW EXECUTE FUNCTION away()",
        ],
        "mysql": [],  # whose views have no triggers
    }[engine]
    vendor = vendor_with(
        database_url,
        "CREATE TABLE seats (id INTEGER PRIMARY KEY, user_id INTEGER)",
        SEATS,
        "CREATE VIEW shown AS SELECT id, user_id FROM seats",
        *triggers,
    )
    assert survey_database(vendor.source, vendor.merge).found["undeclared_references"] == ("seats.user_id",)
    with pytest.raises(AnswerIsNo) as refused:
        vendor.apply(vendor.plan())
    assert refused.value.code == "checks_pending"


def test_an_account_that_references_its_own_table_twice_follows(database_url: str) -> None:
    """Managers and mentors of folded accounts are the survivors afterwards, and the old ones after an undo."""
    vendor = vendor_with(
        database_url,
        "ALTER TABLE users ADD COLUMN manager_id INTEGER REFERENCES users (id)",
        "ALTER TABLE users ADD COLUMN mentor_id INTEGER",
        "UPDATE users SET manager_id = 30, mentor_id = 61 WHERE id IN (40, 50, 60)",
        accounts=references("users.manager_id", "users.mentor_id"),
    )
    between = goes_there_and_back(vendor)["users"][1:]
    assert sum(", 31, 62" in row for row in between) == 3


def test_two_references_to_one_account_in_a_row_follow_both(database_url: str) -> None:
    """A row that names an account twice is written twice, and comes back as it was."""
    vendor = vendor_with(
        database_url,
        "CREATE TABLE swaps (id INTEGER PRIMARY KEY, one INTEGER NOT NULL, two INTEGER NOT NULL,"
        " FOREIGN KEY (one) REFERENCES users (id), FOREIGN KEY (two) REFERENCES users (id), UNIQUE (one, two))",
        "INSERT INTO swaps VALUES (1, 30, 30), (2, 60, 61), (3, 61, 60)",
        unique={**UNIQUE, "swaps.one,two": "keep_survivor"},
    )
    assert goes_there_and_back(vendor)["swaps"][1:] == ["(1, 31, 31)", "(3, 62, 62)"]


def _rows(vendor: Vendor, table: str) -> list[tuple[object, ...]]:
    with vendor.source.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY id"))]
