"""What a dry run would have written so far in one transaction, so that whatever comes after finds it written.

Without it a dry run would not see that two accounts give one survivor the same row, and would say GO to what the
database then refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Table

from playbook.applying.cells import Cells, Row, holds, row_text

Pretended = tuple[Row, Cells | None]
"""A row as it would be, and the key under which the database has it; none for a row that would be added."""


@dataclass(slots=True)
class Pretence:
    """The rows of each table that would no longer be what the database has, and what they would be.

    Attributes:
        gone: By table, the keys, as text, of the database's rows that would be others, or none.
        made: By table, and each by its own text, the rows that would be there.
    """

    gone: dict[str, set[str]] = field(default_factory=dict)
    made: dict[str, dict[str, Pretended]] = field(default_factory=dict)

    def change(self, table: Table, row: Row, cells: Cells | None) -> None:
        """Pretend that a row that was found holds these cells by now; none where it would be gone."""
        keys = [column.name for column in table.primary_key.columns]
        if not keys:  # such a row cannot be told from others
            return
        made = self.made.setdefault(table.name, {})
        if found := made.pop(row_text(row), None):
            origin = found[1]
        else:
            origin = {name: row[name] for name in keys}
            self.gone.setdefault(table.name, set()).add(row_text(origin))
        if cells is not None:
            self._make(table, {**row, **cells}, origin)

    def add(self, table: Table, row: Cells) -> None:
        """Pretend that a row was added; what the database would fill in itself is taken for null."""
        self._make(table, {column.name: row.get(column.name) for column in table.columns}, None)

    def left(self, table: Table, rows: list[Row]) -> list[Row]:
        """Return those of the database's rows that would still be as they are."""
        gone = self.gone.get(table.name)
        keys = [column.name for column in table.primary_key.columns]
        return [row for row in rows if row_text({name: row[name] for name in keys}) not in gone] if gone else rows

    def find(self, table: str, cells: Cells, among: Sequence[Cells]) -> list[Pretended]:
        """Return the rows that would hold these values, and one of these keys if any are given."""
        made = [made for made in self.made.get(table, {}).values() if holds(made[0], cells)]
        return [(row, origin) for row, origin in made if not among or any(holds(row, key) for key in among)]

    def _make(self, table: Table, row: Row, origin: Cells | None) -> None:
        self.made.setdefault(table.name, {})[row_text(row)] = (row, origin)
