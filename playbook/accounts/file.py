"""Accounts from a CSV or Parquet file: an export, for those who may look at the database only through one.

A file can be matched, planned and previewed; nothing can be applied to it. Every column is read as text, so that
`00123` stays what it is.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from playbook.accounts.image import image_of, marks_of
from playbook.accounts.references import FoundReference
from playbook.accounts.rows import CHUNK, account_rows, accounts_table
from playbook.accounts.schema import COLUMN_KEYS, nearest
from playbook.district import Accounts
from playbook.errors import Fault, InputError

SUFFIXES = (".csv", ".parquet")


def is_file_url(url: str) -> bool:
    """Say whether an accounts URL names a file rather than a database."""
    return url.startswith("file:")


class FileSource:
    """Accounts in one CSV (UTF-8, with a header) or Parquet file.

    Attributes:
        accounts: What the district file says.
        path: The file.
    """

    def __init__(self, accounts: Accounts, path: Path) -> None:
        self.accounts = accounts
        self.path = path

    def read(self) -> pd.DataFrame:
        """Return the accounts table, sorted by account and Clever id.

        Raises:
            InputError: The file cannot be read, or lacks what the district file names; all faults are listed.
        """
        table = accounts_table(self.stream())
        self._refuse([*_key_faults(self.accounts, table["account_id"])])
        return table

    def stream(self) -> Iterator[pa.Table]:
        """Yield the same rows in the file's order, in chunks of bounded size."""
        columns = self._columns()
        self._refuse([*_setting_faults(self.accounts), *_column_faults(self.accounts, columns)])
        if self.path.suffix == ".csv" and _has_open_quote(self.path):
            self._refuse([Fault(self.path.name, "a quotation mark is never closed; the rows behind it would be lost")])
        imaged = [name for name in columns if name != self.accounts.v3_id]
        try:
            for batch in _batches(self.path, columns):
                yield account_rows(_as_accounts(batch, self.accounts, imaged), self.accounts)
        except (pa.ArrowInvalid, UnicodeDecodeError):
            what = "a row has another number of cells than the header, or the file is not UTF-8"
            self._refuse([Fault(self.path.name, what)])

    def identity(self) -> str:
        """Return the hash of the file's content: another export is another source."""
        self._columns()
        with self.path.open("rb") as file:
            return f"file:{hashlib.file_digest(file, 'sha256').hexdigest()}"

    def schema_digest(self) -> str:
        """Return the SHA-256 of the file's column names, the v3 id's column apart."""
        names = [name for name in self._columns() if name != self.accounts.v3_id]
        return hashlib.sha256(json.dumps(names).encode()).hexdigest()

    def references(self) -> tuple[FoundReference, ...]:
        """Return nothing: what references an account is not in the file."""
        return ()

    def _columns(self) -> list[str]:
        if self.path.suffix not in SUFFIXES:
            self._refuse([Fault("accounts.url", f"a file must end in {' or '.join(SUFFIXES)}")])
        try:
            return _names(self.path)
        except (OSError, UnicodeDecodeError, pa.ArrowInvalid, csv.Error, StopIteration):
            self._refuse([Fault("accounts.url", f"{self.path.name} cannot be read, is empty, or is not UTF-8")])
            raise

    def _refuse(self, faults: Sequence[Fault]) -> None:
        if faults:
            raise InputError(
                f"the accounts file {self.path.name} does not look as the district file says",
                code="accounts_file",
                remedy="Export the file again or correct the listed keys of [accounts]; nothing was written.",
                faults=faults,
            ) from None


def _names(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return list(pq.read_schema(path).names)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file))


def _has_open_quote(path: Path) -> bool:
    """Say whether a CSV ends inside a quoted cell; marks that are odd in number alone may stand inside plain cells."""
    with path.open("rb") as raw:
        marks = sum(block.count(b'"') for block in iter(lambda: raw.read(1 << 20), b""))
    if marks % 2 == 0:
        return False
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            deque(csv.reader(file, strict=True), maxlen=0)
    except csv.Error:
        return True
    except UnicodeDecodeError:
        return False  # reading says so
    return False


def _batches(path: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    if path.suffix == ".parquet":
        yield from pq.ParquetFile(path).iter_batches(CHUNK)
        return
    texts = arrow_csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False)
    lines = arrow_csv.ParseOptions(newlines_in_values=True)
    with arrow_csv.open_csv(path, convert_options=texts, parse_options=lines) as reader:
        yield from reader


def _as_accounts(batch: pa.RecordBatch, accounts: Accounts, imaged: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return one batch under the accounts table's column names, with each row's image and marks."""
    cells = {name: batch.column(name).cast(pa.string()).to_pylist() for name in batch.schema.names}
    blank = [""] * batch.num_rows
    named = {key: cells.get(getattr(accounts, key), blank) for key in COLUMN_KEYS if key not in ("key", "district")}
    rows = [*zip(*(cells[name] for name in imaged), strict=True)]
    return {
        **named,
        "account_id": cells[accounts.key],
        "district_id": cells.get(accounts.district, blank),
        "version": blank,
        "v3_id": cells.get(accounts.v3_id, blank),
        "image": [image_of(*row) for row in rows],
        "marks": [marks_of(*row) for row in rows],
        "rows": ["0"] * batch.num_rows,
    }


def _setting_faults(accounts: Accounts) -> Iterator[Fault]:
    for key in ("identities", "where", "reference"):
        if getattr(accounts, key):
            yield Fault(f"accounts.{key}", "means nothing for a file", "filter or join in the export instead")


def _column_faults(accounts: Accounts, columns: Sequence[str]) -> Iterator[Fault]:
    for name, times in Counter(columns).items():
        if times > 1:
            yield Fault(name, f"the column stands {times} times in the file", "export each column once")
    if not accounts.clever_id:
        yield Fault("accounts.clever_id", "is missing", "name the column that holds Clever's id")
    for key in COLUMN_KEYS:
        if (name := getattr(accounts, key)) and name not in columns:
            yield Fault(f"accounts.{key}", f"the file has no column {name}", nearest(name, columns))


def _key_faults(accounts: Accounts, keys: pd.Series) -> Iterator[Fault]:
    if blank := int((keys == "").sum()):
        yield Fault(f"accounts.key ({accounts.key})", f"{blank} rows have no key")
    if repeated := int(keys[keys != ""].duplicated().sum()):
        yield Fault(f"accounts.key ({accounts.key})", f"{repeated} rows repeat a key", "export each account once")
