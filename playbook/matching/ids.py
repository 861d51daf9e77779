"""Ids as numbers: every id of both sides is read once, and from then on equal ids are equal codes.

Clever's ids are 24 characters, which are three machine words: they are sorted as numbers instead of being
hashed as text. Ids of any other length are compared as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from playbook.matching.columns import Flags, Ints, Positions, pick

Words = npt.NDArray[np.uint64]
_LENGTH = 24
_ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_BLOCK = 1 << 16
"""So many rows are worked on at a time where fresh memory would take longer than the work."""
_SHIFT = np.uint64(29)


@dataclass(frozen=True, slots=True)
class _Column:
    """The ids of the usual length of one column; a place counts the rows of all columns, laid end to end.

    Attributes:
        words: The ids, three words each, in the column's own memory where nothing else stands between them.
        places: Where each of them stands.
        start: The place of the column's first row.
        end: The place after its last.
        order: For each row, which of the ids stands there; none where every row holds one.
    """

    words: Words
    places: Ints
    start: int
    end: int
    order: Ints | None

    def words_at(self, places: Ints) -> Words:
        """Return the ids at some of the places."""
        rows = places - np.int32(self.start)
        return self.words.take(rows if self.order is None else self.order.take(rows), axis=0)


def encode_ids(*columns: pa.Array) -> tuple[Ints, ...]:
    """Return a code for each id of each column: equal ids have equal codes, and a blank has -1.

    Returns:
        One array a column. A code is the place of the id's first like, all columns laid end to end.
    """
    ends = np.cumsum([len(column) for column in columns]).tolist()
    lengths = [np.asarray(pc.binary_length(column)) for column in columns]
    usual = [_read_words(*column) for column in zip(columns, lengths, [0, *ends], strict=False)]
    codes = np.full(ends[-1], -1, dtype=np.int32)
    unsure = _find_firsts(usual, codes)
    odd = [np.flatnonzero((length != 0) & (length != _LENGTH)) for length in lengths]
    if len(unsure) or any(map(len, odd)):
        others = np.concatenate([unsure, *(rows + end for rows, end in zip(odd, [0, *ends], strict=False))])
        _compare_as_text(columns, np.sort(others), codes)
    return tuple(np.split(codes, ends[:-1]))


def find_ids(sought: pa.Array, among: pa.Array) -> Ints:
    """Return where each id first stands among others; -1 where it does not, and for blanks."""
    return find_codes(*encode_ids(sought, among)) if len(sought) else np.empty(0, dtype=np.int32)


def pick_ids(ids: pa.Array, positions: Ints) -> pa.Array:
    """Return the ids at positions; blank at -1."""
    column = _read_words(ids, np.asarray(pc.binary_length(ids)), 0)
    if column.order is not None:
        return pick(ids, positions)
    is_there = positions >= 0
    offsets = np.zeros(len(positions) + 1, dtype=np.int32)
    np.cumsum(np.where(is_there, _LENGTH, 0), out=offsets[1:])
    words = column.words.take(positions[is_there], axis=0)
    return pa.StringArray.from_buffers(len(positions), pa.py_buffer(offsets), pa.py_buffer(words))


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


def _read_words(ids: pa.Array, lengths: Ints, start: int) -> _Column:
    """Return the ids of the usual length, without a copy where all others are blank."""
    rows, end = np.flatnonzero(lengths == _LENGTH).astype(np.int32), start + len(ids)
    order = None if len(rows) == len(ids) else np.cumsum(lengths == _LENGTH, dtype=np.int32) - np.int32(1)
    if not len(rows):
        return _Column(np.empty((0, 3), dtype=np.uint64), rows, start, end, order)
    if lengths.sum(dtype=np.int64) != _LENGTH * len(rows):
        ids = ids.take(pa.array(rows))
    begin = np.frombuffer(ids.buffers()[1], dtype=np.int32)[ids.offset]
    text = np.frombuffer(ids.buffers()[2], dtype=np.uint8)[begin : begin + _LENGTH * len(rows)]
    return _Column(text.view(np.uint64).reshape(-1, 3), rows + np.int32(start), start, end, order)


def _find_firsts(columns: Sequence[_Column], codes: Ints) -> Positions:
    """Give each id the place of its first like; return the places whose fingerprint several ids share."""
    bits = len(codes).bit_length()
    keys = np.concatenate([_make_keys(column, np.uint64(bits)) for column in columns])
    # A fingerprint gave its low bits up to the id's own place: a plain sort brings likes together, first one first.
    keys.sort()
    places = keys.astype(np.int32) & np.int32((1 << bits) - 1)
    keys >>= np.uint64(bits)
    for column in columns:
        codes[column.places] = column.places
    followers = np.flatnonzero(keys[1:] == keys[:-1]) + 1
    begins_run = np.append(True, followers[1:] != followers[:-1] + 1)[: len(followers)]
    firsts = np.maximum.accumulate(np.where(begins_run, followers, 0)) - 1
    codes[places[followers]] = places[firsts]
    impostors = _find_impostors(columns, codes)
    return np.flatnonzero(np.isin(codes, codes[impostors]) if len(impostors) else [])


def _make_keys(column: _Column, bits: np.uint64) -> Words:
    """Return each id's fingerprint, and its place in the low bits."""
    keys = column.places.astype(np.uint64)
    for block in range(0, len(keys), _BLOCK):
        prints = _mix(column.words[block : block + _BLOCK])
        keys[block : block + _BLOCK] |= prints >> bits << bits
    return keys


