"""Overlapping pages brought into one ascending order, each record once, in memory that holds only what overlaps.

The pages of one walk follow one another; those of parallel walks may overlap. They are taken in the order of their
lowest ids: what lies below the next page's lowest id is finished, the rest waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(slots=True)
class Twice:
    """Records that were read more than once.

    Attributes:
        same: How many further readings said the same.
        replaced: The ids of those that differed; the newest was kept.
    """

    same: int = 0
    replaced: list[str] = field(default_factory=list)


class Sweep:
    """Takes pages in the order of their lowest ids and gives records in the order of theirs."""

    def __init__(self) -> None:
        self.twice = Twice()
        self._waiting: pa.Table | None = None

    def take(self, page: pa.Table) -> Iterator[pa.Table]:
        """Take a page, sorted or not, and give what is finished; the first column is the id."""
        if not len(page):
            return
        page = page.replace_schema_metadata(None)
        if self._waiting is not None:
            is_ready = pc.less(self._waiting.column(0), pc.min(page.column(0)))
            if pc.all(is_ready).as_py():
                yield self._each_once(self._waiting)
            else:
                yield self._each_once(self._waiting.filter(is_ready))
                page = pa.concat_tables([self._waiting.filter(pc.invert(is_ready)), page])
        self._waiting = page

    def finish(self) -> Iterator[pa.Table]:
        """Give the rest."""
        if self._waiting is not None:
            yield self._each_once(self._waiting)
            self._waiting = None

    def _each_once(self, table: pa.Table) -> pa.Table:
        """Return the rows sorted by id; of several with one id, the last modified, and of these the last read."""
        ids = table.column(0).combine_chunks()
        if len(ids) < 2 or pc.all(pc.less(ids[:-1], ids[1:])).as_py():
            return table
        newest = "last_modified" if "last_modified" in table.column_names else table.column_names[0]
        keys = pa.table({"id": ids, "newest": table[newest], "read": pa.array(np.arange(len(ids)))})
        order = [("id", "ascending"), ("newest", "descending"), ("read", "descending")]
        table = table.take(pc.sort_indices(keys, order))
        ids = table.column(0).combine_chunks()
        is_repeat = pa.concat_arrays([pa.array([False]), pc.equal(ids[1:], ids[:-1])])
        self._compare(table, is_repeat)
        return table.filter(pc.invert(is_repeat))

    def _compare(self, table: pa.Table, is_repeat: pa.Array) -> None:
        """Tell further readings that said the same from those that did not."""
        repeats = np.flatnonzero(is_repeat.to_numpy(zero_copy_only=False))
        kept = table.take(pa.array(repeats - 1)).to_pylist()
        left_out = table.take(pa.array(repeats)).to_pylist()
        for newer, older in zip(kept, left_out, strict=True):
            if newer == older:
                self.twice.same += 1
            else:
                self.twice.replaced.append(newer[table.column_names[0]])
