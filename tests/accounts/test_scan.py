"""A column that nobody declared but that holds account keys is found, whatever its form; an innocent one is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from playbook.accounts.references import FoundReference
from playbook.accounts.source import open_source
from playbook.district import Accounts, Reference

KEYS = [5_000 + 7 * number for number in range(60)]
DENSE = [*range(1, 61)]
UUIDS = [f"{number:08x}-0000-4000-8000-{number * 977:012x}" for number in range(60)]
ROWS = 40


def build(
    url: str, key_type: str, keys: Sequence[object], tables: dict[str, tuple[str, Sequence[tuple[object, ...]]]]
) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE users (id {key_type} PRIMARY KEY, clever_id VARCHAR(24))"))
        people = [{"id": key, "clever_id": f"{number:024x}"} for number, key in enumerate(keys)]
        connection.execute(text("INSERT INTO users VALUES (:id, :clever_id)"), people)
        for name, (columns, rows) in tables.items():
            connection.execute(text(f"CREATE TABLE {name} ({columns})"))
            if rows:
                cells = ", ".join(f":c{number}" for number in range(len(rows[0])))
                values = [{f"c{number}": cell for number, cell in enumerate(row)} for row in rows]
                connection.execute(text(f"INSERT INTO {name} VALUES ({cells})"), values)
    engine.dispose()


def found(url: str, **options: object) -> list[FoundReference]:
    accounts = Accounts(url="env:X", clever_id="clever_id", **options)  # type: ignore[arg-type]
    return [r for r in open_source(accounts, url, base=Path()).references() if r.kind in ("undeclared", "copied_id")]


def rows(cell: Callable[[int], object], count: int = ROWS) -> list[tuple[object, object]]:
    return [(number, cell(number)) for number in range(count)]


def key(number: int) -> int:
    return KEYS[number * 13 % len(KEYS)]


ID = "id INTEGER PRIMARY KEY, "
PLANTED: dict[str, tuple[tuple[str, Sequence[tuple[object, ...]]], str, str, str]] = {
    "integers": ((ID + "graded_by INTEGER", rows(key)), "graded_by", "", ""),
    "odd_name": ((ID + "x7 BIGINT", rows(key)), "x7", "", ""),
    "texts": ((ID + "who VARCHAR(20)", rows(lambda n: str(key(n)))), "who", "", ""),
    "padded": ((ID + "who CHAR(12)", rows(lambda n: str(key(n)))), "who", "", ""),
    "numerics": ((ID + "owner NUMERIC(18, 0)", rows(key)), "owner", "", ""),
    "with_nulls": ((ID + "closed_by INTEGER", rows(lambda n: key(n) if n % 3 else None)), "closed_by", "", ""),
    "with_orphans": ((ID + "made_by INTEGER", rows(lambda n: key(n) if n % 3 else 900_000 + n)), "made_by", "", ""),
    "one_row": ((ID + "author_id INTEGER", rows(key, 1)), "author_id", "", ""),
    "camel": ((ID + '"assigneeId" INTEGER', rows(key, 3)), "assigneeId", "", ""),
    "shared_key": (("user_id INTEGER PRIMARY KEY, bio VARCHAR(9)", [(k, "x") for k in KEYS[:9]]), "user_id", "", ""),
    "no_primary_key": (("a INTEGER, sender INTEGER", rows(key)), "sender", "", ""),
    "two_keys": (
        ("room INTEGER, member INTEGER, PRIMARY KEY (room, member)", [(n % 4, KEYS[n]) for n in range(ROWS)]),
        "member",
        "",
        "",
    ),
    "documents": (
        (ID + "body TEXT", rows(lambda n: json.dumps({"user_id": key(n), "n": n, "tags": ["a"]}))),
        "body",
        "",
        "$.user_id",
    ),
    "nested": (
        (ID + "body TEXT", rows(lambda n: json.dumps({"a": {"by": [key(n), key(n + 1)]}}))),
        "body",
        "",
        "$.a.by[*]",
    ),
    "json_column": ((ID + "body JSON", rows(lambda n: json.dumps({"actor": str(key(n))}))), "body", "", "$.actor"),
    "arrays": ((ID + "people TEXT", rows(lambda n: json.dumps([key(n), key(n + 3)]))), "people", "", "$[*]"),
    "lists": ((ID + "watchers VARCHAR(80)", rows(lambda n: f"{key(n)},{key(n + 1)}")), "watchers", "", "list"),
    "global_ids": ((ID + "target VARCHAR(80)", rows(lambda n: f"gid://app/User/{key(n)}")), "target", "", "gid:User"),
    "polymorphic": (
        (
            ID + "item_type VARCHAR(20), item_id INTEGER",
            [(n, "User" if n % 5 == 0 else "Post", key(n) if n % 5 == 0 else n) for n in range(100)],
        ),
        "item_id",
        "item_type = 'User'",
        "",
    ),
    "reserved words": (('"order" INTEGER PRIMARY KEY, "group" INTEGER', rows(key)), "group", "", ""),
    "late": (
        (ID + "holder INTEGER", [(n, key(n) if n >= 12_000 else None) for n in range(12_040)]),
        "holder",
        "",
        "",
    ),
}

INNOCENT: dict[str, tuple[str, Sequence[tuple[object, ...]]]] = {
    "points": (ID + "points INTEGER", rows(lambda n: n * 17 % 101)),
    "years": (ID + "year INTEGER", rows(lambda n: 1990 + n)),
    "amounts": (ID + "cents INTEGER", rows(lambda n: 4_000 + n * 37)),
    "flags": (ID + "is_open BOOLEAN", rows(lambda n: n % 2 == 0)),
    "words": (ID + "body VARCHAR(80)", rows(lambda n: f"note {n}, by nobody; of {5_000 + n}")),
    "times": (ID + "at VARCHAR(80)", rows(lambda n: f"12:{n:02}:00")),
    "codes": (ID + "code VARCHAR(8)", rows(lambda n: f"{n:05}")),
    "empties": (ID + "nobody_id INTEGER", []),
    "documents2": (ID + "body TEXT", rows(lambda n: json.dumps({"points": n, "ok": True}))),
    "broken": (ID + "body TEXT", rows(lambda n: '{"user_id": ')),
}


def quoted(url: str, name: str) -> str:
    return name.replace('"', "`") if url.startswith("mysql") else name


@pytest.fixture
def planted(database_url: str) -> str:
    names = {name: name.replace(" ", "_") for name in PLANTED}
    tables = {names[name]: (quoted(database_url, columns), cells) for name, ((columns, cells), *_) in PLANTED.items()}
    build(database_url, "INTEGER", KEYS, tables)
    return database_url


def test_innocent_columns_are_left_alone(database_url: str) -> None:
    """Points, years, amounts, codes and free text are no references, whether or not a number happens to be a key."""
    build(database_url, "INTEGER", KEYS, INNOCENT)
    assert [reference.name for reference in found(database_url)] == []


def test_innocent_columns_are_left_alone_where_keys_begin_at_one(database_url: str) -> None:
    """Accounts numbered from 1 on make small numbers look like keys; names and spread decide."""
    scores = {"marks": (ID + "points INTEGER", rows(lambda n: n % 6)), "years": INNOCENT["years"]}
    build(database_url, "INTEGER", DENSE, scores)
    assert [reference.name for reference in found(database_url)] == []


def test_every_planted_column_is_found_with_its_form(planted: str) -> None:
    """All of the planted schemas are flagged, each with its condition or path, and each of them blocks."""
    references = found(planted)
    told = {(r.table, r.column, r.where, r.path) for r in references}
    expected = {(name.replace(" ", "_"), *rest) for name, (_, *rest) in PLANTED.items()}
    assert len(expected) >= 20
    assert told == expected
    assert all(reference.is_blocking for reference in references)


def test_a_column_that_is_named_or_waived_blocks_no_longer(planted: str) -> None:
    """Declaring a column moves it to the known ones; waiving one keeps it listed and lets it pass."""
    references = found(planted, reference=(Reference(table="integers", column="graded_by"),), waive=("odd_name.x7",))
    assert "integers.graded_by" not in {reference.name for reference in references}
    assert {reference.name for reference in references if not reference.is_blocking} == {"odd_name.x7"}


def test_dense_keys_are_told_by_name_or_spread(database_url: str) -> None:
    """Where every small number is a key, a telling name suffices, and so does covering the accounts' range."""
    tables = {
        "a": (ID + "graded_by INTEGER", rows(lambda n: DENSE[n % 5], 8)),
        "b": (ID + "x7 INTEGER", rows(lambda n: DENSE[n * 7 % 60])),
    }
    build(database_url, "INTEGER", DENSE, tables)
    assert [reference.name for reference in found(database_url)] == ["a.graded_by", "b.x7"]


def test_keys_that_are_no_numbers_are_found(database_url: str) -> None:
    """A UUID that is an account's key never is one by chance."""
    tables = {
        "a": (ID + "x VARCHAR(36)", rows(lambda n: UUIDS[n % 60], 2)),
        "b": (ID + "body TEXT", rows(lambda n: json.dumps({"x": UUIDS[n]}))),
        "c": (ID + "x VARCHAR(36)", rows(lambda n: f"{n:036}")),
    }
    build(database_url, "VARCHAR(36)", UUIDS, tables)
    assert [(r.name, r.path) for r in found(database_url)] == [("a.x", ""), ("b.body", "$.x")]


def test_copies_of_clever_ids_are_listed_by_themselves(database_url: str) -> None:
    """A column of Clever ids outside of the accounts is no reference to a row, but somebody reads it."""
    build(database_url, "INTEGER", KEYS, {"a": (ID + "teacher VARCHAR(24)", rows(lambda n: f"{n:024x}"))})
    (copy,) = found(database_url)
    assert (copy.name, copy.kind, copy.refers_to, copy.is_blocking) == ("a.teacher", "copied_id", "clever_id", False)
