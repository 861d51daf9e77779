"""A table's Parquet file, written in row groups of a fixed size so that its bytes depend on the rows alone."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from playbook.clever.columns import arrow_schema
from playbook.tables import Contract

GROUP_ROWS = 20_000
_REPEATED = frozenset(
    {"district_id", "role", "staff_roles", "title", "school", "schools", "school_id", "relationship", "type"}
)
"""Columns whose values repeat; a dictionary of the others would cost four times the time for nothing."""


class GroupedFile:
    """A file in the making; rows come in any portions, groups leave in equal ones.

    Args:
        contract: What the table promises; the file is named after it.
        directory: Where the file is made, 0600.
    """

    def __init__(self, contract: Contract, directory: Path) -> None:
        self.name = contract.name
        self.schema = arrow_schema(contract)
        self.rows = 0
        self._waiting: list[pa.Table] = []
        self._count = 0
        self.path = directory / f"{contract.name}.parquet"
        self.path.touch(mode=0o600)
        dictionary = [name for name in self.schema.names if name in _REPEATED]
        self._writer = pq.ParquetWriter(
            str(self.path), self.schema, compression="zstd", compression_level=1, use_dictionary=dictionary
        )

    def add(self, table: pa.Table) -> None:
        """Add rows."""
        self.rows += len(table)
        self._count += len(table)
        self._waiting.append(table)
        while self._count >= GROUP_ROWS:
            gathered = pa.concat_tables(self._waiting)
            self._write(gathered.slice(0, GROUP_ROWS))
            self._waiting, self._count = [gathered.slice(GROUP_ROWS)], self._count - GROUP_ROWS

    def close(self) -> None:
        """Write what is left and end the file."""
        if self._count:
            self._write(pa.concat_tables(self._waiting))
        self._writer.close()

    def _write(self, table: pa.Table) -> None:
        self._writer.write_table(table.combine_chunks(), row_group_size=GROUP_ROWS)
