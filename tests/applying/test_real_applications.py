"""Whole tables as real applications keep them: applied, verified and undone to the identical database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playbook.applying.undo import plan_undo
from playbook.errors import AnswerIsNo
from tests.applying.schemas import PATIENT, engine_of, goes_there_and_back, references, vendor_with
from tests.applying.vendor import NOW, UNIQUE, dump

JSON = {"sqlite": "TEXT", "postgresql": "JSONB", "mysql": "JSON"}
IDENTITY = {
    "sqlite": "id INTEGER PRIMARY KEY AUTOINCREMENT",
    "postgresql": "id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "mysql": "id BIGINT AUTO_INCREMENT PRIMARY KEY",
}
NUMBERED = {"sqlite": "", "postgresql": "OVERRIDING SYSTEM VALUE", "mysql": ""}


def test_soft_deleted_children_move_with_the_rest(database_url: str) -> None:
    """A unique key that holds `deleted_at` lets deleted rows stand beside living ones; all of them follow."""
    vendor = vendor_with(
        database_url,
        "CREATE TABLE follows (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id),"
        " topic VARCHAR(20), deleted_at TIMESTAMP NULL, UNIQUE (user_id, topic, deleted_at))",
        "INSERT INTO follows VALUES (1, 30, 'a', NULL), (2, 31, 'a', NULL), (3, 30, 'b', '2026-01-02 03:04:05'),"
        " (4, 31, 'b', '2026-01-02 03:04:05'), (5, 30, 'b', NULL)",
        accounts=references("follows.user_id"),
        unique={**UNIQUE, "follows.user_id,topic,deleted_at": "keep_survivor"},
    )
    follows = goes_there_and_back(vendor)["follows"][1:]
    assert [row.partition(",")[0] for row in follows] == ["(1", "(2", "(4", "(5"]
    assert all(", 31, " in row for row in follows)


def test_numbered_and_computed_columns_of_removed_rows_come_back(database_url: str) -> None:
    """A row that gave way to the survivor's comes back under its own number, its computed column computed again."""
    kind = engine_of(database_url)
    goes_there_and_back(
        vendor_with(
            database_url,
            f"CREATE TABLE seats ({IDENTITY[kind]}, user_id INTEGER NOT NULL, room VARCHAR(9) NOT NULL,"
            f" label VARCHAR(30) GENERATED ALWAYS AS (room) STORED, extra {JSON[kind]}, UNIQUE (user_id, room),"
            " FOREIGN KEY (user_id) REFERENCES users (id))",
            f"INSERT INTO seats (id, user_id, room, extra) {NUMBERED[kind]} VALUES (11, 30, 'r1', '{{\"k\"\\:1.50}}'),"
            " (12, 31, 'r1', '[]'), (13, 60, 'r2', NULL), (14, 61, 'r2', 'null')",
            unique={**UNIQUE, "seats.user_id,room": "keep_survivor"},
        )
    )


def test_a_key_of_two_accounts_moves_at_both_ends(database_url: str) -> None:
    """Both columns of a friendship's key are accounts; the row keeps its journal through both changes of its key."""
    friends = goes_there_and_back(
        vendor_with(
            database_url,
            "CREATE TABLE friends (one INTEGER NOT NULL, other INTEGER NOT NULL, since VARCHAR(9),"
            " PRIMARY KEY (one, other), FOREIGN KEY (one) REFERENCES users (id),"
            " FOREIGN KEY (other) REFERENCES users (id))",
            "INSERT INTO friends VALUES (30, 60, 'a'), (60, 30, 'b'), (61, 40, 'c'), (40, 30, 'd'), (30, 31, 'e')",
            unique={**UNIQUE, "friends.one,other": "keep_survivor"},
        )
    )["friends"][1:]
    assert friends == ["(31, 31, 'e')", "(31, 62, 'a')", "(40, 31, 'd')", "(62, 31, 'b')", "(62, 40, 'c')"]


@pytest.mark.parametrize(("layout", "fold"), [("users", "move"), ("users", "alias"), ("credentials", "move")])
def test_columns_that_the_server_touches_stay_as_they_were(mariadb_url: str, layout: str, fold: str) -> None:
    """MariaDB renews `ON UPDATE CURRENT_TIMESTAMP` with every write, unless the write says what it is to hold."""
    touched = "ADD COLUMN updated_at TIMESTAMP NOT NULL DEFAULT '2026-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP"
    tables = ["users", "notes", "grades", "enrolments"] + (["authentication_options"] * (layout == "credentials"))
    goes_there_and_back(
        vendor_with(mariadb_url, *(f"ALTER TABLE {table} {touched}" for table in tables), layout=layout, fold=fold)
    )


