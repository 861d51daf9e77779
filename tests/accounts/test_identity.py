"""A database is told from another, and any change of its schema from none."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url

from tests.accounts.building import USERS, execute, opened
from tests.accounts.test_preflight import CHILD, FUNCTION, TRIGGERS
from tests.databases import NewDatabase

CHANGES = {
    "a column": "ALTER TABLE notes ADD COLUMN more INTEGER",
    "a column's name": "ALTER TABLE notes RENAME COLUMN body TO text_body",
    "a column of accounts": "ALTER TABLE users ADD COLUMN phone VARCHAR(20)",
    "a column less": "ALTER TABLE notes DROP COLUMN body",
    "a table": "CREATE TABLE more (id INTEGER PRIMARY KEY)",
    "a foreign key": "CREATE TABLE more (id INTEGER, u INTEGER, FOREIGN KEY (u) REFERENCES users (id))",
    "a table less": "DROP TABLE notes",
    "an index": "CREATE INDEX notes_body ON notes (body)",
    "a unique index": "CREATE UNIQUE INDEX users_email ON users (email)",
    "a view": "CREATE VIEW people AS SELECT id FROM users",
    "a trigger": "",
}
OURS = (
    "ALTER TABLE users ADD COLUMN clever_v3_id VARCHAR(24)",
    "CREATE INDEX users_v3 ON users (clever_v3_id)",
    "CREATE TABLE playbook_journal (id INTEGER PRIMARY KEY)",
    "CREATE INDEX playbook_users_email ON users (email)",
)
NOTES = CHILD.replace("user_id INTEGER,", "user_id INTEGER, body VARCHAR(20),")


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_the_schema_changes_its_digest(database_url: str, change: str) -> None:
    """A plan made before the change is not one for the database after it."""
    execute(database_url, USERS, NOTES)
    before = opened(database_url).schema_digest()
    engine = make_url(database_url).get_backend_name()
    statements = [FUNCTION] if engine == "postgresql" and not CHANGES[change] else []
    execute(database_url, *statements, CHANGES[change] or TRIGGERS[engine])
    assert opened(database_url).schema_digest() != before


def test_rows_and_the_playbooks_own_tables_do_not_change_the_digest(database_url: str) -> None:
    """Neither new accounts nor what applying adds makes a plan stale."""
    execute(database_url, USERS, NOTES)
    before = opened(database_url).schema_digest()
    execute(database_url, *OURS, "INSERT INTO users (id) VALUES (1)")
    assert opened(database_url).schema_digest() == before


def test_two_databases_of_one_server_differ(new_database: NewDatabase) -> None:
    """The same schema in another database is another database."""
    for engine in ("sqlite", "postgres", "mariadb"):
        one, other = new_database(engine), new_database(engine)
        for url in (one, other):
            execute(url, USERS)
        assert opened(one).identity() == opened(one).identity() != opened(other).identity()


def test_sqlite_is_known_by_its_own_row_wherever_it_lies(sqlite_url: str) -> None:
    """A database that carries an identity keeps it when it is moved."""
    other = sqlite_url.replace(".db", "-moved.db")
    for url in (sqlite_url, other):
        execute(url, USERS, "CREATE TABLE database_identity (id TEXT)", "INSERT INTO database_identity VALUES ('x-1')")
    assert opened(sqlite_url).identity() == opened(other).identity() == "sqlite:x-1"


def test_a_role_that_may_only_read_knows_the_database(postgres_url: str) -> None:
    """Identity and schema need no more than the right to read; the provider's spelling of the URL is understood."""
    url = make_url(postgres_url)
    role = f"reader_{url.database}"
    execute(postgres_url, USERS, f"CREATE ROLE {role} LOGIN", f"GRANT SELECT ON users TO {role}")
    reader = opened(url.set(username=role, drivername="postgres").render_as_string())
    owner = opened(postgres_url)
    assert (reader.identity(), reader.schema_digest()) == (owner.identity(), owner.schema_digest())
    execute(postgres_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")
