"""Links that are rows of their own, many at a time: a second credential row, or a row of the playbook's own table.

A row is copied, compared and journaled here, a batch with a handful of statements; an account that is not as the plan
saw it is left out and judged by itself, so that its column is named. Taking links back reads the journal, and removes
only rows that are as they were added.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, RowMapping

from playbook.applying.batches import Numbered, add_all, find_all, journal_all, remove_all
from playbook.applying.cells import Row
from playbook.applying.ciphers import Altered, decrypt_cells
from playbook.applying.effects import credential_row, link_row
from playbook.applying.inserting import is_numbered
from playbook.applying.journal import LINKS
from playbook.applying.old_credentials import find_old_credentials, find_unchanged
from playbook.applying.result import Refusal
from playbook.applying.row_links import RowLinks
from playbook.applying.rows import Writer
from playbook.applying.session import Session
from playbook.merging.plan import Header


def are_numbered(header: Header, session: Session) -> bool:
    """Say whether new rows need no key from here, as the playbook's own never do."""
    credentials = header.layout.credentials
    keys = list(session.tables[credentials.table].primary_key.columns) if credentials else []
    if credentials and header.store == "replace":  # which adds none
        return True
    return not credentials or (len(keys) == 1 and is_numbered(keys[0], session.connection.dialect.name))


@dataclass(frozen=True, slots=True)
class AddedLinks(RowLinks):
    """Links of one plan that are rows of a table."""

    @property
    def name(self) -> str:
        """The table that the links are rows of."""
        credentials = self.header.layout.credentials
        return credentials.table if credentials else LINKS.name

    def link(self, writer: Writer, batch: pd.DataFrame) -> tuple[set[int], str]:
        """Journal and write a batch's links that can be; return the positions of the others, and the digest.

        Raises:
            Drift: Rows are no longer the ones that were found.
        """
        if self.undone:
            removed = [*self._still_there(writer, batch)]
            if removed:
                remove_all(writer, self.name, removed)
        elif added := [*self._new_rows(writer, batch)]:
            add_all(writer, self.name, added, self._told_apart_by)
        return journal_all(writer, batch["position"])

    def find_restorable(self, writer: Writer, batch: pd.DataFrame) -> tuple[set[int], list[Refusal]]:
        """Return the positions whose rows can be taken back, as the undone run added them; no more is said."""
        return {position for position, _ in self._still_there(writer, batch)}, []

    @property
    def _told_apart_by(self) -> tuple[str, ...]:
        credentials = self.header.layout.credentials
        return (credentials.account, credentials.clever_id) if credentials else (LINKS.c.account_id.name,)

    def _new_rows(self, writer: Writer, batch: pd.DataFrame) -> Iterator[tuple[int, Row]]:
        """Yield the rows to add, of accounts that are as the plan saw them."""
        operations = find_unchanged(writer, self.images, self.key, batch)
        credentials = self.header.layout.credentials
        if credentials:
            for operation, row in find_old_credentials(writer, self.header.layout, credentials, operations):
                yield operation.position, credential_row(credentials, row, operation)
            return
        rows = {o.position: link_row(o) for o in operations}
        found = find_all(writer, LINKS.name, "account_id", [row["account_id"] for row in rows.values()])
        taken = {row["account_id"] for row in found}
        yield from ((position, row) for position, row in rows.items() if row["account_id"] not in taken)

    def _still_there(self, writer: Writer, batch: pd.DataFrame) -> Numbered:
        """Return the rows that the undone run added for these links and that nobody has changed since."""
        added = {cell["position"]: cell for cell in self._readable(self._added(writer.connection, batch))}
        keys = {position: json.loads(cell["row_key"]) for position, cell in added.items()}
        if not keys:
            return []
        (name,) = next(iter(keys.values()))
        now = {row[name]: row for row in find_all(writer, self.name, name, [key[name] for key in keys.values()])}
        rows = {position: now.get(key[name]) for position, key in keys.items()}
        return [(p, row) for p, row in rows.items() if row and row == json.loads(added[p]["after_value"])]

    def _added(self, connection: Connection, batch: pd.DataFrame) -> list[RowMapping]:
        """Return the journal rows that are all that the undone run has of a link: a row that was added."""
        cells = self.journaled(connection, batch)
        counts, wanted = Counter(cell["position"] for cell in cells), set(batch["position"])
        return [
            cell
            for cell in cells
            if counts[cell["position"]] == 1
            and cell["position"] in wanted
            and (cell["action"], cell["table_name"]) == ("insert", self.name)
        ]

    def _readable(self, cells: Iterable[RowMapping]) -> Iterator[dict[str, Any]]:
        """Yield the cells that nobody has altered; the others are judged one by one, and named."""
        for cell in cells:
            with suppress(Altered):
                yield from decrypt_cells(self.undone_key, [cell])
