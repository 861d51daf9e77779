"""From pages to tables: each record once, sorted, in files whose bytes depend on the data alone.

The pages of one walk follow one another; those of parallel walks may overlap. So they are swept in the order of their
lowest ids: what lies below the next page's lowest id is finished, the rest waits. Memory holds what overlaps at one
place, never the district. Rows are written in groups of a fixed size, wherever the pages began and ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from playbook.clever.columns import arrow_schema
from playbook.clever.parts import Part, in_order
from playbook.clever.tables import CONTACT_RELATIONSHIPS, ROLES, USERS
from playbook.tables import Contract

GROUP_ROWS = 50_000


@dataclass(slots=True)
class Twice:
    """Records that were read more than once.

    Attributes:
        same: How many further readings said the same.
        replaced: The ids of those that differed; the newest was kept.
    """

    same: int = 0
    replaced: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Assembled:
    """What the tables of people hold."""

    rows: dict[str, int] = field(default_factory=dict)
    roles: dict[str, int] = field(default_factory=dict)
    without_role: int = 0
    twice: Twice = field(default_factory=Twice)


def assemble_people(parts: list[Part], directory: Path) -> Assembled:
    """Write users, roles and contact relationships from the pages of users."""
    assembled = Assembled()
    with (
        _Table(USERS, directory) as users,
        _Table(ROLES, directory) as roles,
        _Table(CONTACT_RELATIONSHIPS, directory) as relationships,
    ):
        for people in sweep(parts, assembled.twice):
            users.add(people.select(users.schema.names))
            roles.add(_unnested(people, "roles", roles.schema))
            relationships.add(_unnested(people, "relationships", relationships.schema).sort_by(_sorting(relationships)))
            assembled.without_role += pc.sum(pc.equal(pc.list_value_length(people["roles"]), 0)).as_py() or 0
            for counted in pc.value_counts(pc.struct_field(pc.list_flatten(people["roles"]), "role")).to_pylist():
                role = counted["values"]
                assembled.roles[role] = assembled.roles.get(role, 0) + counted["counts"]
    assembled.rows = {table.name: table.rows for table in (users, roles, relationships)}
    return assembled


def assemble_records(parts: list[Part], contract: Contract, directory: Path) -> int:
    """Write the table of sections or schools from its pages and return the number of its rows."""
    with _Table(contract, directory) as table:
        for records in sweep(parts, Twice()):
            table.add(records)
    return table.rows


def sweep(parts: list[Part], twice: Twice) -> Iterator[pa.Table]:
    """Yield the records of overlapping pages in ascending order of the first column, each once."""
    waiting: pa.Table | None = None
    for part in in_order(parts):
        page = part.read().replace_schema_metadata(None)
        if waiting is not None:
            is_ready = pc.less(waiting.column(0), part.first)
            yield _each_once(waiting.filter(is_ready), twice)
            page = pa.concat_tables([waiting.filter(pc.invert(is_ready)), page])
        waiting = page
    if waiting is not None:
        yield _each_once(waiting, twice)


def _each_once(table: pa.Table, twice: Twice) -> pa.Table:
    """Return the rows sorted by id; of several with one id, the last modified, and of these the last read."""
    ids = table.column(0).combine_chunks()
    if len(ids) < 2 or pc.all(pc.less(ids[:-1], ids[1:])).as_py():
        return table
    newest = "last_modified" if "last_modified" in table.column_names else table.column_names[0]
    keys = pa.table({"id": ids, "newest": table[newest], "read": pa.array(np.arange(len(ids)))})
    order = pc.sort_indices(keys, [("id", "ascending"), ("newest", "descending"), ("read", "descending")])
    table = table.take(order)
    ids = table.column(0).combine_chunks()
    is_repeat = pa.concat_arrays([pa.array([False]), pc.equal(ids[1:], ids[:-1])])
    _compare(table, is_repeat, twice)
    return table.filter(pc.invert(is_repeat))


def _compare(table: pa.Table, is_repeat: pa.Array, twice: Twice) -> None:
    for row in np.flatnonzero(is_repeat.to_numpy(zero_copy_only=False)):
        later, earlier = table.slice(row - 1, 1).to_pylist(), table.slice(row, 1).to_pylist()
        if later == earlier:
            twice.same += 1
        else:
            twice.replaced.append(later[0][table.column_names[0]])


def _unnested(people: pa.Table, column: str, schema: pa.Schema) -> pa.Table:
    lists = people[column].combine_chunks()
    nested = pc.list_flatten(lists)
    owners = people["user_id"].take(pc.list_parent_indices(lists))
    return pa.table(
        [owners if name == "user_id" else pc.struct_field(nested, name) for name in schema.names], schema=schema
    )


def _sorting(table: _Table) -> list[tuple[str, str]]:
    return [(name, "ascending") for name in table.schema.names]


class _Table:
    """One Parquet file in the making, in groups of `GROUP_ROWS` rows."""

    def __init__(self, contract: Contract, directory: Path) -> None:
        self.name = contract.name
        self.schema = arrow_schema(contract)
        self.rows = 0
        self._path = directory / f"{self.name}.parquet"
        self._waiting: list[pa.Table] = []
        self._count = 0

    def __enter__(self) -> _Table:
        self._path.unlink(missing_ok=True)
        self._path.touch(mode=0o600)
        self._writer = pq.ParquetWriter(str(self._path), self.schema, compression="zstd", compression_level=1)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None and self._count:
            self._write(self._gathered())
        self._writer.close()

    def add(self, table: pa.Table) -> None:
        self.rows += len(table)
        self._waiting.append(table)
        self._count += len(table)
        if self._count >= GROUP_ROWS:
            gathered = self._gathered()
            whole = self._count // GROUP_ROWS * GROUP_ROWS
            for start in range(0, whole, GROUP_ROWS):
                self._write(gathered.slice(start, GROUP_ROWS))
            self._waiting, self._count = [gathered.slice(whole)], self._count - whole

    def _gathered(self) -> pa.Table:
        return pa.concat_tables(self._waiting)

    def _write(self, table: pa.Table) -> None:
        self._writer.write_table(table.combine_chunks(), row_group_size=GROUP_ROWS)
