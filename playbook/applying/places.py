"""Whether rows that a dry run would write have a place in the unique indexes of their tables.

A database says so only when it is written to, so a dry run looks for the rows in the way and names the index as the
database would. What its earlier transactions would have written, or taken away, counts as done. An index over an
expression, a computed column or the first letters of one is left to the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Table, and_, inspect, literal, or_, select, text

from playbook.applying.cells import Cells, row_text
from playbook.applying.pretending import Pretended
from playbook.applying.rows import Drift, Writer
from playbook.applying.values import kept_row, readable, writable

CHUNK = 100
"""Places that one query looks at."""

Place = tuple[str | None, ...]
"""What a row holds in the columns of an index."""


@dataclass(frozen=True, slots=True)
class Unique:
    """A unique index over columns.

    Attributes:
        name: As the database refuses by it: SQLite names no index but its table and first column.
        where: The condition of the rows that it is over; "" for all.
    """

    table: str
    name: str
    columns: tuple[str, ...]
    where: str = ""

    def place(self, row: Cells) -> Place:
        """Return what a row holds in it."""
        return tuple(row.get(name) for name in self.columns)


@dataclass(slots=True)
class Places:
    """The places in unique indexes, as the transactions of a dry run would have left them so far.

    Attributes:
        taken: What rows hold in an index that the database does not have yet.
        gone: By table, the keys, as text, of rows that would no longer be what the database has.
    """

    taken: dict[Unique, set[Place]] = field(default_factory=dict)
    gone: dict[str, set[str]] = field(default_factory=dict)
    _uniques: dict[str, tuple[Unique, ...]] = field(default_factory=dict)

    def uniques_of(self, writer: Writer, table: str) -> tuple[Unique, ...]:
        """Return a table's unique indexes, apart from the one over a number that rows get by themselves."""
        if table not in self._uniques:
            found = () if table in writer.absent else _find_uniques(writer.connection, writer.tables[table])
            self._uniques[table] = tuple(found)
        return self._uniques[table]

    def settle(self, writer: Writer) -> None:
        """Take the places of the rows that a transaction would have made.

        Raises:
            Drift: Code `unique_violation`: one is taken, by a row of the database or of the dry run.
        """
        taken = {
            unique: places
            for table, rows in writer.pretence.made.items()
            for unique in self.uniques_of(writer, table)
            if (places := [*_places(writer, unique, rows.values())])
        }
        for unique, places in taken.items():
            once = set(places)
            if len(once) < len(places) or once & self.taken.get(unique, set()) or self._is_held(writer, unique, places):
                raise Drift("unique_violation", [unique.name])
        for unique, places in taken.items():
            self.taken.setdefault(unique, set()).update(places)
        for table, keys in writer.pretence.gone.items():
            self.gone.setdefault(table, set()).update(keys)

    def _is_held(self, writer: Writer, unique: Unique, places: Sequence[Place]) -> bool:
        """Say whether the database has a row in one of these places, as its own collation sees it."""
        table = writer.tables[unique.table]
        gone = self.gone.get(unique.table, set()) | writer.pretence.gone.get(unique.table, set())
        keys: list[ColumnElement[Any]] = [readable(k, writer.dialect).label(k.name) for k in table.primary_key.columns]
        for start in range(0, len(places), CHUNK):
            query = select(*keys or [literal(1)]).select_from(table)
            query = query.where(or_(*(_is_in(writer, unique, place) for place in places[start : start + CHUNK])))
            query = query.where(text(f"({unique.where})")) if unique.where else query
            rows = writer.connection.execute(query).mappings()
            if any(row_text(kept_row(row)) not in gone for row in rows):
                return True
        return False


def _is_in(writer: Writer, unique: Unique, place: Place) -> Any:
    columns = writer.tables[unique.table].columns
    pairs = zip(unique.columns, place, strict=True)
    return and_(*(columns[name] == writable(columns[name], value, writer.dialect) for name, value in pairs))


def _places(writer: Writer, unique: Unique, rows: Iterable[Pretended]) -> Iterator[Place]:
    """Yield the places of rows; a null takes none, and neither does a row that the index is not over."""
    for row, _ in rows:
        place = unique.place(row)
        if None not in place and (not unique.where or _meets(writer, unique, row)):
            yield place


def _meets(writer: Writer, unique: Unique, row: Cells) -> bool:
    columns = writer.tables[unique.table].columns
    cells = (writable(columns[name], value, writer.dialect).label(name) for name, value in row.items())
    made = select(*cells).subquery()
    return bool(writer.connection.scalar(select(literal(1)).select_from(made).where(text(f"({unique.where})"))))


def _find_uniques(connection: Connection, table: Table) -> Iterator[Unique]:
    dialect = connection.dialect.name
    options: dict[str, Any] = {"include_auto_indexes": True} if dialect == "sqlite" else {}
    inspector = inspect(connection)
    primary = inspector.get_pk_constraint(table.name)
    if [name for name in primary["constrained_columns"] if not isinstance(table.columns[name].type, Integer)]:
        name = "PRIMARY" if dialect == "mysql" else str(primary["name"])
        yield _unique(table, dialect, name, primary["constrained_columns"])
    for index in inspector.get_indexes(table.name, **options):
        columns, more = index["column_names"], index.get("dialect_options", {})
        if index["unique"] and _is_over_columns(table, columns, more):
            yield _unique(table, dialect, str(index["name"]), columns, str(more.get(f"{dialect}_where", "")))


def _is_over_columns(table: Table, columns: Sequence[str | None], options: Mapping[str, Any]) -> bool:
    is_whole = not any(name.endswith("_length") for name in options)
    return is_whole and all(name is not None and table.columns[name].computed is None for name in columns)


def _unique(table: Table, dialect: str, name: str, columns: Sequence[str | None], where: str = "") -> Unique:
    named = tuple(str(column) for column in columns)
    return Unique(table.name, f"{table.name}.{named[0]}" if dialect == "sqlite" else name, named, where)
