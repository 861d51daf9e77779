"""What passes between the rooms: pandas tables with a declared contract, all broken rules reported at once.

Every text column is Arrow-backed and never null: absent is the empty string, because Clever sends missing, null and
"" for the same thing. An id is text, never a number. A list inside a cell is text joined by `|` (see `join`, `split`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from playbook.errors import Fault, TableError

Kind = Literal["text", "int", "bool"]
Rows = pd.DataFrame | Mapping[str, Sequence[object]] | Sequence[Mapping[str, object]]

TEXT = pd.ArrowDtype(pa.string())
_DTYPES: Mapping[Kind, Any] = {"text": TEXT, "int": pd.ArrowDtype(pa.int64()), "bool": pd.ArrowDtype(pa.bool_())}
SEPARATOR = "|"


def join(items: Iterable[str]) -> str:
    """Return a list as one cell; the order is kept."""
    return SEPARATOR.join(items)


def split(cell: str) -> list[str]:
    """Return one cell as the list that it holds; the empty cell is the empty list."""
    return cell.split(SEPARATOR) if cell else []


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a small table's rows as plain values, for what is shown or written and not for the hot path."""
    rows: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    return rows


@dataclass(frozen=True, slots=True)
class Contract:
    """The promise that a table keeps.

    Attributes:
        name: What the table is called in messages.
        columns: Column name to kind, in the order in which they stand.
        key: The columns that name a row; never blank, never repeated. Empty where rows have no key.
        sort: The columns that rows are sorted by; the key where not given.
        codes: For a column, the only values that it may hold.
    """

    name: str
    columns: Mapping[str, Kind]
    key: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def empty(self) -> pd.DataFrame:
        """Return the table with no row."""
        return self.make({column: [] for column in self.columns})

    def make(
        self, rows: pd.DataFrame | Mapping[str, Sequence[object]] | Sequence[Mapping[str, object]]
    ) -> pd.DataFrame:
        """Return rows as a checked table: columns in order, kinds set, blanks for nulls, sorted.

        Raises:
            TableError: A column is missing, or the finished table breaks the contract.
        """
        table = pd.DataFrame(rows) if len(rows) else pd.DataFrame({column: [] for column in self.columns})
        missing = [column for column in self.columns if column not in table.columns]
        if missing:
            raise self._error([Fault(column, "the column is missing") for column in missing])
        typed = {column: _typed(table[column], kind) for column, kind in self.columns.items()}
        finished = pd.DataFrame(typed)
        order = list(self.sort or self.key)
        if order:
            finished = _in_order(finished, order)
        return self.check(finished)

    def check(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the table unchanged if it keeps the contract.

        Raises:
            TableError: It does not; every broken rule is listed, with counts and never with values.
        """
        faults = [*self._column_faults(table)]
        if not faults:
            faults = [*self._key_faults(table), *self._code_faults(table)]
        if faults:
            raise self._error(faults)
        return table

    def _column_faults(self, table: pd.DataFrame) -> Iterable[Fault]:
        for column, kind in self.columns.items():
            if column not in table.columns:
                yield Fault(column, "the column is missing")
            elif table[column].dtype != _DTYPES[kind]:
                yield Fault(column, f"holds {table[column].dtype}, not {kind}")
            elif table[column].isna().any():
                yield Fault(column, f"{int(table[column].isna().sum())} rows are null")

    def _key_faults(self, table: pd.DataFrame) -> Iterable[Fault]:
        for column in self.key:
            if self.columns[column] == "text" and (blank := int((table[column] == "").sum())):
                yield Fault(column, f"{blank} rows have a blank key")
        if self.key and not _ascends(table, self.key) and (repeated := int(table.duplicated(list(self.key)).sum())):
            yield Fault(", ".join(self.key), f"{repeated} rows repeat a key")

    def _code_faults(self, table: pd.DataFrame) -> Iterable[Fault]:
        for column, allowed in self.codes.items():
            unknown = ~table[column].isin(list(allowed))
            if unknown.any():
                yield Fault(column, f"{int(unknown.sum())} rows hold a value that is not one of {sorted(allowed)}")

    def _error(self, faults: list[Fault]) -> TableError:
        return TableError(
            f"the table {self.name} breaks its contract",
            remedy=f"Correct the listed columns of {self.name} and run the step again.",
            faults=faults,
        )


def _in_order(table: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    if _ascends(table, order):
        return table.reset_index(drop=True)
    return table.sort_values(order, kind="stable", ignore_index=True)


def _ascends(table: pd.DataFrame, key: Sequence[str]) -> bool:
    """Return whether every row's key is greater than the one before: no key repeats then, known without hashing."""
    ascends, is_equal = pa.scalar(False), pa.scalar(True)
    for column in key:
        values = pa.array(table[column])
        later, earlier = values[1:], values[:-1]
        ascends = pc.or_(ascends, pc.and_(is_equal, pc.greater(later, earlier)))
        is_equal = pc.and_(is_equal, pc.equal(later, earlier))
    return bool(pc.all(ascends).as_py())


def _typed(column: pd.Series, kind: Kind) -> pd.Series:
    if kind == "text":
        return column.astype(TEXT).fillna("")
    return column.astype(_DTYPES[kind])


def read_parquet(path: Path, contract: Contract) -> pd.DataFrame:
    """Read a table from disk and check it at the door."""
    return contract.check(pd.read_parquet(path, dtype_backend="pyarrow"))


def write_parquet(table: pd.DataFrame, path: Path, contract: Contract) -> None:
    """Check a table and write it; the caller names a file inside the run directory."""
    contract.check(table).to_parquet(path, index=False)
