"""How a cell's value is kept as text and put back exactly: the journal must restore an identical database.

PostgreSQL writes every type as text and reads it back without loss, so it does the work itself. The other engines'
values are tagged with their kind. A null is a null in the journal too.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CHAR,
    VARCHAR,
    Column,
    ColumnElement,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    bindparam,
    cast,
    literal,
    null,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.types import NullType, TypeEngine, UserDefinedType


class _Unknown(UserDefinedType[Any]):
    """A type of the server's that SQLAlchemy has no name for: a text without a cast, which the server understands."""

    cache_ok = True


class _Padded(UserDefinedType[Any]):
    """PostgreSQL's CHAR without a length, which compares as CHAR does and cuts nothing."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return its name in SQL."""
        return "bpchar"


def assignable(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return what PostgreSQL is to cast a text to for a column of a type.

    A cast to VARCHAR(40) cuts what is longer, and says nothing; without the length, the column refuses it.
    """
    kind = kind.data_type if isinstance(kind, DOMAIN) and isinstance(kind.data_type, CHAR | VARCHAR) else kind
    if isinstance(kind, CHAR):
        return _Padded()
    return VARCHAR() if isinstance(kind, VARCHAR) else kind


def has_room(column: Column[Any], value: str, dialect: str) -> bool:
    """Say whether a column is wide enough for a kept text; SQLite does not mind what a column says of its width."""
    kind = column.type.data_type if isinstance(column.type, DOMAIN) else column.type
    most = kind.length if isinstance(kind, String) else None
    return dialect == "sqlite" or most is None or len(value.partition(":")[2]) <= most


def readable(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    """Return a column as it is read: past SQLAlchemy's own conversions, which would not give back what they took."""
    return cast(column, Text) if dialect == "postgresql" else type_coerce(column, NullType())


def readable_columns(table: Table, dialect: str) -> list[ColumnElement[Any]]:
    """Return a table's columns as they are read, each under its name."""
    return [readable(column, dialect).label(column.name) for column in table.columns]


def kept_row(row: RowMapping) -> dict[str, str | None]:
    """Return a row that was read so, its values as they are kept."""
    return {str(name): encode(value) for name, value in row.items()}


def writable(column: Column[Any], value: str | None, dialect: str) -> ColumnElement[Any]:
    """Return a kept value as the column takes it; a type that SQLAlchemy does not know is left to the server."""
    native = decode(value)
    if dialect == "postgresql" and isinstance(column.type, NullType):
        return bindparam(None, native, type_=_Unknown())
    if dialect == "postgresql":
        return cast(bindparam(None, native, type_=Text()), assignable(column.type))
    return bindparam(None, native) if native is not None else null()


def key_value(key: Column[Any], account_id: str, dialect: str) -> str:
    """Return an account's key, which is text everywhere else, as the kept value that its column compares with."""
    return f"{'i' if isinstance(key.type, Integer) and dialect != 'postgresql' else 's'}:{account_id}"


def typed_key(column: Column[Any], text: str) -> ColumnElement[Any]:
    """Return an account's key, which is text everywhere else, as its column compares with it."""
    return literal(int(text)) if isinstance(column.type, Integer) else cast(literal(text), column.type)


def are_numbers(table: Table, names: Iterable[str]) -> bool:
    """Say whether all of these columns hold numbers."""
    return all(isinstance(table.columns[name].type, Integer) for name in names)


def encode(value: Any) -> str | None:
    """Return a driver's value as text from which `decode` makes the same cell again."""
    match value:
        case None:
            return None
        case bool():
            return f"i:{int(value)}"
        case str():
            return f"s:{value}"
        case int():
            return f"i:{value}"
        case float():
            return f"f:{value.hex()}"
        case Decimal():
            return f"n:{value}"
        case bytes() | bytearray() | memoryview():
            return f"b:{base64.b64encode(bytes(value)).decode()}"
        case datetime():
            return f"t:{value.isoformat()}"
        case date():
            return f"d:{value.isoformat()}"
        case time():
            return f"h:{value.isoformat()}"
        case timedelta():
            return f"p:{value // timedelta(microseconds=1)}"
        case _:
            raise TypeError(f"a driver gave a {type(value).__name__}")


def decode(text: str | None) -> Any:
    """Return the value that `encode` wrote, as the driver takes it."""
    if text is None:
        return None
    kind, _, rest = text.partition(":")
    return _DECODERS[kind](rest)


def _clock(microseconds: int) -> str:
    """Return a TIME as MySQL reads it; its driver would write one below zero, or past a day, as another."""
    seconds, fraction = divmod(abs(microseconds), 1_000_000)
    sign = "-" if microseconds < 0 else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction:06d}"


_DECODERS: dict[str, Any] = {
    "s": str,
    "i": int,
    "f": float.fromhex,
    "n": Decimal,
    "b": base64.b64decode,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "h": time.fromisoformat,
    "p": lambda text: _clock(int(text)),
}
