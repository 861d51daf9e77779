"""Accounts are read as they are, from every engine alike, and nothing is written."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from playbook.accounts.engine import reading
from playbook.accounts.image import changed_columns
from playbook.accounts.source import DatabaseSource, open_source
from playbook.district import Accounts, Identities, Reference
from playbook.errors import DatabaseError, InputError
from tests.accounts.building import execute

TEACHER = "6a000000b1b1b1b1b1b1b101"
STAFF = "6b000000b2b2b2b2b2b2b202"
V3 = "70000000a1a1a1a1a1a1a101"

OWN_IDS = Accounts(
    url="env:X",
    key="id",
    clever_id="clever_id",
    role="kind",
    email="email",
    sis_id="sis_id",
    status="status",
    last_login="last_login",
    reference=(Reference(table="grades", column="graded_by"),),
)


def build_own_ids(url: str) -> None:
    execute(
        url,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, clever_id VARCHAR(40), kind VARCHAR(20), email VARCHAR(100),"
        " sis_id VARCHAR(20), status VARCHAR(20), last_login TIMESTAMP NULL)",
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, body VARCHAR(50),"
        " CONSTRAINT notes_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE)",
        "CREATE TABLE grades (id INTEGER PRIMARY KEY, graded_by INTEGER)",
        f"INSERT INTO users VALUES (10, '{TEACHER.upper()}', 'teacher', ' r@d.example ', 'T-7', 'active',"
        " '2026-05-01 10:00:00')",
        f"INSERT INTO users VALUES (9, '{STAFF}', 'school_admin', 'r@d.example', NULL, 'Locked', NULL)",
        "INSERT INTO users VALUES (101, NULL, 'librarian', NULL, NULL, 'odd', NULL)",
        "INSERT INTO notes VALUES (1, 10, 'a'), (2, 10, 'b'), (3, 9, 'c')",
        "INSERT INTO grades VALUES (1, 10), (2, NULL)",
    )


def opened(url: str, accounts: Accounts = OWN_IDS) -> DatabaseSource:
    source = open_source(accounts, url, base=Path())
    assert isinstance(source, DatabaseSource)
    return source


def test_reading_writes_nothing(database_url: str) -> None:
    """Inside the reading transaction the database itself refuses to write."""
    build_own_ids(database_url)
    source = opened(database_url)
    with pytest.raises(DatabaseError) as refusal, reading(source.engine) as connection:
        connection.execute(text("UPDATE users SET email = 'x'"))
    assert refusal.value.code == "read_only"


def test_rows_are_read_in_the_tables_words(database_url: str) -> None:
    """Ids are lower case, blanks stand for nulls, role and status words are Clever's, rows are counted."""
    build_own_ids(database_url)
    source = opened(database_url)
    table = source.read()
    assert table["account_id"].tolist() == ["10", "101", "9"]
    assert table["clever_id"].tolist() == [TEACHER, "", STAFF]
    assert table["role"].tolist() == ["teacher", "", "staff"]
    assert table["role_word"].tolist() == ["teacher", "librarian", "school_admin"]
    assert table["email"].tolist() == ["r@d.example", "", "r@d.example"]
    assert table["sis_id"].tolist() == ["T-7", "", ""]
    assert table["status"].tolist() == ["active", "", "suspended"]
    assert table["rows"].tolist() == [3, 0, 1]
    assert table["last_login"].str[:10].tolist() == ["2026-05-01", "", ""]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("UPDATE users SET email = 'other@d.example' WHERE id = 10", "email"),
        ("UPDATE users SET sis_id = '' WHERE id = 10", "sis_id"),
        ("UPDATE users SET kind = 'Teacher' WHERE id = 10", "kind"),
        ("UPDATE users SET last_login = '2026-05-01 10:00:01' WHERE id = 10", "last_login"),
        ("UPDATE users SET status = NULL WHERE id = 10", "status"),
    ],
)
def test_an_image_tells_an_edited_row_and_its_marks_tell_the_column(
    database_url: str, change: str, column: str
) -> None:
    """One edited cell changes that account's image, nobody else's, and the marks name the column."""
    build_own_ids(database_url)
    source = opened(database_url)
    before, names = source.read(), source.schema().marked
    execute(database_url, change)
    after = source.read()
    assert (before["image"] != after["image"]).tolist() == [True, False, False]
    assert changed_columns(names, before["marks"][0], after["marks"][0]) == (column,)


