"""Every foreign key to an account is found with what the database does behind it."""

from __future__ import annotations

from playbook.accounts.references import FoundReference
from playbook.district import Reference
from tests.accounts.building import PEOPLE, USERS, execute, opened

KINDS = (
    "CREATE TABLE cascading (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL,"
    " FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE)",
    "CREATE TABLE emptying (id INTEGER PRIMARY KEY, user_id INTEGER,"
    " FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL)",
    "CREATE TABLE restricting (id INTEGER PRIMARY KEY, user_id INTEGER,"
    " FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT)",
    "CREATE TABLE twice (id INTEGER PRIMARY KEY, author INTEGER, reader INTEGER, UNIQUE (author, reader),"
    " FOREIGN KEY (author) REFERENCES users (id), FOREIGN KEY (reader) REFERENCES users (id))",
    "CREATE TABLE one_to_one (user_id INTEGER PRIMARY KEY, FOREIGN KEY (user_id) REFERENCES users (id))",
)


def told(url: str, **options: object) -> dict[str, FoundReference]:
    return {reference.name: reference for reference in opened(url, **options).references()}


def test_foreign_keys_of_every_temper(database_url: str) -> None:
    """Cascading, emptying, restricting, double and one-to-one keys are found with their actions and unique groups."""
    execute(database_url, USERS, *KINDS)
    references = told(database_url)
    assert {name: r.on_delete for name, r in references.items()} == {
        "cascading.user_id": "CASCADE",
        "emptying.user_id": "SET NULL",
        "one_to_one.user_id": "",
        "restricting.user_id": "",
        "twice.author": "",
        "twice.reader": "",
    }
    assert references["cascading.user_id"].on_update == "CASCADE"
    assert not references["cascading.user_id"].is_nullable
    assert references["twice.author"].unique == (("author", "reader"),)
    assert references["one_to_one.user_id"].unique == (("user_id",),)


def test_a_table_that_references_itself(database_url: str) -> None:
    """A manager is an account too."""
    execute(
        database_url,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, clever_id VARCHAR(24), manager_id INTEGER,"
        " FOREIGN KEY (manager_id) REFERENCES users (id))",
    )
    assert told(database_url)["users.manager_id"].is_self


def test_a_composite_key_names_the_column_that_holds_the_account(database_url: str) -> None:
    """Of (tenant, account) only the account's column is the reference; the others are told beside it."""
    execute(
        database_url,
        "CREATE TABLE users (tenant INTEGER, id INTEGER, clever_id VARCHAR(24), PRIMARY KEY (tenant, id))",
        "CREATE TABLE work (id INTEGER PRIMARY KEY, tenant INTEGER, owner INTEGER,"
        " FOREIGN KEY (tenant, owner) REFERENCES users (tenant, id))",
    )
    (reference,) = told(database_url).values()
    assert (reference.name, reference.columns, reference.refers_to) == ("work.owner", ("tenant", "owner"), "id")


def test_a_foreign_key_to_another_column_says_so(database_url: str) -> None:
    """A key that references the Clever id is no reference to the account's key."""
    execute(
        database_url,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, clever_id VARCHAR(24) UNIQUE)",
        "CREATE TABLE work (id INTEGER PRIMARY KEY, teacher VARCHAR(24),"
        " FOREIGN KEY (teacher) REFERENCES users (clever_id))",
    )
    source = opened(database_url)
    assert [r.refers_to for r in source.references()] == ["clever_id"]
    assert source.read().empty
    assert {trap.name for trap in source.traps() if trap.is_blocking} == {"references_by_other_column"}


def test_deferrable_and_partitioned_keys_on_postgres(postgres_url: str) -> None:
    """A deferrable key is told; a partitioned table is one reference, not one a partition."""
    execute(
        postgres_url,
        USERS,
        "CREATE TABLE late (id INTEGER PRIMARY KEY, u INTEGER REFERENCES users DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TABLE logs (u INTEGER REFERENCES users, year INTEGER) PARTITION BY RANGE (year)",
        "CREATE TABLE logs_2025 PARTITION OF logs FOR VALUES FROM (2025) TO (2026)",
    )
    references = told(postgres_url)
    assert {name: r.is_deferrable for name, r in references.items()} == {"late.u": True, "logs.u": False}


def test_a_declared_reference_counts_under_its_condition(database_url: str) -> None:
    """Only the rows that the condition names belong to accounts."""
    execute(
        database_url,
        USERS,
        PEOPLE,
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner_type VARCHAR(9), owner_id INTEGER)",
        "INSERT INTO notes VALUES (1, 'User', 7001), (2, 'User', 7001), (3, 'Post', 7001), (4, 'User', 7002)",
    )
    reference = Reference(table="notes", column="owner_id", where="owner_type = 'User'")
    assert opened(database_url, reference=(reference,)).read()["rows"].tolist() == [2, 1]
