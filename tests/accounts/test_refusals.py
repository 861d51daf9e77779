"""Whatever a database refuses is told by kind, constraint and table, and never with a value."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, create_engine, text

from playbook.accounts.refusals import RETRYABLE, translated
from playbook.errors import DatabaseError
from tests.accounts.building import execute, opened

CANARY = "rosalind.canary@d.example"
TABLES = (
    "CREATE TABLE users (id INTEGER PRIMARY KEY, clever_id VARCHAR(24), email VARCHAR(100) NOT NULL,"
    " CONSTRAINT users_email UNIQUE (email), CONSTRAINT users_positive CHECK (id > 0))",
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER,"
    " CONSTRAINT notes_user FOREIGN KEY (user_id) REFERENCES users (id))",
    f"INSERT INTO users VALUES (1, NULL, '{CANARY}')",
    "INSERT INTO notes VALUES (1, 1)",
)
REFUSED = [
    (f"INSERT INTO users VALUES (2, NULL, '{CANARY}')", "unique_violation", "email"),
    ("INSERT INTO users VALUES (2, NULL, NULL)", "not_null_violation", ""),
    (f"INSERT INTO users VALUES (-1, NULL, 'x{CANARY}')", "check_violation", "users_positive"),
    ("INSERT INTO notes VALUES (2, 99)", "foreign_key_violation", ""),
    ("DELETE FROM users WHERE id = 1", "foreign_key_violation", ""),
    (f"SELECT nobody FROM users WHERE email = '{CANARY}'", "schema_mismatch", ""),
    (f"SELECT * FROM nowhere WHERE email = '{CANARY}'", "schema_mismatch", ""),
    (f"SELECT FROM WHERE '{CANARY}'", "syntax", ""),
]


@pytest.mark.parametrize(("statement", "code", "constraint"), REFUSED)
def test_refusals_by_kind(database_url: str, statement: str, code: str, constraint: str) -> None:
    """Each kind has one code on all engines; neither message, remedy, cause nor context holds the value."""
    execute(database_url, *TABLES)
    engine = opened(database_url).engine
    with pytest.raises(DatabaseError) as refusal, translated(), engine.begin() as connection:
        connection.execute(text(statement))
    error = refusal.value
    assert error.code == code
    assert constraint in error.constraint
    told = [str(error), error.remedy, error.sqlstate, error.table, error.constraint, repr(error)]
    assert CANARY not in "".join(told)
    assert error.__cause__ is None
    assert error.__suppress_context__


def write_impatiently(connection: Connection) -> None:
    patience = {"postgresql": "SET LOCAL lock_timeout = '50ms'", "mysql": "SET innodb_lock_wait_timeout = 1"}
    if statement := patience.get(connection.dialect.name):
        connection.execute(text(statement))
    connection.execute(text("UPDATE users SET clever_id = 'y'"))


def test_a_locked_row_may_be_tried_again(database_url: str) -> None:
    """A lock that somebody else holds is a refusal that a retry may pass."""
    execute(database_url, *TABLES)
    holder, source = create_engine(database_url), opened(database_url)
    with holder.begin() as held:
        held.execute(text("UPDATE users SET clever_id = 'x'"))
        with pytest.raises(DatabaseError) as refusal, translated(), source.engine.begin() as connection:
            write_impatiently(connection)
    holder.dispose()
    assert refusal.value.code == "lock_timeout"
    assert refusal.value.code in RETRYABLE


@pytest.mark.parametrize(
    ("number", "said", "code"),
    [
        (3, 'Error writing file ./users.ibd (Errcode: 28 "No space left on device")', "no_space"),
        (1005, 'Can not create table users (errno: 135 "No more room in record file")', "no_space"),
        (1005, 'Can not create table users (errno: 150 "Foreign key constraint is incorrectly formed")', "database"),
    ],
)
def test_a_disk_that_is_nearly_full_is_told_as_such(mariadb_url: str, number: int, said: str, code: str) -> None:
    """MariaDB has no error number of its own for some writes that found no room; the system's number is in the text."""
    engine = opened(mariadb_url).engine
    statement = f"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = :said"
    with pytest.raises(DatabaseError) as refusal, translated(), engine.begin() as connection:
        connection.execute(text(statement), {"said": said})

    assert refusal.value.code == code