def test_the_v3_id_beside_is_read_but_is_no_part_of_the_image(database_url: str) -> None:
    """A column that is added for the v3 id changes neither images nor the schema's digest."""
    build_own_ids(database_url)
    source = opened(database_url)
    before, digest = source.read(), source.schema_digest()
    execute(
        database_url,
        "ALTER TABLE users ADD COLUMN clever_v3_id VARCHAR(24)",
        f"UPDATE users SET clever_v3_id = '{V3}' WHERE id = 10",
    )
    after = source.read()
    assert after["v3_id"].tolist() == [V3, "", ""]
    assert after["image"].tolist() == before["image"].tolist()
    assert source.schema_digest() == digest


def test_ids_in_a_credential_table_are_one_row_each(database_url: str) -> None:
    """An account with a v2 and a v3 credential has two rows; one without any is listed with blanks."""
    execute(
        database_url,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, kind VARCHAR(20))",
        "CREATE TABLE authentication_options (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id),"
        " provider VARCHAR(20), uid VARCHAR(40), version VARCHAR(10))",
        "INSERT INTO users VALUES (1, 'teacher'), (2, 'student'), (3, 'contact')",
        f"INSERT INTO authentication_options VALUES (1, 1, 'clever', '{TEACHER}', 'v2.1'),"
        f" (2, 1, 'clever', '{V3}', 'v3.1'), (3, 2, 'google', '{STAFF}', NULL)",
    )
    identities = Identities(
        table="authentication_options", account="user_id", clever_id="uid", version="version", where="provider='clever'"
    )
    source = opened(database_url, Accounts(url="env:X", role="kind", identities=identities))
    table = source.read()
    assert table[["account_id", "clever_id", "version"]].values.tolist() == [
        ["1", TEACHER, "v2"],
        ["1", V3, "v3"],
        ["2", "", ""],
        ["3", "", ""],
    ]
    assert table["v3_id"].tolist() == [V3, V3, "", ""]
    assert table["rows"].tolist() == [0, 0, 0, 0]


def test_a_database_is_told_from_another_and_stays_itself(database_url: str, sqlite_url: str) -> None:
    """The identity is the same on every reading and differs between databases."""
    build_own_ids(database_url)
    execute(sqlite_url.replace(".db", "-other.db"), "CREATE TABLE users (id INTEGER PRIMARY KEY, clever_id TEXT)")
    source, other = opened(database_url), opened(sqlite_url.replace(".db", "-other.db"))
    assert source.identity() == opened(database_url).identity() != other.identity()


def test_every_wrong_name_is_listed_with_the_nearest(database_url: str) -> None:
    """Tables and columns that are not there are refused at once, each with a hint."""
    build_own_ids(database_url)
    wrong = Accounts(
        url="env:X",
        clever_id="cleverid",
        email="mail",
        reference=(Reference(table="grade", column="graded_by"),),
        waive=("grades.graded_by", "grades.gradedby"),
    )
    source = opened(database_url, wrong)
    with pytest.raises(InputError) as refusal:
        source.read()
    assert [str(fault) for fault in refusal.value.faults] == [
        "accounts.clever_id: the table users has no column cleverid (did you mean clever_id?)",
        "accounts.email: the table users has no column mail (did you mean email?)",
        "accounts.reference[0].table: there is no table grade (did you mean grades?)",
        "accounts.waive[1]: there is no column grades.gradedby (did you mean grades.graded_by?)",
    ]


