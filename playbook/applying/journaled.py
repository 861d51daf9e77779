"""The cells that a run wrote, row by row, compared with what stands there now."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, and_, or_, select

from playbook.accounts.image import changed_columns
from playbook.applying.cells import Row
from playbook.applying.ciphers import Altered, decrypt_cells
from playbook.applying.following import leave_out_triggered_cells
from playbook.applying.journal import CELLS
from playbook.applying.key_places import Keys
from playbook.applying.marking import marked_columns, row_marks
from playbook.applying.rows import MARKS
from playbook.applying.run_keys import find_run_key, is_erased
from playbook.applying.values import kept_row, readable_columns, writable
from playbook.errors import Fault
from playbook.merging.plan import Header

CHUNK = 200
"""Rows that one query reads again."""

_Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Journaled:
    """What a run wrote, as its journal has it; the links of single accounts apart, which the plan itself tells.

    Attributes:
        cells: Table and row key to the cells that were written there last.
        removed: The rows that were removed.
        marks: What the other cells of moved rows held; accounts apart, whose images the plan has.
        accounts: The account table's name and key.
        altered: The journal's rows that cannot be read, because somebody altered them: position and part.
        erased: The references of accounts to accounts, where all that the run wrote there was erased.
    """

    cells: dict[_Place, Row] = field(default_factory=dict)
    removed: set[_Place] = field(default_factory=set)
    marks: dict[_Place, str] = field(default_factory=dict)
    accounts: tuple[str, str] = ("", "")
    altered: list[tuple[int, int]] = field(default_factory=list)
    erased: frozenset[str] = frozenset()

    def has_written(self, account_id: str, column: str) -> bool:
        """Say whether the run wrote a column of an account itself, as a reference of accounts to accounts."""
        if column in self.erased:
            return True
        table, key = self.accounts
        places = ((table, json.dumps({key: f"{tag}:{account_id}"})) for tag in "is")
        return any(column in self.cells.get(place, {}) for place in places)


def read_journaled(connection: Connection, run: int, header: Header, keys: Keys) -> Journaled:
    """Return what a run wrote; a cell that was written twice counts with its last value.

    Raises:
        InputError: The run's key is needed, and is not there, or not the right one.
    """
    layout = header.layout
    if is_erased(connection, run):
        own = (referrer.column for referrer in layout.referrers if referrer.table == layout.table)
        return Journaled(accounts=(layout.table, layout.key), erased=frozenset(own))
    journaled = Journaled(accounts=(layout.table, layout.key))
    of_links = and_(CELLS.c.table_name == layout.table, CELLS.c.column_name == layout.v3_id)
    query = select(CELLS).where(CELLS.c.run == run, ~of_links).order_by(CELLS.c.entry, CELLS.c.position, CELLS.c.part)
    key = find_run_key(connection, run, keys, header)
    with connection.execute(query.execution_options(yield_per=10_000)) as cells:
        for cell in cells.mappings():
            try:
                _take(journaled, decrypt_cells(key, [cell])[0])
            except Altered:
                journaled.altered.append((cell["position"], cell["part"]))
    return journaled


def _take(journaled: Journaled, cell: Mapping[str, Any]) -> None:
    """Add one row of the journal to what is known so far."""
    place = (cell["table_name"], cell["row_key"])
    if cell["action"] == "update":
        before = journaled.cells.pop(_place_before(cell), {})
        journaled.marks.pop(_place_before(cell), None)
        journaled.cells[place] = before | {cell["column_name"]: cell["after_value"]}
    elif cell["action"] == "insert":
        journaled.cells[place] = json.loads(cell["after_value"])
        journaled.removed.discard(place)
    elif cell["action"] == "delete":
        journaled.cells.pop(place, None)
        journaled.marks.pop(place, None)
        journaled.removed.add(place)
    elif cell["action"] == MARKS and cell["table_name"] != journaled.accounts[0]:
        marks = json.loads(cell["after_value"])
        journaled.marks.update({(cell["table_name"], key): marked for key, marked in marks.items()})


def _place_before(cell: Mapping[str, Any]) -> _Place:
    """Return where a row stood before a cell of it was written: elsewhere, if that cell is a part of its key."""
    table, column, key = cell["table_name"], cell["column_name"], cell["row_key"]
    if column not in key or column not in (cells := json.loads(key)):
        return table, key
    return table, json.dumps(cells | {column: cell["before_value"]}, sort_keys=True, ensure_ascii=False)


def journaled_faults(
    connection: Connection,
    tables: Mapping[str, Table],
    journaled: Journaled,
    header: Header,
    tell: Callable[[str, int], None] | None,
) -> Iterator[Fault]:
    """Yield every cell that no longer holds what the run wrote, every row that is gone, and every one that is back.

    A row of the journal that was altered is named itself.

    Args:
        header: Says which triggers somebody has answered for.
        tell: Gets each column that one of them wrote beside the run, and in how many rows.
    """
    for position, part in journaled.altered:
        yield Fault(CELLS.name, f"position {position}, part {part} was altered")
    for table in sorted({table for table, _ in (*journaled.cells, *journaled.removed)}):
        written = {key: cells for (name, key), cells in journaled.cells.items() if name == table}
        gone = {key for name, key in journaled.removed if name == table}
        keys = iter(sorted({*written, *gone}))
        moved, beside = 0, list[tuple[str, Fault]]()
        while chunk := list(islice(keys, CHUNK)):
            now = _read(connection, tables[table], chunk)
            for key in chunk:
                yield from _faults(table, key, written.get(key), now.get(key))
                if key in now and (marks := journaled.marks.get((table, key))):
                    moved += 1
                    beside += _faults_beside(tables[table], key, marks, written[key], now[key])
        yield from leave_out_triggered_cells(header, table, moved, beside, tell)


def _faults_beside(table: Table, key: str, marks: str, written: Row, now: Row) -> Iterator[tuple[str, Fault]]:
    """Yield the columns of a moved row that the run did not write and that no longer hold what they held."""
    for column in changed_columns(marked_columns(table), marks, row_marks(table, now)):
        if column not in written:
            what = f"row {_told(key)} is not what it was when it was moved"
            yield column, Fault(f"{table.name}.{column}", what)


def _told(key: str) -> str:
    return ", ".join(str(value).partition(":")[2] for value in json.loads(key).values())


def _faults(table: str, key: str, written: Row | None, now: Row | None) -> Iterator[Fault]:
    place = _told(key)
    if written is None:
        if now is not None:
            yield Fault(table, f"row {place} was removed and is back")
    elif now is None:
        yield Fault(table, f"row {place} is gone")
    else:
        for column, value in sorted(written.items()):
            if now[column] != value:
                yield Fault(f"{table}.{column}", f"row {place} does not hold what was written")


def _read(connection: Connection, table: Table, keys: list[str]) -> dict[str, Row]:
    """Return rows by their keys as the journal writes them."""
    dialect = connection.dialect.name
    wanted = [json.loads(key) for key in keys]
    names = list(wanted[0])
    conditions = [and_(*(table.columns[n] == writable(table.columns[n], k[n], dialect) for n in names)) for k in wanted]
    query = select(*readable_columns(table, dialect)).where(or_(*conditions))
    found: dict[str, Row] = {}
    for row in connection.execute(query).mappings():
        cells = kept_row(row)
        found[json.dumps({name: cells[name] for name in sorted(names)}, ensure_ascii=False)] = cells
    return found
