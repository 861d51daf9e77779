"""Schemas of the kinds that real applications have are read, or refused by name; none is misread."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, make_url

from playbook.district import Identities, Reference
from playbook.errors import InputError
from tests.accounts.building import PEOPLE, USERS, execute, opened

CLEVER = "6a000000b1b1b1b1b1b1b1"


def found(url: str, **options: object) -> set[tuple[str, str, str]]:
    return {(r.name, r.where, r.path) for r in opened(url, **options).references()}


def test_credentials_in_a_table_with_text_keys_and_deleted_rows(database_url: str) -> None:
    """As large Rails applications keep them: provider, version, soft deletes, the account's key as a text."""
    execute(
        database_url,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(50), deleted_at TIMESTAMP NULL)",
        "CREATE TABLE authentication_options (id INTEGER PRIMARY KEY, user_id VARCHAR(20), credential_type VARCHAR(20),"
        " authentication_id VARCHAR(50), version VARCHAR(9), deleted_at TIMESTAMP NULL,"
        " UNIQUE (credential_type, authentication_id, deleted_at))",
        "INSERT INTO users VALUES (11, 'a@d.example', NULL), (12, 'b@d.example', NULL), (13, 'c@d.example', NULL)",
        f"INSERT INTO authentication_options VALUES (1, '11', 'clever', '{CLEVER}01', 'v2.1', NULL),"
        f" (2, '11', 'google', 'a@d.example', NULL, NULL), (3, '12', 'clever', '{CLEVER}02', 'v2.1', '2026-01-01')",
    )
    identities = Identities(
        table="authentication_options", account="user_id", clever_id="authentication_id", version="version"
    )
    where = "credential_type = 'clever'"  # names a column of the credentials alone, so no account is lost by it
    table = opened(database_url, clever_id="", identities=identities, where=where, status="deleted_at").read()
    assert table["clever_id"].tolist() == [f"{CLEVER}01", f"{CLEVER}02", ""]
    assert table["status"].tolist() == ["active"] * 3


@pytest.mark.parametrize(
    ("columns", "types", "where"),
    [
        ("taggable_type VARCHAR(50), taggable_id INTEGER", ("'User'", "'Post'"), "taggable_type = 'User'"),
        ("object_kind VARCHAR(50), object_id VARCHAR(20)", ("'user'", "'page'"), "object_kind = 'user'"),
        ("content_type_id INTEGER, object_id VARCHAR(20)", ("4", "7"), "content_type_id = 4"),
        ("item_type VARCHAR(50), item_id INTEGER", ("'app.User'", "'app.Post'"), "item_type = 'app.User'"),
    ],
)
def test_polymorphic_references(database_url: str, columns: str, types: tuple[str, str], where: str) -> None:
    """Rails, Django and others: the pair is found with the condition that tells accounts from the rest."""
    execute(
        database_url,
        USERS,
        *(f"INSERT INTO users (id) VALUES ({7_000 + 9 * n})" for n in range(20)),
        f"CREATE TABLE tags (id INTEGER PRIMARY KEY, {columns})",
        *(f"INSERT INTO tags VALUES ({n}, {types[0]}, {7_000 + 9 * n})" for n in range(10)),
        *(f"INSERT INTO tags VALUES ({n}, {types[1]}, {n})" for n in range(10, 60)),
    )
    name = columns.split(", ")[1].split(" ")[0]
    assert found(database_url) == {(f"tags.{name}", where, "")}
    declared = (Reference(table="tags", column=name, where=where),)
    assert opened(database_url, reference=declared).read()["rows"].tolist() == [1] * 10 + [0] * 10


def test_a_type_with_backslashes(database_url: str) -> None:
    """Laravel's class names hold backslashes, which MySQL wants doubled; the suggested condition works as it is."""
    back = "\\\\" if make_url(database_url).get_backend_name() == "mysql" else "\\"
    execute(
        database_url,
        USERS,
        PEOPLE,
        "CREATE TABLE tags (id INTEGER PRIMARY KEY, tag_type VARCHAR(50), tag_id INTEGER)",
        f"INSERT INTO tags VALUES (1, 'App{back}Models{back}User', 7001), (2, 'App{back}Models{back}Post', 1),"
        " (3, 'x', 2), (4, 'x', 3), (5, 'x', 4)",
    )
    ((name, where, _),) = found(database_url)
    assert name == "tags.tag_id"
    declared = (Reference(table="tags", column="tag_id", where=where),)
    assert opened(database_url, reference=declared).read()["rows"].tolist() == [1, 0]


