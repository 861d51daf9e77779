"""Where accounts are read from: one of three databases, or a file; the rest of the road sees the same table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Protocol

import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine

from playbook.accounts.conditions import conditions_named
from playbook.accounts.engine import open_engine, reading
from playbook.accounts.file import FileSource, is_file_url
from playbook.accounts.identity import database_identity, schema_digest
from playbook.accounts.preflight import find_traps
from playbook.accounts.query import accounts_query
from playbook.accounts.references import FoundReference, known_references
from playbook.accounts.rows import CHUNK, account_rows, accounts_table
from playbook.accounts.scan import undeclared_references
from playbook.accounts.schema import Schema, read_schema
from playbook.accounts.traps import Trap
from playbook.district import Accounts


class Source(Protocol):
    """What the rest of the road may ask of a place where accounts live."""

    def read(self) -> pd.DataFrame:
        """Return the accounts table, sorted by account and Clever id."""
        ...

    def stream(self) -> Iterator[pa.Table]:
        """Yield the same rows in chunks of bounded size."""
        ...

    def identity(self) -> str:
        """Return what tells this place from every other."""
        ...

    def schema_digest(self) -> str:
        """Return the SHA-256 of the schema, apart from what the playbook itself adds to it."""
        ...

    def references(self) -> tuple[FoundReference, ...]:
        """Return every column that holds accounts' keys."""
        ...


class DatabaseSource:
    """Accounts in PostgreSQL, MySQL/MariaDB or SQLite; each method reads in one read-only transaction.

    Attributes:
        accounts: What the district file says.
        engine: The database; applying writes through the same engine, so that images agree.
    """

    def __init__(self, accounts: Accounts, engine: Engine) -> None:
        self.accounts = accounts
        self.engine = engine

    def schema(self) -> Schema:
        """Return the reflected schema; read anew, because applying may have added a column.

        Raises:
            InputError: A table or column that the district file names is not there; all are listed.
        """
        with reading(self.engine) as connection:
            return read_schema(connection, self.accounts)

    def read(self) -> pd.DataFrame:
        """Return the accounts table, sorted by account and Clever id.

        Raises:
            InputError: A table or column that the district file names is not there, or a condition of it is wrong.
            DatabaseError: The database refuses.
        """
        return accounts_table(self.stream())

    def stream(self) -> Iterator[pa.Table]:
        """Yield the same rows in the same order, in chunks of bounded size."""
        with conditions_named(self.engine, self.accounts), reading(self.engine) as connection:
            schema = read_schema(connection, self.accounts)
            references = known_references(schema, self.accounts)
            query = accounts_query(connection.dialect.name, schema, self.accounts, references)
            result = connection.execution_options(yield_per=CHUNK).execute(query)
            names = [*result.keys()]
            for rows in result.partitions():
                yield account_rows(dict(zip(names, zip(*rows, strict=True), strict=True)), self.accounts)

    def identity(self) -> str:
        """Return what tells this database from every other."""
        with reading(self.engine) as connection:
            return database_identity(connection)

    def schema_digest(self) -> str:
        """Return the SHA-256 of the schema, apart from what the playbook itself adds to it."""
        with reading(self.engine) as connection:
            return schema_digest(connection, read_schema(connection, self.accounts), self.accounts)

    def references(self) -> tuple[FoundReference, ...]:
        """Return every column that holds accounts' keys: told by the schema or the district file, or found by looking.

        Those that nobody declared come last; `is_blocking` says which of them nobody has waived either.
        """
        with reading(self.engine) as connection:
            schema = read_schema(connection, self.accounts)
            known = known_references(schema, self.accounts)
            return (*known, *undeclared_references(connection, schema, self.accounts, known))

    def traps(
        self,
        *,
        written: Collection[str] | None = None,
        needed: Collection[tuple[str, str]] | None = None,
        references: Collection[FoundReference] | None = None,
    ) -> tuple[Trap, ...]:
        """Return what about this database would make a plan go wrong, sorted by name.

        Args:
            written: The tables that a plan may write to; by default all that hold or reference accounts.
            needed: The privileges that it needs, each with its table; by default to read, insert and update those.
            references: What `references` found, where it was asked already.
        """
        references = self.references() if references is None else references
        with reading(self.engine) as connection:
            schema = read_schema(connection, self.accounts)
            return find_traps(connection, schema, self.accounts, references, written=written, needed=needed)


def open_source(accounts: Accounts, url: str, *, base: Path) -> DatabaseSource | FileSource:
    """Open the place where accounts live; nothing is read yet.

    Args:
        accounts: What the district file says about it.
        url: A SQLAlchemy URL, its secret already resolved, or `file:` with a path to a .csv or .parquet file.
        base: The directory that relative paths start from.

    Raises:
        InputError: The URL names nothing that can be read.
    """
    if is_file_url(url):
        return FileSource(accounts, base / url.removeprefix("file:"))
    return DatabaseSource(accounts, open_engine(url, base=base))
