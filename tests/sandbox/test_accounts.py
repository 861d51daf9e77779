"""The sample vendor database holds the district's accounts and every accident, the same on each engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from playbook.accounts.source import DatabaseSource, open_source
from playbook.district_file import read_district_file
from playbook.errors import DatabaseError, InputError
from playbook.sandbox.accounts import build_accounts, write_district_file
from playbook.sandbox.accounts_accidents import Accident
from playbook.sandbox.accounts_rows import accounts_of, make_accounts, planted_accidents
from playbook.sandbox.accounts_tables import LAYOUTS, vendor_tables
from playbook.sandbox.district import make_district


def dump(url: str, layout: str) -> dict[str, list[tuple[str, ...]]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = {
            name: sorted(tuple(map(str, row)) for row in connection.execute(select(table)))
            for name, table in vendor_tables(layout).tables.items()
        }
    engine.dispose()
    return rows


def test_a_database_that_is_built_already_is_left_alone(sqlite_url: str) -> None:
    """Building twice is refused, and the first one stays as it was."""
    build_accounts(sqlite_url, users=60)
    before = dump(sqlite_url, "users")
    with pytest.raises(InputError) as refusal:
        build_accounts(sqlite_url, users=60)
    assert refusal.value.code == "not_empty"
    assert dump(sqlite_url, "users") == before


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_seed_gives_the_same_rows_on_every_engine(database_url: str, sqlite_url: str, layout: str) -> None:
    """A dump of any engine equals the dump of SQLite."""
    other = sqlite_url.replace(".db", "-other.db")
    assert build_accounts(database_url, users=1200, layout=layout) == build_accounts(other, users=1200, layout=layout)
    assert dump(database_url, layout) == dump(other, layout)


def test_every_accident_is_planted() -> None:
    """The demo district's accounts show each accident at least once, and larger ones in proportion."""
    few, many = planted_accidents(make_district(1, 1200)), planted_accidents(make_district(1, 4800))
    for accident in Accident:
        if accident is not Accident.NO_ACCOUNT:
            assert len(few[accident]) >= 1
            assert len(many[accident]) >= 4 * len(few[accident]) - 3


def test_people_without_an_account_have_none() -> None:
    """Whoever never came has no account, and nobody's key is given twice."""
    district = make_district(1, 1200)
    assert accounts_of(district, district.person(701)) == []
    keys = [account.id for account in make_accounts(district)]
    assert sorted(set(keys)) == keys


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_district_file_reads_what_was_built(sqlite_url: str, tmp_path: Path, layout: str) -> None:
    """The file is valid, and through it every account of the database is read."""
    counts = build_accounts(sqlite_url, users=120, layout=layout)
    path = write_district_file(tmp_path / "d.toml", base_url="http://127.0.0.1:8000", layout=layout, users=120)
    district_file = read_district_file(path)
    accounts = open_source(district_file.accounts, sqlite_url, base=tmp_path).read()
    assert accounts["account_id"].nunique() == counts["users"]
    assert {account.clever_id.lower() for account in make_accounts(make_district(1, 120))} == {*accounts["clever_id"]}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_reference_that_no_foreign_key_tells_blocks_until_it_is_named(
    database_url: str, tmp_path: Path, layout: str
) -> None:
    """Left out of the district file, `grades.graded_by` is the one column that is found; named, nothing blocks."""
    build_accounts(database_url, users=1200, layout=layout)
    path = write_district_file(tmp_path / "d.toml", base_url="http://127.0.0.1:8000", layout=layout)
    accounts = read_district_file(path).accounts
    forgetful = open_source(replace(accounts, reference=()), database_url, base=tmp_path)
    assert [r.name for r in forgetful.references() if r.is_blocking] == ["grades.graded_by"]
    source = open_source(accounts, database_url, base=tmp_path)
    assert isinstance(source, DatabaseSource)
    assert [trap.name for trap in source.traps() if trap.is_blocking] == []


@pytest.mark.parametrize("url", ["nonsense", "oracle://db", ""])
def test_a_url_of_no_supported_database_is_refused(url: str) -> None:
    """Nothing is imported, opened or made for it."""
    with pytest.raises(InputError) as refusal:
        build_accounts(url, users=60)
    assert refusal.value.code == "accounts_url"


@pytest.mark.parametrize("url", ["sqlite:////no/such/directory/a.db", "postgresql://u:hunter2@127.0.0.1:1/d"])
def test_a_database_that_does_not_answer_is_told_without_its_password(url: str) -> None:
    """A refused connection is a service error, without the driver's words."""
    with pytest.raises(DatabaseError) as refusal:
        build_accounts(url, users=60)
    assert refusal.value.__cause__ is None
    assert "hunter2" not in str(refusal.value) + refusal.value.remedy