def test_a_sqlite_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Opening names the missing file and leaves the directory empty."""
    with pytest.raises(InputError, match=r"no database file gone\.db") as refusal:
        open_source(OWN_IDS, "sqlite:///gone.db", base=tmp_path)
    assert str(refusal.value).endswith(f"in {tmp_path}")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("url", ["nonsense", "oracle://db", "mssql+pyodbc://db", "", "http://api.example"])
def test_a_url_of_no_supported_database_is_refused(url: str) -> None:
    """Neither another engine nor a web address is opened."""
    with pytest.raises(InputError) as refusal:
        open_source(OWN_IDS, url, base=Path())
    assert refusal.value.code == "accounts_url"


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:hunter2@127.0.0.1:1/d", "mysql://u:hunter2@127.0.0.1:1/d", "mariadb://u:hunter2@127.0.0.1:1/d"],
)
def test_a_database_that_does_not_answer_is_told_without_its_password(url: str) -> None:
    """A refused connection is a service error that names neither user, password nor host."""
    with pytest.raises(DatabaseError) as refusal:
        open_source(OWN_IDS, url, base=Path()).read()
    assert (refusal.value.code, refusal.value.exit_code) == ("unreachable", 3)
    assert refusal.value.__cause__ is None
    assert not any(secret in str(refusal.value) + refusal.value.remedy for secret in ("hunter2", "127.0.0.1", "u:"))


def test_a_host_that_says_nothing_does_not_answer() -> None:
    """A connection that times out is one that was not made: the code for it, and so a further try."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/d?connect_timeout=2"
        with pytest.raises(DatabaseError) as refusal:
            open_source(OWN_IDS, url, base=Path()).read()
    assert refusal.value.code == "unreachable"


def test_a_condition_that_is_no_sql_is_refused(database_url: str) -> None:
    """The database's own words about `where` do not come through, a code and a remedy do."""
    build_own_ids(database_url)
    with pytest.raises(InputError) as refusal:
        opened(database_url, replace(OWN_IDS, where="kind = = 'secret-word'")).read()
    assert str(refusal.value.faults[0]) == "accounts.where: is no condition that the database understands"
    assert "secret-word" not in str(refusal.value)


def test_every_wrong_condition_is_named_by_its_key(database_url: str) -> None:
    """There may be many in a district file; those that the database understands are not among the listed."""
    build_own_ids(database_url)
    wrong = Reference(table="grades", column="graded_by", where="nosuch = 'secret-word'")
    right = Reference(table="grades", column="graded_by", where="graded_by > 0")
    source = opened(database_url, replace(OWN_IDS, where="kin = 'teacher'", reference=(right, wrong)))
    with pytest.raises(InputError) as refusal:
        source.read()
    assert [str(fault) for fault in refusal.value.faults] == [
        "accounts.where: names a column that is not there",
        "accounts.reference[1].where: names a column that is not there",
    ]
    assert "secret-word" not in str(refusal.value)


def test_a_condition_leaves_accounts_out(database_url: str) -> None:
    """Accounts outside of `where` are not read at all."""
    build_own_ids(database_url)
    assert opened(database_url, replace(OWN_IDS, where="kind = 'teacher'")).read()["account_id"].tolist() == ["10"]


def test_the_applications_own_role_words(database_url: str) -> None:
    """A role that the district file names is known by those words alone."""
    build_own_ids(database_url)
    roles = {"staff": "librarian|caretaker"}
    table = opened(database_url, replace(OWN_IDS, roles=roles)).read()
    assert dict(zip(table["role_word"], table["role"], strict=True)) == {
        "teacher": "teacher",
        "librarian": "staff",
        "school_admin": "",
    }


def test_chunks_are_the_table(database_url: str) -> None:
    """What is streamed is what is read, in the same order."""
    build_own_ids(database_url)
    source = opened(database_url)
    rows = [row for chunk in source.stream() for row in chunk.to_pylist()]
    assert rows == source.read().to_dict("records")


def test_a_very_wide_table_has_images_too(database_url: str) -> None:
    """A row of 150 columns is covered to its last one."""
    names = [f"c{number}" for number in range(150)]
    execute(
        database_url,
        f"CREATE TABLE users (id INTEGER PRIMARY KEY, clever_id VARCHAR(24), {' INTEGER, '.join(names)} INTEGER)",
        "INSERT INTO users (id, c149) VALUES (1, 1)",
    )
    source = opened(database_url, Accounts(url="env:X", clever_id="clever_id"))
    before = source.read()
    execute(database_url, "UPDATE users SET c149 = 2, c7 = 0")
    after = source.read()
    assert before["image"][0] != after["image"][0]
    assert changed_columns(source.schema().marked, before["marks"][0], after["marks"][0]) == ("c7", "c149")
