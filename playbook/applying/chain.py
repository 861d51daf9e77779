"""The audit chain of a run: every transaction leaves an entry that names the hash of the one before it.

The first entry starts from the plan's hash. An entry holds codes and counts, no names, and the digest of the journal
rows that it seals, so that a journal row that is edited or deleted afterwards breaks the chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, insert, select

from playbook.applying.journal import CELLS, CHAIN

BETWEEN, LINE_END, NULL_MARK = "\x1f", "\x1e", "\x00"
"""What stands between a journal row's values in its line, what stands between lines, and what stands for a null."""

AFTERWARDS = frozenset({"rekeyed", "erased", "emptied"})
"""Events of a run's keys and images, which may come at any time."""

_CELL = ("position", "part", "action", "table_name", "row_key", "column_name", "before_value", "after_value")


def cell_line(cell: Iterable[object]) -> str:
    """Return one journal row as the line that its entry's digest covers; a null is told from an empty text."""
    return BETWEEN.join(NULL_MARK if value is None else str(value) for value in cell)


def digest_cells(cells: Iterable[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of journal rows, which come in the order of position and part."""
    return digest_lines(cell_line(cell[name] for name in _CELL) for cell in cells)


def digest_lines(lines: Iterable[str]) -> str:
    """Return the SHA-256 of lines that `cell_line` made."""
    return hashlib.sha256(LINE_END.join(lines).encode()).hexdigest()


@dataclass(slots=True)
class Chain:
    """The end of one run's chain; only the holder of the district's lock appends to it.

    Attributes:
        run: The run's number.
        entry: The number of the last entry.
        head: Its hash.
    """

    run: int
    entry: int
    head: str

    def append(self, connection: Connection, event: str, body: Mapping[str, Any]) -> Chain:
        """Write the next entry within the caller's transaction; return the chain that holds once it is committed."""
        text = json.dumps(body, sort_keys=True)
        after = Chain(self.run, self.entry + 1, _hash(self.head, self.run, event, text))
        row = {"run": self.run, "entry": after.entry, "event": event, "body": text}
        connection.execute(insert(CHAIN).values(**row, previous=self.head, hash=after.head))
        return after


def open_chain(connection: Connection, run: int, plan: str) -> Chain:
    """Return the end of a run's chain; a run without entries starts from its plan's hash."""
    query = select(CHAIN.c.entry, CHAIN.c.hash).where(CHAIN.c.run == run).order_by(CHAIN.c.entry.desc()).limit(1)
    last = connection.execute(query).one_or_none()
    return Chain(run, last.entry, last.hash) if last else Chain(run, 0, plan)


def broken_entries(
    connection: Connection, run: int, plan: str, *, is_finished: bool, is_erased: bool = False
) -> Iterator[str]:
    """Yield what is wrong with a run's chain, in words; nothing where every entry and journal row is in place.

    Args:
        is_finished: Whether the plan was carried out whole.
        is_erased: Whether the journal rows were emptied, so that only the entries can be told.
    """
    head, number, event = plan, 0, ""
    sealed: dict[int, str] = {}
    for row in connection.execute(select(CHAIN).where(CHAIN.c.run == run).order_by(CHAIN.c.entry)).all():
        number, event = number + 1, event if row.event in AFTERWARDS else row.event
        if row.entry != number or row.previous != head:
            yield f"entry {number} is missing or was moved"
            number = row.entry
        if row.hash != _hash(row.previous, row.run, row.event, row.body):
            yield f"entry {row.entry} was altered"
        body = json.loads(row.body)
        sealed |= {row.entry: body["cells"]} if "cells" in body else {}
        head = row.hash
    if is_finished and event not in ("applied", "sweep"):
        yield "the last entries are missing"
    if is_erased:
        return
    found = dict(_digests(connection, run))
    for entry in sorted({*sealed, *found}):
        if sealed.get(entry) != found.get(entry):
            yield f"the journal rows of entry {entry} were altered"


def _digests(connection: Connection, run: int) -> Iterator[tuple[int, str]]:
    """Yield each entry's digest of the journal rows that stand now."""
    query = select(CELLS).where(CELLS.c.run == run).order_by(CELLS.c.entry, CELLS.c.position, CELLS.c.part)
    rows = connection.execute(query.execution_options(yield_per=10_000)).mappings()
    for entry, cells in groupby(rows, key=lambda row: row["entry"]):
        yield entry, digest_cells(dict(cell) for cell in cells)


def _hash(previous: str, run: int, event: str, body: str) -> str:
    return hashlib.sha256(json.dumps([previous, run, event, body]).encode()).hexdigest()
