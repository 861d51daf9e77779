"""Ids as numbers: every id of both sides is read once, and from then on equal ids are equal codes.

Clever's ids are 24 characters, which are three machine words: they are sorted as numbers instead of being
hashed as text. Ids of any other length are compared as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from playbook.matching.columns import Flags, Ints, Positions, is_blank

Words = npt.NDArray[np.uint64]
Value = TypeVar("Value", bound=np.generic)
_LENGTH = 24
_ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_BLOCK = 1 << 16
"""So many rows are worked on at a time where fresh memory would take longer than the work."""
_SHIFT = np.uint64(29)


def encode_ids(*columns: pa.Array) -> tuple[Ints, ...]:
    """Return a code for each id of each column: equal ids have equal codes, and a blank has -1.

    Returns:
        One array a column. A code is the place of the id's first like, all columns laid end to end.
    """
    is_usual = [np.asarray(pc.equal(pc.binary_length(column), _LENGTH), dtype=np.bool_) for column in columns]
    firsts, is_sure = _find_firsts(np.concatenate([*map(_read_words, columns, is_usual)]))
    usual = np.flatnonzero(np.concatenate(is_usual)).astype(np.int32)
    is_other = np.concatenate([~is_blank(column) for column in columns])
    is_other[usual[is_sure]] = False
    codes = np.full(len(is_other), -1, dtype=np.int32)
    codes[usual] = usual[firsts]
    if is_other.any():
        codes[is_other] = _compare_as_text(columns, is_other)
    return tuple(_part(codes, columns))


def find_ids(sought: pa.Array, among: pa.Array) -> Ints:
    """Return where each id first stands among others; -1 where it does not, and for blanks."""
    return find_codes(*encode_ids(sought, among)) if len(sought) else np.empty(0, dtype=np.int32)


def find_codes(sought: Ints, among: Ints) -> Ints:
    """Return where each code first stands among others of the same encoding; -1 where it does not."""
    if not len(among):
        return np.full(len(sought), -1, dtype=np.int32)
    size = max(sought.max(initial=-1), among.max(initial=-1)) + 2
    first = np.full(size, -1, dtype=np.int32)
    # The last of several assignments to one place stands, so the rows are written from the last to the first.
    first[among[::-1]] = np.arange(len(among) - 1, -1, -1, dtype=np.int32)
    first[-1] = -1
    found: Ints = first[sought]
    return found


def _read_words(column: pa.Array, is_usual: Flags) -> Words:
    """Return the ids of the usual length, three words each, without a copy where all of them are."""
    ids = column if is_usual.all() else column.filter(pa.array(is_usual))
    if not len(ids):
        return np.empty((0, 3), dtype=np.uint64)
    begin = np.frombuffer(ids.buffers()[1], dtype=np.int32)[ids.offset]
    text = np.frombuffer(ids.buffers()[2], dtype=np.uint8)[begin : begin + _LENGTH * len(ids)]
    return text.view(np.uint64).reshape(-1, 3)


def _find_firsts(words: Words) -> tuple[Ints, Flags]:
    """Return for each id the place of its first like, and whether all that shared its fingerprint are the same id."""
    count, bits = len(words), len(words).bit_length()
    keys = np.arange(count, dtype=np.uint64)
    for block in range(0, count, _BLOCK):
        prints = _mix(words[block : block + _BLOCK]) >> np.uint64(bits) << np.uint64(bits)
        keys[block : block + _BLOCK] |= prints
    # A fingerprint gave its low bits up to the row's own place: a plain sort brings likes together, first one first.
    keys.sort()
    rows = keys.astype(np.int32) & np.int32((1 << bits) - 1)
    keys >>= np.uint64(bits)
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[:count])
    firsts = np.empty(count, dtype=np.int32)
    firsts[rows] = np.repeat(rows[starts], np.diff(starts, append=count))
    impostors = _find_impostors(words, firsts)
    return firsts, ~np.isin(firsts, firsts[impostors]) if len(impostors) else np.ones(count, dtype=np.bool_)


def _find_impostors(words: Words, firsts: Ints) -> Positions:
    """Return the ids that share a fingerprint with another id."""
    followers = np.flatnonzero(firsts != np.arange(len(firsts), dtype=np.int32))

    def find_among(block: Positions) -> Positions:
        differences = words.take(block, axis=0)
        differences ^= words.take(firsts[block], axis=0)
        differing: Flags = (differences[:, 0] | differences[:, 1] | differences[:, 2]) != 0
        return block[differing]

    with ThreadPoolExecutor(max_workers=2) as threads:
        blocks = np.array_split(followers, len(followers) // _BLOCK + 1)
        return np.concatenate(list(threads.map(find_among, blocks)))


def _mix(words: Words) -> Words:
    """Return a fingerprint of each id, the same for the same id; different ones hardly ever share one."""
    mixed = words[:, 0] * _ODD[0]
    for place, odd in ((1, _ODD[1]), (2, _ODD[2])):
        mixed ^= mixed >> _SHIFT
        mixed += words[:, place]
        mixed *= odd
    mixed ^= mixed >> _SHIFT
    return mixed


def _compare_as_text(columns: Sequence[pa.Array], is_wanted: Flags) -> Positions:
    """Return for each wanted id the place of its first like."""
    wanted = [column.filter(pa.array(flags)) for column, flags in zip(columns, _part(is_wanted, columns), strict=True)]
    codes = np.asarray(pa.concat_arrays(wanted).dictionary_encode().indices)
    _, firsts = np.unique(codes, return_index=True)
    places: Positions = np.flatnonzero(is_wanted)[firsts[codes]]
    return places


def _part(values: npt.NDArray[Value], columns: Sequence[pa.Array]) -> list[npt.NDArray[Value]]:
    """Return the columns' own parts of what was laid end to end."""
    return np.split(values, np.cumsum([len(column) for column in columns])[:-1])