def test_a_document_beside_a_reference_is_carried_untouched(database_url: str) -> None:
    """Rows with JSON documents that hold no account's key move, and their documents stay to the byte."""
    kind = engine_of(database_url)
    goes_there_and_back(
        vendor_with(
            database_url,
            f"CREATE TABLE drafts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, body {JSON[kind]})",
            'INSERT INTO drafts VALUES (1, 30, \'{"b"\\:  1, "a"\\: [1.0, "é"]}\'), (2, 61, \'{}\'), (3, 40, NULL)',
            accounts=references("drafts.user_id"),
        )
    )


def test_documents_that_hold_keys_stay_where_rows_stay(database_url: str) -> None:
    """Folding by alias leaves ids inside JSON documents true, because their account is still there."""
    kind = engine_of(database_url)
    goes_there_and_back(
        vendor_with(
            database_url,
            f"CREATE TABLE drafts (id INTEGER PRIMARY KEY, body {JSON[kind]})",
            *(f"INSERT INTO drafts VALUES ({n}, '{{\"user_id\"\\: {n}0}}')" for n in range(1, 7)),
            fold="alias",
        )
    )


def test_soft_deleted_credentials_stay_dead(database_url: str) -> None:
    """A deleted credential is no way in: the living one is linked, and the dead one is not touched."""
    between = goes_there_and_back(
        vendor_with(
            database_url,
            "ALTER TABLE authentication_options ADD COLUMN deleted_at TIMESTAMP NULL",
            "CREATE UNIQUE INDEX one_uid ON authentication_options (provider, uid, deleted_at)",
            "INSERT INTO authentication_options VALUES (900, 40, 'clever', 'dead', 'v2.1', '2026-01-02 03:04:05'),"
            " (901, 40, 'google', 'x@d.example', NULL, NULL)",
            layout="credentials",
        )
    )
    assert sum("'dead'" in row for row in between["authentication_options"]) == 1


def test_accounts_deleted_softly_take_no_part(database_url: str) -> None:
    """Accounts that the district file's condition leaves out are neither linked nor given anybody's rows."""
    vendor = vendor_with(
        database_url,
        "ALTER TABLE users ADD COLUMN deleted_at TIMESTAMP NULL",
        "UPDATE users SET deleted_at = '2026-01-02 03:04:05' WHERE id IN (30, 40)",
        accounts={"where": "deleted_at IS NULL"},
    )
    between = goes_there_and_back(vendor)
    assert [row for row in between["users"] if row.startswith(("(30,", "(40,")) and "70000" in row] == []


ODD = {
    "sqlite": "a BLOB, b REAL, c DATE, d NUMERIC(20, 10), e BOOLEAN, f TIMESTAMP, g VARCHAR(20)",
    "postgresql": "a BYTEA, b DOUBLE PRECISION, c DATE, d NUMERIC(20, 10), e BOOLEAN, f TIMESTAMPTZ, g INTERVAL,"
    " h UUID, i INET, j TEXT[], k REAL, l TIME, m BIT(5), n TSTZRANGE, o JSON, q CHAR(9), r MONEY, s POINT",
    "mysql": "a BLOB, b DOUBLE, c DATE, d DECIMAL(20, 10), e BOOLEAN, f DATETIME(6), g TIME(3), h ENUM('x', 'y'),"
    " i SET('p', 'q'), j BIT(9), k YEAR, l JSON, m CHAR(9), n VARBINARY(9), o BIGINT UNSIGNED, p INET6, q UUID",
}
ODD_VALUES = {
    "sqlite": "x'00ff', 0.1, '2026-02-03', 3.25, 1, '2026-02-03 04:05:06.789', ' é '",
    "postgresql": "'\\x00ff', 0.1, '2026-02-03', 3.25, true, '2026-02-03 04:05:06.789-07', '1 mon -2 days 3:04:05.6',"
    " gen_random_uuid(),"
    " '10.0.0.1/8', ARRAY['a', NULL, 'b,c'], 0.1, '23:59:59.5', B'10101', '[2026-01-01, 2026-02-01)',"
    ' \'{"b"\\: 1,  "a"\\: 2}\','
    " ' x', 12.5, '(1,2)'",
    "mysql": "x'00ff', 0.1, '2026-02-03', 3.25, 1, '2026-02-03 04:05:06.789', '-838:59:59', 'y', 'p,q', b'100000001',"
    " 1901, '{\"b\"\\: 1,  \"a\"\\: 2}', ' x', x'00ff', 18446744073709551615, 'fe80\\:\\:1', UUID()",
}


