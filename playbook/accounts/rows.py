"""Rows as a source holds them, in the words of the accounts table: blanks for nulls, Clever's roles, ISO moments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from playbook.accounts.table import ACCOUNTS
from playbook.accounts.words import role_of, role_words, status_of, version_of
from playbook.district import Accounts

CHUNK = 20_000
"""Rows that are held at a time."""

_SCHEMA = pa.schema([(name, pa.int64() if kind == "int" else pa.string()) for name, kind in ACCOUNTS.columns.items()])
_RAW = ("rows", "last_login")


def account_rows(columns: Mapping[str, Sequence[Any]], accounts: Accounts) -> pa.Table:
    """Return one chunk of rows in the table's words.

    Args:
        columns: The table's columns by name as the source holds them, `role` in the application's word.
        accounts: What the district file says of role words and of the status column.
    """
    words = role_words(accounts.roles)
    texts = {name: _trimmed(values) for name, values in columns.items() if name not in _RAW}
    converted = {
        **texts,
        **{name: pc.utf8_lower(texts[name]) for name in ("clever_id", "v3_id", "district_id")},
        "version": _mapped(texts["version"], version_of),
        "role_word": texts["role"],
        "role": _mapped(texts["role"], lambda word: role_of(word, words)),
        "status": _mapped(texts["status"], lambda word: status_of(word, accounts.status)),
        "last_login": [moment_of(value) for value in columns["last_login"]],
        "rows": [int(value) for value in columns["rows"]],
    }
    return pa.table(converted, schema=_SCHEMA)


def accounts_table(chunks: Iterable[pa.Table]) -> pd.DataFrame:
    """Return all chunks as the accounts table, sorted, a column at a time so that rows are never held twice."""
    rows = pa.concat_tables([_SCHEMA.empty_table(), *chunks])
    order = pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in ACCOUNTS.sort])
    columns: dict[str, pa.ChunkedArray] = {}
    for name in _SCHEMA.names:
        columns[name] = rows[name].take(order)
        rows = rows.drop_columns([name])
        pa.default_memory_pool().release_unused()  # or the allocator keeps what each column gave back
    return ACCOUNTS.check(pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype))


def _trimmed(values: Sequence[str | None]) -> pa.Array:
    return pc.utf8_trim_whitespace(pa.array(values, pa.string()).fill_null(""))


def _mapped(texts: pa.Array, rule: Callable[[str], str]) -> pa.Array:
    """Apply a rule once to each distinct text."""
    encoded = texts.dictionary_encode()
    return pa.array([rule(text) for text in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)


def moment_of(value: object) -> str:
    """Return a moment as ISO in UTC, whatever the column's type; "" where there is none.

    Args:
        value: A datetime (UTC where it names no zone), a date, Unix seconds or milliseconds, or a text as it is.
    """
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat() if value.tzinfo else f"{value.isoformat()}+00:00"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC).isoformat()
    return str(value).strip()
