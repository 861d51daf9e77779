"""Tables keep their promise or are refused with every broken rule named."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from playbook.errors import TableError
from playbook.tables import TEXT, Contract, join, read_parquet, split, write_parquet

PEOPLE = Contract(
    "people",
    {"person_id": "text", "role": "text", "rows": "int"},
    key=("person_id",),
    codes={"role": frozenset({"teacher", "staff"})},
)


def test_a_made_table_is_ordered_typed_and_without_null() -> None:
    """Missing, null and "" are one thing; ids stay text; rows are sorted by the key."""
    people = PEOPLE.make(
        [{"person_id": "2", "role": "staff", "rows": 1}, {"person_id": "1", "role": "teacher", "rows": 0}]
    )

    assert list(people["person_id"]) == ["1", "2"]
    assert people["person_id"].dtype == TEXT
    assert PEOPLE.empty().dtypes.equals(people.dtypes)


def test_ids_that_look_like_numbers_stay_text() -> None:
    """00123, 5e12 and Null are ids and names, not values."""
    people = PEOPLE.make({"person_id": ["00123", "5e12", "Null"], "role": ["staff"] * 3, "rows": [0, 0, 0]})

    assert set(people["person_id"]) == {"00123", "5e12", "Null"}


def test_all_broken_rules_are_named_at_once_and_no_value_is_shown() -> None:
    """A repeated key, a blank key and an unknown code come in one message, as counts."""
    with pytest.raises(TableError) as caught:
        PEOPLE.make(
            {"person_id": ["a-canary", "a-canary", ""], "role": ["staff", "pirate", "staff"], "rows": [1, 2, 3]}
        )

    assert {fault.where for fault in caught.value.faults} == {"person_id", "role"}
    assert len(caught.value.faults) == 3
    assert "canary" not in str(caught.value)
    assert "pirate" not in str(caught.value)


def test_missing_columns_are_all_named() -> None:
    """The caller learns the whole list in one pass."""
    with pytest.raises(TableError) as caught:
        PEOPLE.make({"person_id": ["1"]})

    assert {fault.where for fault in caught.value.faults} == {"role", "rows"}


def test_a_table_of_the_wrong_kind_is_refused_at_the_door() -> None:
    """A numeric id column is refused, not converted."""
    with pytest.raises(TableError, match="not text"):
        PEOPLE.check(pd.DataFrame({"person_id": [1], "role": ["staff"], "rows": [1]}))


def test_a_table_survives_the_way_to_disk_and_back(tmp_path: Path) -> None:
    """What is read equals what was written."""
    people = PEOPLE.make({"person_id": ["1"], "role": ["staff"], "rows": [7]})

    write_parquet(people, tmp_path / "people.parquet", PEOPLE)

    assert read_parquet(tmp_path / "people.parquet", PEOPLE).equals(people)


def test_a_list_in_a_cell_comes_back_as_it_was() -> None:
    """The empty list is the empty cell."""
    assert split(join(["a", "b"])) == ["a", "b"]
    assert split(join([])) == []


def test_a_repeated_key_is_found_wherever_it_stands() -> None:
    """Rows in order and rows out of order are checked alike, on a key of two columns as on one."""
    pairs = Contract("pairs", {"left": "text", "right": "int"}, key=("left", "right"))
    ascending = pairs.make({"left": ["a", "a", "b", "b"], "right": [1, 2, 1, 2]})

    assert len(pairs.check(ascending)) == 4
    for rows in ([0, 1, 1, 2], [2, 3, 0, 2]):
        with pytest.raises(TableError, match="1 rows repeat a key"):
            pairs.check(ascending.iloc[rows])