def test_a_removed_row_of_odd_types_comes_back(database_url: str) -> None:
    """Whatever type a removed row's cells have, an undo brings them back to the last digit."""
    kind = engine_of(database_url)
    goes_there_and_back(
        vendor_with(
            database_url,
            f"CREATE TABLE odd (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL UNIQUE, {ODD[kind]})",
            f"INSERT INTO odd VALUES (1, 30, {ODD_VALUES[kind]})",
            f"INSERT INTO odd VALUES (2, 31, {ODD_VALUES[kind]})",
            f"INSERT INTO odd VALUES (3, 61, {ODD_VALUES[kind]})",
            accounts=references("odd.user_id"),
            unique={**UNIQUE, "odd.user_id": "keep_survivor"},
        )
    )


AUDIT = "CREATE TABLE note_log (id {}, note_id INTEGER, author_id INTEGER)"
LOGGING = {
    "sqlite": (
        AUDIT.format("INTEGER PRIMARY KEY"),
        "CREATE TRIGGER log_note AFTER UPDATE ON notes BEGIN"
        " INSERT INTO note_log (note_id, author_id) VALUES (NEW.id, NEW.author_id); END",
    ),
    "postgresql": (
        AUDIT.format("SERIAL PRIMARY KEY"),
        "CREATE FUNCTION log_note() RETURNS TRIGGER AS 'BEGIN"
        " INSERT INTO note_log (note_id, author_id) VALUES (NEW.id, NEW.author_id); RETURN NEW; END' LANGUAGE plpgsql",
        "CREATE TRIGGER log_note AFTER UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION log_note()",
    ),
    "mysql": (
        AUDIT.format("INTEGER PRIMARY KEY AUTO_INCREMENT"),
        "CREATE TRIGGER log_note AFTER UPDATE ON notes FOR EACH ROW"
        " INSERT INTO note_log (note_id, author_id) VALUES (NEW.id, NEW.author_id)",
    ),
}


def test_a_trigger_that_logs_stops_a_plan_until_somebody_has_read_it(database_url: str) -> None:
    """It is refused by name; once acknowledged, all comes back except what the trigger itself wrote to its log."""
    logging = LOGGING[engine_of(database_url)]
    vendor = vendor_with(database_url, *logging, accounts={"waive": ("note_log.author_id",)})
    before = dump(database_url)
    with pytest.raises(AnswerIsNo) as refused:
        vendor.apply(vendor.plan())
    assert [(fault.where, "notes.log_note" in fault.what) for fault in refused.value.faults] == [("triggers", True)]
    assert dump(database_url) == before
    vendor = replace(vendor, merge=replace(vendor.merge, acknowledge=("triggers",)))
    plan = vendor.plan()
    assert vendor.apply(plan).refusals == []
    assert vendor.verify(plan) == ()
    undone = vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    assert (undone.refusals, undone.kept) == ([], [])
    after = dump(database_url)
    assert len(after.pop("note_log")) > len(before.pop("note_log"))
    assert after == before


REFUSING = {
    "sqlite": (
        "CREATE TRIGGER no_note BEFORE UPDATE ON notes WHEN OLD.author_id = 30"
        " BEGIN SELECT RAISE(ABORT, 'person30@school.example may not'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION no_note() RETURNS TRIGGER AS 'BEGIN IF OLD.author_id = 30 THEN"
        " RAISE EXCEPTION ''person30@school.example may not''; END IF; RETURN NEW; END' LANGUAGE plpgsql",
        "CREATE TRIGGER no_note BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION no_note()",
    ),
    "mysql": (
        "CREATE TRIGGER no_note BEFORE UPDATE ON notes FOR EACH ROW IF OLD.author_id = 30 THEN"
        " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'person30@school.example may not'; END IF",
    ),
}


def test_a_trigger_that_refuses_holds_its_group_only(database_url: str) -> None:
    """The group whose row a trigger refuses stays as it was, whole, and the trigger's words are not passed on."""
    vendor = vendor_with(database_url, *REFUSING[engine_of(database_url)], acknowledge=("triggers",))
    before = dump(database_url)
    plan = vendor.plan()
    result = vendor.apply(plan, pace=PATIENT)
    assert {refusal.account_id for refusal in result.refusals} == {"30", "31"}
    assert "person30" not in repr(result)
    children = [row for row in dump(database_url)["notes"] if ", 30, " in row]
    assert children == [row for row in before["notes"] if ", 30, " in row]
    assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW)).kept == []
    assert dump(database_url) == before
