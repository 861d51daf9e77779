"""Rows that open doors are never moved unasked: a plan stops, or says that they go on working."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Column as Col
from sqlalchemy import Integer, MetaData, Table

from playbook.accounts.references import FoundReference
from playbook.accounts.schema import Schema
from playbook.accounts.source import DatabaseSource
from playbook.applying.access import is_access
from playbook.applying.survey import survey_database
from playbook.errors import AnswerIsNo
from tests.applying.schemas import comes_back, goes_there_and_back, vendor_with
from tests.applying.vendor import Vendor, dump

TABLES = (
    "CREATE TABLE user_sessions (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, started VARCHAR(9),"
    " FOREIGN KEY (user_id) REFERENCES users (id))",
    "CREATE TABLE devices (id INTEGER PRIMARY KEY, owner_id INTEGER NOT NULL, refresh_token VARCHAR(9),"
    " FOREIGN KEY (owner_id) REFERENCES users (id))",
    "INSERT INTO user_sessions VALUES " + ", ".join(f"({n}, 30, 'x')" for n in range(1, 24)),
    "INSERT INTO devices VALUES (1, 30, 'a'), (2, 31, 'b')",
)
THINGS = ("devices.owner_id (a few rows)", "user_sessions.user_id (about 20 rows)")


def told(vendor: Vendor) -> dict[str, tuple[bool, tuple[str, ...]]]:
    """Return which of the two checks a plan has: whether it is pending, and its things."""
    checks = [check for check in vendor.plan().header.checks if check.name.startswith("access_")]
    return {check.name: (check.is_pending, check.things) for check in checks}


def test_keys_and_sessions_are_not_moved_unasked(database_url: str) -> None:
    """The plan stops and names them, by the table's name or by a column's; nothing is written, and once waived they
    stay with their account while everything else moves, there and back."""
    vendor = vendor_with(database_url, *TABLES)
    before = dump(database_url)
    assert told(vendor) == {"access_rows": (True, THINGS)}
    with pytest.raises(AnswerIsNo) as refused:
        vendor.apply(vendor.plan())
    assert (refused.value.code, dump(database_url)) == ("checks_pending", before)
    assert 'waive = ["TABLE.COLUMN"]' in str(refused.value.faults[0])

    accounts = replace(vendor.source.accounts, waive=("devices.owner_id", "user_sessions.user_id"))
    waived = replace(vendor, source=DatabaseSource(accounts, vendor.source.engine))
    assert told(waived) == {"access_kept": (False, THINGS)}
    between = goes_there_and_back(waived)
    assert all(between[name] == before[name] for name in ("devices", "user_sessions"))
    assert between["notes"] != before["notes"]


def test_whoever_acknowledges_moves_them(sqlite_url: str) -> None:
    """They then follow like other rows, and come back with an undo."""
    vendor = vendor_with(sqlite_url, *TABLES, acknowledge=("access_rows",))
    before = dump(sqlite_url)
    assert told(vendor) == {"access_rows": (False, THINGS)}
    assert comes_back(vendor, vendor.plan(), before)["devices"] != before["devices"]


def test_an_alias_is_told_that_they_go_on_working(database_url: str) -> None:
    """Nothing is stopped, and the text of the plan is the same whenever it is made, one session more or less."""
    vendor = vendor_with(database_url, *TABLES, fold="alias")
    plan = vendor.plan()
    assert told(vendor) == {"access_kept": (False, THINGS)}
    assert plan.header.pending == ()
    assert b"about 20 rows" in plan.text
    with vendor.source.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM user_sessions WHERE id = 1")
    assert vendor.plan().header.checks == plan.header.checks


def test_an_application_without_such_tables_is_told_nothing(sqlite_url: str) -> None:
    """Grades, notes and enrolments open no door."""
    vendor = vendor_with(sqlite_url)
    found = survey_database(vendor.source, vendor.merge).found
    assert not {"access_rows", "access_kept"} & set(found)


@pytest.mark.parametrize(
    ("table", "column", "other", "is_one"),
    [
        ("sessions", "user_id", "", True),
        ("django_session", "user_id", "", True),
        ("class_sessions", "teacher_id", "", False),
        ("tutoring_sessions", "user_id", "", False),
        ("UserApiKeys", "user_id", "", True),
        ("oauth_access_grants", "resource_owner_id", "", True),
        ("personal_access_tokens", "tokenable_id", "", True),
        ("devices", "user_id", "tokenDigest", True),
        ("impersonations", "by_id", "", True),
        ("audit_log", "impersonator_id", "", True),
        ("custom_grants", "user_id", "", True),
        ("lti13_links", "user_id", "", True),
        ("multiple_choices", "user_id", "", False),
        ("districts", "billing_owner_id", "", True),
        ("districts", "principal_id", "billing_address", False),
        ("tokenizers", "user_id", "", False),
        ("audit_log", "user_id", "session_id", False),
        ("files", "owner_id", "path", False),
    ],
)
def test_names_are_read_word_by_word(table: str, column: str, other: str, is_one: bool) -> None:
    """A lesson is no session of a browser, and a part of a word says nothing."""
    tables = MetaData()
    home = Table("users", tables, Col("id", Integer, primary_key=True), Col("reset_token", Integer))
    Table(table, tables, Col("id", Integer), Col(column, Integer), *([Col(other, Integer)] if other else []))
    schema = Schema(tables=tables, accounts=home, identities=None, v3_id="", imaged=(), imaged_identity=())
    reference = FoundReference(table=table, column=column, kind="declared", refers_to="id")
    assert is_access(schema, reference) == is_one
    manager = FoundReference(table="users", column="manager_id", kind="declared", refers_to="id", is_self=True)
    assert not is_access(schema, manager)


@pytest.mark.parametrize(
    ("table", "column", "other", "is_one"),
    [
        ("claves", "usuario_id", "", True),
        ("usuarioClaves", "usuario_id", "", True),
        ("dispositivos", "dueño_id", "clave_digest", True),
        ("Zugangsschlüssel", "konto", "", False),
        ("zugang", "konto", "api-Schlüssel", True),
        ("zugang", "konto", "schlüsselbund", False),
        ("clavel", "usuario_id", "", False),
        ("devices", "user_id", "tokenDigest", True),
    ],
)
def test_an_application_names_things_in_its_own_language(table: str, column: str, other: str, is_one: bool) -> None:
    """What the district file says counts like the English words do, which go on counting."""
    tables = MetaData()
    home = Table("users", tables, Col("id", Integer, primary_key=True))
    Table(table, tables, Col("id", Integer), Col(column, Integer), *([Col(other, Integer)] if other else []))
    schema = Schema(tables=tables, accounts=home, identities=None, v3_id="", imaged=(), imaged_identity=())
    reference = FoundReference(table=table, column=column, kind="declared", refers_to="id")
    assert is_access(schema, reference, ("clave", "API Schlüssel")) == is_one


def test_words_of_the_district_file_stop_a_plan(sqlite_url: str) -> None:
    """A table that is named by such a word is not moved unasked."""
    vendor = vendor_with(sqlite_url, TABLES[0].replace("user_sessions", "llaves"))
    assert told(vendor) == {}
    source = DatabaseSource(replace(vendor.source.accounts, access=("llave",)), vendor.source.engine)
    assert told(replace(vendor, source=source)) == {"access_rows": (True, ("llaves.user_id (no rows)",))}
