"""Equal ids have equal codes and different ids never, whatever they look like and however their fingerprints fall."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook.matching import ids

WEAK_MIXES = {
    "none": lambda words: np.zeros(len(words), dtype=np.uint64),
    "three_prints": lambda words: words[:, 2] % np.uint64(3) << np.uint64(60),
    "its_own": ids._mix,
}
IDS = st.one_of(
    st.integers(0, 9).map("{:024x}".format),
    st.integers(0, 9).map("{:024x}".format).map(lambda text: text[::-1]),
    st.sampled_from(["", "a", "b" * 23, "b" * 24, "b" * 25, "ö" * 12, "a longer id than any that Clever ever gave"]),
)


def encode_one_by_one(columns: list[list[str]]) -> list[list[int]]:
    """The definition: the place of the first like, all columns laid end to end."""
    every = [text for column in columns for text in column]
    return [[every.index(text) if text else -1 for text in column] for column in columns]


@pytest.mark.parametrize("mix", WEAK_MIXES.values(), ids=WEAK_MIXES)
@given(columns=st.lists(st.lists(IDS, max_size=12), min_size=1, max_size=4))
def test_a_code_is_the_place_of_the_first_like(mix, columns):
    """Not even fingerprints that all fall together make two ids one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ids, "_mix", mix)
        codes = ids.encode_ids(*(pa.array(column, pa.string()) for column in columns))

    assert [column.tolist() for column in codes] == encode_one_by_one(columns)


@given(sought=st.lists(IDS, max_size=12), among=st.lists(IDS, max_size=12))
def test_an_id_is_found_where_it_stands_first(sought, among):
    """A blank is found nowhere, and of several places the first one counts."""
    found = ids.find_ids(pa.array(sought, pa.string()), pa.array(among, pa.string()))

    assert found.tolist() == [among.index(text) if text and text in among else -1 for text in sought]


def test_a_part_of_a_column_is_read_as_that_part():
    """A column that begins in the middle of another one's memory gives its own ids."""
    column = pa.array([f"{number:024x}" for number in range(6)])

    assert ids.find_ids(column.slice(2, 3), column.slice(1, 3)).tolist() == [1, 2, -1]


@given(ids_there=st.lists(IDS, min_size=1, max_size=12), positions=st.lists(st.integers(-1, 11), max_size=12))
def test_an_id_is_picked_as_it_stands(ids_there, positions):
    """A blank is picked at -1, whatever the ids look like."""
    wanted = [position for position in positions if position < len(ids_there)]
    picked = ids.pick_ids(pa.array(ids_there, pa.string()), np.array(wanted, dtype=np.int32))

    assert picked.to_pylist() == [ids_there[position] if position >= 0 else "" for position in wanted]
    picked.validate(full=True)
