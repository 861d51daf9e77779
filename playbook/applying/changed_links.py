"""Links that take the place of old ids in a credential table, many at a time: the id and the version of a row.

Rows are found, compared and journaled here, a batch with a handful of statements; what is not as the plan saw it, or
when links are taken back not as they were written, is left out and judged by itself, so that its column is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd
from sqlalchemy import RowMapping

from playbook.applying.batches import change_all, find_all, journal_all
from playbook.applying.cells import Row
from playbook.applying.ciphers import Altered, decrypt_cells
from playbook.applying.effects import new_cells
from playbook.applying.old_credentials import find_old_credentials, find_unchanged
from playbook.applying.result import Refusal
from playbook.applying.row_links import RowLinks
from playbook.applying.rows import Writer
from playbook.merging.layout import Credentials

Change = tuple[int, Row, Row]
"""The position of an action, the row as it stands, and the cells that it shall hold."""


@dataclass(frozen=True, slots=True)
class ChangedLinks(RowLinks):
    """Links of one plan that are cells of a credential table."""

    @property
    def name(self) -> str:
        """The table whose rows are changed."""
        return self._credentials.table

    def link(self, writer: Writer, batch: pd.DataFrame) -> tuple[set[int], str]:
        """Journal and change a batch's rows that can be; return the positions of the others, and the digest.

        Raises:
            Drift: Rows are no longer the ones that were found.
        """
        changes = [*(self._restored(writer, batch) if self.undone else self._replaced(writer, batch))]
        if changes:
            rows = [(position, row) for position, row, _ in changes]
            change_all(writer, self.name, rows, [cells for *_, cells in changes])
        return journal_all(writer, batch["position"])

    def find_restorable(self, writer: Writer, batch: pd.DataFrame) -> tuple[set[int], list[Refusal]]:
        """Return the positions whose cells hold what the undone run wrote, and the cells written by others since."""
        fit, kept, accounts = set[int](), [], dict(zip(batch["position"], batch["account_id"], strict=True))
        for position, cells, row in self._written_and_now(writer, batch):
            if changed := [f"{self.name}.{name}" for name in self._columns if name in _changed(cells, row)]:
                kept.append(Refusal(position, accounts[position], "kept", tuple(changed)))
            else:
                fit.add(position)
        return fit, kept

    @property
    def _credentials(self) -> Credentials:
        credentials = self.header.layout.credentials
        assert credentials is not None  # only such a plan's links are written here
        return credentials

    def _replaced(self, writer: Writer, batch: pd.DataFrame) -> Iterator[Change]:
        """Yield the changes of accounts that are as the plan saw them."""
        operations = find_unchanged(writer, self.images, self.key, batch)
        layout, credentials = self.header.layout, self._credentials
        for operation, row in find_old_credentials(writer, layout, credentials, operations):
            yield operation.position, row, new_cells(credentials, row, operation)

    def _restored(self, writer: Writer, batch: pd.DataFrame) -> Iterator[Change]:
        """Yield the changes that put back what the undone run changed, where nobody has written there since."""
        for position, cells, row in self._written_and_now(writer, batch):
            if row and not _changed(cells, row):
                before = {cell["column_name"]: cell["before_value"] for cell in cells}
                yield position, row, {column: before.get(column, row[column]) for column in self._columns}

    def _written_and_now(
        self, writer: Writer, batch: pd.DataFrame
    ) -> Iterator[tuple[int, list[dict[str, Any]], Row | None]]:
        """Yield what the undone run wrote under each position, and the row as it stands, if it is there."""
        written = [*self._written(writer, batch)]
        (name,) = self._credentials.key
        keys = [json.loads(cells[0]["row_key"])[name] for _, cells in written]
        now = {row[name]: row for row in find_all(writer, self.name, name, keys)}
        yield from ((position, cells, now.get(key)) for (position, cells), key in zip(written, keys, strict=True))

    @property
    def _columns(self) -> Sequence[str]:
        """The columns that links write, the last first, as an undo takes them back."""
        credentials = self._credentials
        return [name for name in (credentials.version, credentials.clever_id) if name]

    def _written(self, writer: Writer, batch: pd.DataFrame) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Yield the journal rows of each link of which the undone run has changes of one row's cells and no more.

        Those that somebody has altered are judged one by one, and named.
        """
        wanted = set(batch["position"])
        for position, same in groupby(self.journaled(writer.connection, batch), key=lambda cell: cell["position"]):
            cells = [*same]
            if position in wanted and all(self._is_change(cell) for cell in cells):
                with suppress(Altered):
                    read = decrypt_cells(self.undone_key, cells)
                    if len({cell["row_key"] for cell in read}) == 1:
                        yield position, read

    def _is_change(self, cell: RowMapping) -> bool:
        is_here = (cell["action"], cell["table_name"]) == ("update", self.name)
        return is_here and cell["column_name"] in self._columns


def _changed(cells: Sequence[Mapping[str, Any]], row: Row | None) -> set[str]:
    """Return the columns that no longer hold what a run wrote."""
    return {c["column_name"] for c in cells if row is None or row[c["column_name"]] != c["after_value"]}
