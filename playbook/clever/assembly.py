"""From pages to the snapshot's tables: each record once, sorted, in files whose bytes depend on the data alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from playbook.clever.grouped_file import GroupedFile
from playbook.clever.sweeping import Sweep
from playbook.clever.tables import CONTACT_RELATIONSHIPS, ROLES, USERS
from playbook.tables import Contract


class Assembly(Protocol):
    """Takes the pages of one kind of record, in the order of their lowest ids."""

    def add(self, page: pa.Table) -> None:
        """Take a page."""

    def close(self) -> None:
        """Finish the files."""

    def rows(self) -> dict[str, int]:
        """Return table to number of rows."""


class RecordAssembly:
    """The table of sections, or of schools."""

    def __init__(self, contract: Contract, directory: Path) -> None:
        self._sweep = Sweep()
        self._file = GroupedFile(contract, directory)

    def add(self, page: pa.Table) -> None:
        """Take a page of the contract's rows."""
        self._write(self._sweep.take(page))

    def close(self) -> None:
        """Finish the file."""
        self._write(self._sweep.finish())
        self._file.close()

    def rows(self) -> dict[str, int]:
        """Return table to number of rows."""
        return {self._file.name: self._file.rows}

    def _write(self, tables: Iterator[pa.Table]) -> None:
        for table in tables:
            self._file.add(table)


class PeopleAssembly:
    """The tables of users, roles and contact relationships.

    Attributes:
        roles: Role to number of users who have it.
        without_role: How many users have no role that is known.
    """

    def __init__(self, directory: Path) -> None:
        self._sweep = Sweep()
        self._users = GroupedFile(USERS, directory)
        self._roles = GroupedFile(ROLES, directory)
        self._relationships = GroupedFile(CONTACT_RELATIONSHIPS, directory)
        self.roles: Counter[str] = Counter()
        self.without_role = 0

    @property
    def replaced(self) -> tuple[str, ...]:
        """The ids of users who were read in two forms; the newest was kept."""
        return tuple(self._sweep.twice.replaced)

    def add(self, page: pa.Table) -> None:
        """Take a page of `columns.PEOPLE`."""
        for people in self._sweep.take(page):
            self._write(people)

    def close(self) -> None:
        """Finish the files."""
        for people in self._sweep.finish():
            self._write(people)
        for file in (self._users, self._roles, self._relationships):
            file.close()

    def rows(self) -> dict[str, int]:
        """Return table to number of rows."""
        return {file.name: file.rows for file in (self._users, self._roles, self._relationships)}

    def _write(self, people: pa.Table) -> None:
        relationships = _unnested(people, "relationships", self._relationships.schema)
        self._users.add(people.select(self._users.schema.names))
        self._roles.add(_unnested(people, "roles", self._roles.schema))
        if len(relationships):
            self._relationships.add(relationships.sort_by([(name, "ascending") for name in relationships.schema.names]))
        lists = people["roles"]
        self.without_role += pc.sum(pc.equal(pc.list_value_length(lists), 0)).as_py() or 0
        for counted in pc.value_counts(pc.struct_field(pc.list_flatten(lists), "role")).to_pylist():
            self.roles[counted["values"]] += counted["counts"]


def _unnested(people: pa.Table, column: str, schema: pa.Schema) -> pa.Table:
    lists = people[column].combine_chunks()
    nested = pc.list_flatten(lists)
    owners = people["user_id"].take(pc.list_parent_indices(lists))
    columns = [owners if name == "user_id" else pc.struct_field(nested, name) for name in schema.names]
    return pa.table(columns, schema=schema)
