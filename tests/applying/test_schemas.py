"""Schemas of the kinds that real applications have: handled, or refused by name, never damaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from playbook.accounts.source import DatabaseSource, open_source
from playbook.applying.survey import survey_database
from playbook.district import Merge
from playbook.errors import AnswerIsNo
from tests.applying.schemas import goes_there_and_back, references, vendor_with
from tests.applying.vendor import NOW, UNIQUE, dump


def test_a_polymorphic_reference_moves_only_its_own_kind(database_url: str) -> None:
    """Of rows that name an owner's type and id only those of type User belong to accounts."""
    vendor = vendor_with(
        database_url,
        "CREATE TABLE comments (id INTEGER PRIMARY KEY, owner_type VARCHAR(20), owner_id INTEGER)",
        "INSERT INTO comments VALUES (1, 'User', 30), (2, 'Section', 30), (3, 'User', 31)",
        accounts=references("comments.owner_id", where="owner_type = 'User'"),
    )
    goes_there_and_back(vendor)
    vendor = replace(vendor, merge=vendor.merge)
    vendor.apply(vendor.plan(made_at=NOW.replace(minute=1)))
    assert dump(database_url)["comments"][1:] == ["(1, 'User', 31)", "(2, 'Section', 30)", "(3, 'User', 31)"]


def test_a_reference_inside_a_primary_key_moves(database_url: str) -> None:
    """A row whose key holds the account keeps its journal through the change of its key."""
    goes_there_and_back(
        vendor_with(
            database_url,
            "CREATE TABLE badges (user_id INTEGER NOT NULL, badge VARCHAR(10) NOT NULL, PRIMARY KEY (user_id, badge),"
            " FOREIGN KEY (user_id) REFERENCES users (id))",
            "INSERT INTO badges VALUES (30, 'a'), (31, 'b'), (60, 'a'), (61, 'a'), (62, 'c')",
            unique={**UNIQUE, "badges.user_id,badge": "keep_survivor"},
        )
    )


def test_accounts_that_point_to_each_other_are_no_drift(database_url: str) -> None:
    """An account whose manager is folded changes with it, and is still merged and undone."""
    goes_there_and_back(
        vendor_with(
            database_url,
            "ALTER TABLE users ADD COLUMN manager_id INTEGER",
            "UPDATE users SET manager_id = 30 WHERE id IN (40, 60, 61)",
            accounts=references("users.manager_id"),
        )
    )


def test_an_undeclared_reference_stops_a_move(database_url: str) -> None:
    """A column that holds account keys, and that nobody declared, is a no-go until it is named or waived."""
    statements = (
        "CREATE TABLE badges (id INTEGER PRIMARY KEY, holder INTEGER)",
        *(f"INSERT INTO badges VALUES ({1000 + account}, {account})" for account in (30, 31, 40, 50, 60, 61, 62)),
    )
    vendor = vendor_with(database_url, *statements)
    assert survey_database(vendor.source, vendor.merge).found["undeclared_references"] == ("badges.holder",)
    with pytest.raises(AnswerIsNo) as refused:
        vendor.apply(vendor.plan())
    assert refused.value.code == "checks_pending"
    assert refused.value.faults[0].where == "undeclared_references"
    waived = open_source(replace(vendor.source.accounts, waive=("badges.holder",)), vendor.url, base=Path("/"))
    assert isinstance(waived, DatabaseSource)
    vendor = replace(vendor, source=waived)
    assert vendor.apply(vendor.plan()).failed == 0


def test_a_unique_value_of_a_tombstone_is_released_by_rule(database_url: str) -> None:
    """A folded account's unique value is marked where a rule says so, and comes back with an undo."""
    vendor = vendor_with(database_url, unique={**UNIQUE, "users.username": "suffix"})
    goes_there_and_back(vendor)
    vendor.apply(vendor.plan(made_at=NOW.replace(minute=1)))
    assert any("user30+merged-30" in row for row in dump(database_url)["users"])


def test_a_foreign_key_that_is_checked_late_is_checked_before_the_commit(postgres_url: str) -> None:
    """A deferred constraint does not let a half-moved group through."""
    goes_there_and_back(
        vendor_with(
            postgres_url,
            "CREATE TABLE seats (id INTEGER PRIMARY KEY,"
            " user_id INTEGER UNIQUE DEFERRABLE REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED)",
            "INSERT INTO seats VALUES (1, 30), (2, 40), (3, 61)",
        )
    )


def test_role_accounts_share_an_id_without_moving_anything(database_url: str) -> None:
    """Each account keeps its rows, and only the column beside is written."""
    vendor = vendor_with(database_url, people="role_accounts")
    before = dump(database_url)
    vendor.apply(vendor.plan())
    after = dump(database_url)
    assert {table: rows for table, rows in after.items() if table != "users"} == {
        table: rows for table, rows in before.items() if table != "users"
    }
    assert sum("700000000000000000000006" in row for row in after["users"]) == 3


def test_the_summer_path_retires_old_ids_on_its_day(database_url: str) -> None:
    """Nothing is linked; every old id but the student's goes out of use, and an undo brings it back."""
    vendor = vendor_with(database_url, people="start_fresh", retire_on="2026-06-30")
    goes_there_and_back(vendor)
    assert set(vendor.plan().header.counts) == {"retire"}


def test_a_merge_without_rules_is_a_merge() -> None:
    """The defaults of the district file are the safe ones."""
    merge = Merge()
    assert (merge.fold, merge.store, merge.unique) == ("alias", "beside", {})