def test_documents_arrays_and_uuids_of_postgres(postgres_url: str) -> None:
    """jsonb, integer arrays and uuid keys are looked into as what they are."""
    one, two = "11111111-2222-4333-8444-555555555555", "66666666-7777-4888-9999-000000000000"
    execute(
        postgres_url,
        "CREATE TYPE kind_of_user AS ENUM ('teacher', 'student')",
        "CREATE TABLE users (id UUID PRIMARY KEY, clever_id VARCHAR(24), kind kind_of_user)",
        f"INSERT INTO users VALUES ('{one}', NULL, 'teacher'), ('{two}', NULL, 'student')",
        "CREATE TABLE a (id SERIAL PRIMARY KEY, body JSONB, people UUID[], owner TEXT)",
        f"""INSERT INTO a (body, people, owner) VALUES ('{{"by"\\: "{one}"}}', ARRAY['{one}'\\:\\:uuid], '{two}')""",
    )
    assert found(postgres_url) == {("a.body", "", "$.by"), ("a.people", "", "$[*]"), ("a.owner", "", "")}
    table = opened(postgres_url, role="kind").read()
    assert table[["account_id", "role"]].to_numpy().tolist() == [[one, "teacher"], [two, "student"]]


def test_uuid_keys_that_other_tables_keep_as_text(postgres_url: str) -> None:
    """A polymorphic column and a credential table that hold a UUID as text are counted and joined as one of its own."""
    one, two = "11111111-2222-4333-8444-555555555555", "66666666-7777-4888-9999-000000000000"
    execute(
        postgres_url,
        "CREATE TABLE users (id UUID PRIMARY KEY)",
        f"INSERT INTO users VALUES ('{one}'), ('{two}')",
        "CREATE TABLE files (id INTEGER PRIMARY KEY, owner_type TEXT, owner_id TEXT, maker UUID REFERENCES users)",
        f"INSERT INTO files VALUES (1, 'User', '{one}', '{two}'), (2, 'User', '{one}', NULL), (3, 'Group', '7', NULL)",
        "CREATE TABLE logins (id INTEGER PRIMARY KEY, person VARCHAR(36), uid VARCHAR(24))",
        f"INSERT INTO logins VALUES (1, '{two}', '6a000000b1b1b1b1b1b1b101')",
    )
    table = opened(
        postgres_url,
        clever_id="",
        identities=Identities(table="logins", account="person", clever_id="uid"),
        reference=(Reference(table="files", column="owner_id", where="owner_type = 'User'"),),
    ).read()
    columns = ["account_id", "clever_id", "rows"]
    assert table[columns].to_numpy().tolist() == [[one, "", 2], [two, "6a000000b1b1b1b1b1b1b101", 1]]


def test_conditions_may_hold_what_drivers_treat_specially(database_url: str) -> None:
    """Percent signs and colons in a condition reach the database as they are."""
    execute(database_url, USERS, PEOPLE)
    where = "email LIKE 'r%' AND email <> ':x' AND id <> 5"
    assert opened(database_url, where=where).read()["account_id"].tolist() == ["7001"]


def test_a_condition_on_accounts_is_not_confused_with_credentials(database_url: str) -> None:
    """`id` and `status` stand in both tables; the condition is about the account's."""
    execute(
        database_url,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, status VARCHAR(9))",
        "CREATE TABLE logins (id INTEGER PRIMARY KEY, status VARCHAR(9), user_id INTEGER, uid VARCHAR(30))",
        "INSERT INTO users VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO logins VALUES (1, 'b', 1, 'x'), (2, 'a', 2, 'y')",
    )
    identities = Identities(table="logins", account="user_id", clever_id="uid")
    source = opened(database_url, clever_id="", identities=identities, where="status = 'a' AND id < 9")
    assert source.read()["account_id"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("view", "says"), [("people", "people is a view"), ("app.users", "there is no table app.users")]
)
def test_views_and_schemas_are_refused_by_name(database_url: str, view: str, says: str) -> None:
    """Neither can be written to safely, and both are told from a mere misspelling."""
    execute(database_url, USERS, "CREATE VIEW people AS SELECT * FROM users")
    with pytest.raises(InputError) as refusal:
        opened(database_url, table=view).read()
    assert says in str(refusal.value)


def test_hostile_names_of_tables_and_columns(database_url: str) -> None:
    """Names with quotes, blanks, percent signs and reserved words are names, never SQL."""
    engine = create_engine(database_url)
    table, column = "users'; DROP TABLE x; --", 'select "%s" :y'
    Table(table, (tables := MetaData()), Column("id", Integer, primary_key=True), Column(column, String(30)))
    tables.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(tables.tables[table]).values({"id": 1, column: "ABC"}))
    engine.dispose()
    source = opened(database_url, table=table, clever_id=column)
    assert source.read()["clever_id"].tolist() == ["abc"]
    assert source.references() == ()
