"""Columns as arrays: how a table's text becomes codes and positions to reason on, and how codes become text again.

Matching works on positions instead of strings: a user is its row in the users table, a role its place in Clever's
list. That is what lets a million accounts be judged without a line of Python a row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from playbook.district import ROLES
from playbook.tables import TEXT

Ints = npt.NDArray[np.int32]
"""Codes, or positions in a table; -1 where there is none."""
Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

STUDENT, TEACHER, STAFF, DISTRICT_ADMIN, CONTACT = range(len(ROLES))
UNKNOWN = -1


def text_column(table: pd.DataFrame, column: str) -> pa.Array:
    """Return a text column as one Arrow array, without a copy where it is one already."""
    values = pa.array(table[column])
    if not isinstance(values, pa.ChunkedArray):
        return values
    return values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()


def id_column(table: pd.DataFrame, column: str) -> pa.Array:
    """Return a column of Clever ids, compared whole and in lower case because hex has two spellings."""
    ids = text_column(table, column)
    lowered = pc.ascii_lower(ids)
    # Ids are hardly ever in capitals: then the table's own memory serves.
    return ids if lowered.equals(ids) else lowered


def encode_roles(values: pa.Array) -> Ints:
    """Return each role word's place in Clever's list; -1 for a blank or an unknown word."""
    return find_words(values, pa.array(ROLES))


def find_words(values: pa.Array, words: pa.Array) -> Ints:
    """Return each value's place among some words; -1 where it is none of them."""
    return np.asarray(pc.fill_null(pc.index_in(values, value_set=words), -1), dtype=np.int32)


def is_blank(values: pa.Array) -> Flags:
    """Return where a text column is blank."""
    return np.asarray(pc.equal(values, ""), dtype=np.bool_)


def decode(codes: npt.NDArray[np.integer], words: Sequence[str]) -> pa.Array:
    """Return codes as their words; -1 as blank."""
    dictionary = pa.array(["", *words])
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32) + 1), dictionary).cast(pa.string())


def pick(values: pa.Array, positions: npt.NDArray[np.integer]) -> pa.Array:
    """Return the values at positions; blank at -1."""
    wanted = pa.array(positions, mask=positions < 0)
    return pc.fill_null(values.take(wanted), "")


def as_series(values: pa.Array) -> pd.Series:
    """Return an Arrow array as a text column of a table."""
    return pd.Series(pd.array(values, dtype=TEXT))
