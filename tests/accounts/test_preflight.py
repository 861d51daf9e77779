"""What would make a plan go wrong is found by name before there is one."""

from __future__ import annotations

from sqlalchemy import make_url

from tests.accounts.building import PEOPLE, USERS, execute, opened

CHILD = "CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER, FOREIGN KEY (user_id) REFERENCES users (id))"
TRIGGERS = {
    "sqlite": "CREATE TRIGGER touch AFTER UPDATE ON users BEGIN UPDATE users SET email = email; END",
    "mysql": "CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW SET NEW.email = NEW.email",
    "postgresql": "CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION keep()",
}
FUNCTION = "CREATE FUNCTION keep() RETURNS trigger AS 'BEGIN RETURN NEW; END' LANGUAGE plpgsql"


def traps(url: str, **options: object) -> dict[str, tuple[str, ...]]:
    return {trap.name: trap.things for trap in opened(url, **options).traps()}


def test_a_sound_database_has_no_blocking_trap(database_url: str) -> None:
    """Accounts, children and keys in order stop nothing."""
    execute(database_url, USERS, CHILD, PEOPLE)
    assert [trap.name for trap in opened(database_url).traps() if trap.is_blocking] == []


def test_triggers_are_named(database_url: str) -> None:
    """A trigger on a table that would be written is told with its table."""
    engine = make_url(database_url).get_backend_name()
    execute(database_url, USERS, *([FUNCTION] if engine == "postgresql" else []), TRIGGERS[engine])
    assert traps(database_url)["triggers"] == ("users.touch",)


def test_undeclared_and_inner_references_block(database_url: str) -> None:
    """A plain column and a JSON document that hold keys are two traps, each with its column."""
    execute(
        database_url,
        USERS,
        PEOPLE,
        "CREATE TABLE a (id INTEGER PRIMARY KEY, graded_by INTEGER, body TEXT)",
        """INSERT INTO a VALUES (1, 7001, '{"user_id"\\: 7001}'), (2, 7002, '{"user_id"\\: 7002}')""",
    )
    found = traps(database_url)
    assert found["undeclared_references"] == ("a.graded_by",)
    assert found["ids_inside_values"] == ("a.body $.user_id",)


def test_a_soft_delete_column_must_be_named(database_url: str) -> None:
    """`deleted_at` blocks until it is the status column or stands in the condition; then deleted accounts say so."""
    execute(
        database_url,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, clever_id VARCHAR(24), deleted_at TIMESTAMP NULL)",
        "INSERT INTO users VALUES (7001, NULL, NULL), (7002, NULL, '2026-01-01 00:00:00')",
    )
    assert traps(database_url)["soft_deletes_unnamed"] == ("users.deleted_at",)
    assert "soft_deletes_unnamed" not in traps(database_url, where="deleted_at IS NULL")
    named = opened(database_url, status="deleted_at")
    assert "soft_deletes_unnamed" not in {trap.name for trap in named.traps()}
    assert named.read()["status"].tolist() == ["active", "deleted"]


def test_a_key_that_is_not_unique_is_refused(database_url: str) -> None:
    """An account must be one row."""
    execute(database_url, "CREATE TABLE users (id INTEGER, clever_id VARCHAR(24))")
    assert traps(database_url)["key_not_unique"] == ("users.id",)


def test_cascades_and_computed_columns_are_told(database_url: str) -> None:
    """They do not block, because nothing is deleted and computed columns are never written."""
    execute(
        database_url,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, clever_id VARCHAR(24),"
        " twice INTEGER GENERATED ALWAYS AS (id * 2) STORED)",
        CHILD.replace("users (id))", "users (id) ON DELETE CASCADE)"),
    )
    found = opened(database_url).traps()
    told = {trap.name: trap.things for trap in found if not trap.is_blocking}
    assert told["rows_removed_with_accounts"] == ("notes.user_id CASCADE",)
    assert told["computed_columns"] == ("users.twice",)
    assert [trap.name for trap in found if trap.is_blocking] == []