def _find_impostors(columns: Sequence[_Column], codes: Ints) -> Ints:
    """Return the places of the ids whose fingerprint is that of another id before them."""

    def find_among(likes: tuple[_Column, _Column, Ints]) -> Ints:
        first, later, places = likes
        differences = later.words_at(places)
        differences ^= first.words_at(codes[places])
        differing: Flags = (differences[:, 0] | differences[:, 1] | differences[:, 2]) != 0
        return places[differing]

    with ThreadPoolExecutor(max_workers=2) as threads:
        return np.concatenate([np.empty(0, dtype=np.int32), *threads.map(find_among, _list_likes(columns, codes))])


def _list_likes(columns: Sequence[_Column], codes: Ints) -> Iterator[tuple[_Column, _Column, Ints]]:
    """Yield the ids that are like one before them, some at a time, with the columns of the first and of the later."""
    for number, later in enumerate(columns):
        codes_here = codes[later.start : later.end]
        is_follower = (codes_here >= 0) & (codes_here < np.arange(later.start, later.end, dtype=np.int32))
        places = np.flatnonzero(is_follower).astype(np.int32) + np.int32(later.start)
        firsts = codes[places]
        for first in columns[: number + 1]:
            here = places[(firsts >= first.start) & (firsts < first.end)]
            for block in range(0, len(here), _BLOCK):
                yield first, later, here[block : block + _BLOCK]


def _mix(words: Words) -> Words:
    """Return a fingerprint of each id, the same for the same id; different ones hardly ever share one."""
    mixed = words[:, 0] * _ODD[0]
    for place, odd in ((1, _ODD[1]), (2, _ODD[2])):
        mixed ^= mixed >> _SHIFT
        mixed += words[:, place]
        mixed *= odd
    mixed ^= mixed >> _SHIFT
    return mixed


def _compare_as_text(columns: Sequence[pa.Array], places: Positions, codes: Ints) -> None:
    """Give each of the ids at these places, which ascend, the place of its first like."""
    ends = np.cumsum([len(column) for column in columns])
    parts = np.split(places, np.searchsorted(places, ends[:-1]))
    starts = [0, *ends[:-1].tolist()]
    texts = [column.take(pa.array(part - start)) for column, part, start in zip(columns, parts, starts, strict=True)]
    likes = np.asarray(pa.concat_arrays(texts).dictionary_encode().indices)
    _, firsts = np.unique(likes, return_index=True)
    codes[places] = places[firsts[likes]]
