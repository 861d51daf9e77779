"""Chance, names and spread decide whether numbers are keys."""

from __future__ import annotations

import pytest

from playbook.accounts.contents import keys_in
from playbook.accounts.telling import KeyRange, is_named_like_a_reference, is_telling

SPARSE = KeyRange(1_000, 101_000, 1_000, is_number=True)
DENSE = KeyRange(1, 1_000, 1_000, is_number=True)
TEXTS = KeyRange(0, 0, 1_000, is_number=False)


def words(numbers: range) -> set[str]:
    return {str(number) for number in numbers}


@pytest.mark.parametrize(
    ("values", "hits", "keys"),
    [
        (words(range(0)), words(range(0)), SPARSE),
        (words(range(100)), words(range(40)), TEXTS),
        (words(range(1, 101)), words(range(1, 101)), DENSE),
        (words(range(900, 2_000)), words(range(900, 1_001)), DENSE),
    ],
)
def test_what_chance_explains_is_no_reference(values: set[str], hits: set[str], keys: KeyRange) -> None:
    """Few hits, or many where every number is a key, tell nothing."""
    assert not is_telling(values, hits, keys, is_named=False)


@pytest.mark.parametrize(
    ("values", "hits", "keys"),
    [
        ({"2000", "3000", "9999999"}, {"2000", "3000"}, SPARSE),
        ({"a"}, {"a"}, TEXTS),
        (words(range(1, 1_001, 9)), words(range(1, 1_001, 9)), DENSE),
    ],
)
def test_what_chance_does_not_explain_is(values: set[str], hits: set[str], keys: KeyRange) -> None:
    """Two hits in a thin range, one text, or the whole range covered."""
    assert is_telling(values, hits, keys, is_named=False)


def test_a_name_needs_no_statistics_but_most_values() -> None:
    """`graded_by` is believed for small numbers, and not where most of them are no accounts."""
    assert is_telling({"1", "2"}, {"1", "2"}, DENSE, is_named=True)
    assert not is_telling({"1", "2001", "2002"}, {"1"}, DENSE, is_named=True)


@pytest.mark.parametrize("name", ["user_id", "graded_by", "teacherId", "authorID", "users", "owner", "account_ref"])
def test_names_of_people(name: str) -> None:
    """Names of people and of what they did are those of references."""
    assert is_named_like_a_reference(name, "users")


@pytest.mark.parametrize("name", ["points", "year", "id", "body", "standby", "section_id", "userland_size", "number"])
def test_names_of_things(name: str) -> None:
    """Names of things are not."""
    assert not is_named_like_a_reference(name, "accounts")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, []),
        (True, []),
        ("", []),
        ("{broken", []),
        (12, [("", "12")]),
        (" 12 ", [("", "12")]),
        ("7, 8", [("list", "7"), ("list", "8")]),
        ('{"a": {"by": 7, "ok": true}}', [("$.a.by", "7")]),
        ([7, "8"], [("$[*]", "7"), ("$[*]", "8")]),
        ("gid://app/User/7", [("gid:User", "7")]),
        ("User:7", [("gid:User", "7")]),
        ("https://app.example/users/7", [("gid:users", "7")]),
    ],
)
def test_where_a_key_may_stand(value: object, found: list[tuple[str, str]]) -> None:
    """A key stands alone, in a list, in a document or in a global id; each with its path."""
    assert [*keys_in(value)] == found