def test_rows_that_break_a_foreign_key_on_sqlite(sqlite_url: str) -> None:
    """SQLite does not check by itself, so orphans may be there already."""
    execute(sqlite_url, USERS, CHILD, "INSERT INTO notes VALUES (1, 999)")
    assert traps(sqlite_url)["foreign_keys_broken"] == ("notes",)


def test_tables_that_cannot_roll_back_on_mariadb(mariadb_url: str) -> None:
    """A MyISAM table among those that would be written is refused with its engine."""
    execute(
        mariadb_url,
        USERS,
        PEOPLE,
        "CREATE TABLE logs (id INTEGER PRIMARY KEY, user_id INTEGER) ENGINE = MyISAM",
        "INSERT INTO logs VALUES (1, 7001), (2, 7002)",
    )
    found = traps(mariadb_url)
    assert found["not_transactional"] == ("logs MyISAM",)
    assert found["undeclared_references"] == ("logs.user_id",)


def test_unique_texts_that_ignore_accents_on_mariadb(mariadb_url: str) -> None:
    """The default collation takes é for e in a unique column."""
    execute(mariadb_url, USERS.replace("email VARCHAR(100)", "email VARCHAR(100) UNIQUE"))
    assert traps(mariadb_url)["loose_collations"] == ("users.email",)


def test_references_from_another_schema_on_mariadb(mariadb_url: str) -> None:
    """A table of a neighbouring schema that references accounts is named."""
    other = f"{make_url(mariadb_url).database}_other"
    execute(mariadb_url, USERS, f"CREATE DATABASE {other}")
    inside = f"REFERENCES {make_url(mariadb_url).database}.users (id)"
    execute(mariadb_url, f"CREATE TABLE {other}.visits (u INTEGER, FOREIGN KEY (u) {inside})")
    assert traps(mariadb_url)["references_outside_schema"] == (f"{other}.visits",)
    execute(mariadb_url, f"DROP DATABASE {other}")


def test_a_role_with_too_few_privileges_on_mariadb(mariadb_url: str) -> None:
    """What the role lacks is named before anything is tried."""
    url = make_url(mariadb_url)
    execute(
        mariadb_url,
        USERS,
        CHILD,
        f"CREATE USER 'few_{url.database}'@'localhost'",
        f"GRANT SELECT ON {url.database}.* TO 'few_{url.database}'@'localhost'",
        f"GRANT INSERT, UPDATE ON {url.database}.users TO 'few_{url.database}'@'localhost'",
    )
    few = url.set(username=f"few_{url.database}").render_as_string()
    assert traps(few)["privileges_missing"] == ("CREATE", "notes INSERT", "notes UPDATE")
    execute(mariadb_url, f"DROP USER 'few_{url.database}'@'localhost'")


def test_row_security_rules_schemas_and_privileges_on_postgres(postgres_url: str) -> None:
    """A role that sees some rows only, may write some tables only, and other schemas' references are named."""
    url = make_url(postgres_url)
    execute(
        postgres_url,
        USERS,
        CHILD,
        "CREATE SCHEMA analytics",
        "CREATE TABLE analytics.visits (u INTEGER REFERENCES public.users)",
        "CREATE RULE quiet AS ON UPDATE TO notes DO ALSO NOTIFY touched",
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
        f"CREATE ROLE few_{url.database} LOGIN",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO few_{url.database}",
        f"GRANT INSERT, UPDATE ON users TO few_{url.database}",
        "CREATE PUBLICATION feed FOR TABLE users",
    )
    found = traps(url.set(username=f"few_{url.database}").render_as_string())
    assert found["row_security"] == ("users",)
    assert found["rewrite_rules"] == ("notes.quiet",)
    assert found["references_outside_schema"] == ("analytics.visits",)
    assert found["privileges_missing"] == ("notes INSERT", "notes UPDATE", "public CREATE")
    assert found["replicas"] == ("publication feed",)
    execute(postgres_url, f"DROP OWNED BY few_{url.database}", f"DROP ROLE few_{url.database}")
