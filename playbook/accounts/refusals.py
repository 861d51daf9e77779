"""What a database's own error means, in words that hold no value: only its kind, constraint and table.

A driver's message may quote the row that was refused (PostgreSQL's DETAIL, MySQL's "Duplicate entry '…'"), so no part
of it is passed on except names of constraints and tables, read from fields or by a pattern that only names can match.
Sources: PostgreSQL errcodes appendix; MariaDB error code reference; SQLite result codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError

from playbook.errors import DatabaseError

_NAME = re.compile(r"[A-Za-z_][\w.$-]{0,127}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of refusal: its code, what happened, and what to do."""

    code: str
    what: str
    remedy: str


UNIQUE = Kind("unique_violation", "a unique constraint was broken", "Give the unique index a rule, or hold the group.")
FOREIGN_KEY = Kind("foreign_key_violation", "a foreign key was broken", "Run the read step again: rows have changed.")
NOT_NULL = Kind("not_null_violation", "a column must not be empty", "Compare the table's columns with the plan.")
TOO_LONG = Kind("value_too_long", "a value is longer than its column", "Make the column wider, then plan again.")
CHECK = Kind("check_violation", "a check constraint was broken", "Compare the table's checks with the plan.")
DEADLOCK = Kind("deadlock", "two transactions waited for each other", "Run the same command again; it resumes.")
SERIALIZATION = Kind("serialization_failure", "another transaction came first", "Run the same command again.")
LOCKED = Kind("lock_timeout", "a row or table stayed locked", "Wait until the application is quieter; run it again.")
TIMEOUT = Kind("statement_timeout", "a statement took too long", "Run it again when the database is less busy.")
DENIED = Kind("permission_denied", "the database role may not do this", "Grant the role what `playbook` asks for.")
READ_ONLY = Kind("read_only", "the database is open for reading only", "Connect to a primary, with a role that writes.")
MISSING = Kind("schema_mismatch", "a table or column is not there", "Compare [accounts] with the database's schema.")
SYNTAX = Kind("syntax", "the database does not understand a condition", "Check `where` in the district file.")
UNREACHABLE = Kind("unreachable", "the database does not answer", "Check that it runs and what the URL names.")
FULL = Kind("no_space", "the database has no space left", "Free space and run the same command again; it resumes.")
ROW_TOO_LARGE = Kind(
    "row_too_large", "a table's row would be too large", "Rebuild the table (ALTER TABLE … FORCE); run it again."
)
OTHER = Kind("database", "the accounts database refused", "Look into the database's own log for the reason.")

RETRYABLE = frozenset(kind.code for kind in (DEADLOCK, SERIALIZATION, LOCKED, TIMEOUT))
"""Codes after which the same transaction may simply be tried again."""

_BY_CODE = {
    kind.code: kind
    for kind in (
        *(UNIQUE, FOREIGN_KEY, NOT_NULL, CHECK, DEADLOCK, SERIALIZATION, LOCKED, TIMEOUT, DENIED, READ_ONLY, MISSING),
        *(SYNTAX, UNREACHABLE, FULL, ROW_TOO_LARGE, TOO_LONG, OTHER),
    )
}

_SQLSTATES = {
    "23505": UNIQUE,
    "23503": FOREIGN_KEY,
    "23001": FOREIGN_KEY,
    "23502": NOT_NULL,
    "23514": CHECK,
    "22001": TOO_LONG,
    "23P01": UNIQUE,
    "40P01": DEADLOCK,
    "40001": SERIALIZATION,
    "55P03": LOCKED,
    "57014": TIMEOUT,
    "42501": DENIED,
    "28000": DENIED,
    "28P01": DENIED,
    "25006": READ_ONLY,
    "42P01": MISSING,
    "42703": MISSING,
    "42601": SYNTAX,
    "42702": SYNTAX,
    "42804": SYNTAX,
    "22P02": SYNTAX,
    "42883": SYNTAX,
    "53100": FULL,
    "3D000": UNREACHABLE,
    "08000": UNREACHABLE,
    "08003": UNREACHABLE,
    "08006": UNREACHABLE,
    "57P01": UNREACHABLE,
    "57P02": UNREACHABLE,
    "57P03": UNREACHABLE,
    "25P03": UNREACHABLE,
    "25P04": UNREACHABLE,
}
_MYSQL_ERRORS = {
    1062: UNIQUE,
    1586: UNIQUE,
    1216: FOREIGN_KEY,
    1217: FOREIGN_KEY,
    1451: FOREIGN_KEY,
    1452: FOREIGN_KEY,
    1048: NOT_NULL,
    1364: NOT_NULL,
    4025: CHECK,
    3819: CHECK,
    1406: TOO_LONG,
    1213: DEADLOCK,
    1020: SERIALIZATION,
    1205: LOCKED,
    1969: TIMEOUT,
    3024: TIMEOUT,
    1044: DENIED,
    1045: DENIED,
    1142: DENIED,
    1143: DENIED,
    1227: DENIED,
    1290: READ_ONLY,
    1792: READ_ONLY,
    1146: MISSING,
    1054: MISSING,
    1052: SYNTAX,
    1064: SYNTAX,
    1021: FULL,
    1114: FULL,
    1118: ROW_TOO_LARGE,
    1049: UNREACHABLE,
    2002: UNREACHABLE,
    2003: UNREACHABLE,
    2006: UNREACHABLE,
    2013: UNREACHABLE,
}
_SQLITE_ERRORS = {
    "SQLITE_CONSTRAINT_UNIQUE": UNIQUE,
    "SQLITE_CONSTRAINT_PRIMARYKEY": UNIQUE,
    "SQLITE_CONSTRAINT_ROWID": UNIQUE,
    "SQLITE_CONSTRAINT_FOREIGNKEY": FOREIGN_KEY,
    "SQLITE_CONSTRAINT_NOTNULL": NOT_NULL,
    "SQLITE_CONSTRAINT_CHECK": CHECK,
    "SQLITE_BUSY": LOCKED,
    "SQLITE_BUSY_SNAPSHOT": SERIALIZATION,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_PERM": DENIED,
    "SQLITE_AUTH": DENIED,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_CANTOPEN": UNREACHABLE,
    "SQLITE_NOTADB": UNREACHABLE,
    "SQLITE_FULL": FULL,
}


def find_kind(code: str) -> Kind:
    """Return the kind of refusal that has a code; `database` where none has."""
    return _BY_CODE.get(code, OTHER)


def database_error(error: SQLAlchemyError) -> DatabaseError:
    """Return a driver's error as ours, with its kind and names but without any value."""
    original = getattr(error, "orig", None)
    sqlstate, kind = _kind(error, original)
    constraint, table = _names(original)
    return DatabaseError(
        kind.what + (f" ({constraint})" if constraint else ""),
        remedy=kind.remedy,
        code=kind.code,
        sqlstate=sqlstate,
        constraint=constraint,
        table=table,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Raise whatever the database refuses within as a DatabaseError; the driver's own text is not chained.

    Raises:
        DatabaseError: With the SQLSTATE (SQLite's code name in its place), constraint and table.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise database_error(error) from None


def _kind(error: SQLAlchemyError, original: BaseException | None) -> tuple[str, Kind]:
    state = str(getattr(original, "sqlstate", None) or "")
    if name := getattr(original, "sqlite_errorname", None):
        unknown = MISSING if str(original).startswith("no such") else SYNTAX if name == "SQLITE_ERROR" else OTHER
        return name, _SQLITE_ERRORS.get(name, _SQLITE_ERRORS.get("_".join(name.split("_")[:2]), unknown))
    if original is not None and original.args and isinstance(original.args[0], int):
        unknown = FULL if _NO_ROOM.search(str(original.args[-1])) else OTHER
        return state or str(original.args[0]), _MYSQL_ERRORS.get(original.args[0], unknown)
    if state:
        return state, _SQLSTATES.get(state, OTHER)
    lost = isinstance(error, InterfaceError) or (isinstance(error, DBAPIError) and error.connection_invalidated)
    # psycopg could not connect, or nobody answered in time: there is no SQLSTATE yet.
    no_state = any(kind.__name__ == "OperationalError" for kind in type(original).__mro__)
    return "", UNREACHABLE if lost or no_state else OTHER


_NO_ROOM = re.compile(r"\b(?:Errcode|errno): (?:28|122|135)\b")  # ENOSPC, EDQUOT, the storage engine's own
_MYSQL_KEY = re.compile(r"for key '([^']+)'\"?\)?$")
_MYSQL_CONSTRAINT = re.compile(r"CONSTRAINT `([^`]+)`")
_MYSQL_TABLE = re.compile(r"\(`[^`]+`\.`([^`]+)`, CONSTRAINT|failed for `[^`]+`\.`([^`]+)`")
_SQLITE_NAMES = re.compile(r"^(?:UNIQUE|NOT NULL|CHECK) constraint failed: (?:index ')?([\w.]+)")


def _names(original: BaseException | None) -> tuple[str, str]:
    """Return the names of the constraint and the table, where the driver tells them."""
    diagnosis = getattr(original, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or "", diagnosis.table_name or ""
    message = str(original.args[-1]) if original is not None and original.args else ""
    if found := _SQLITE_NAMES.search(message):
        table, _, _ = found[1].rpartition(".")
        return found[1], table
    found = _MYSQL_KEY.search(message) or _MYSQL_CONSTRAINT.search(message)
    constraint = found[1] if found and _NAME.fullmatch(found[1]) else ""
    where = _MYSQL_TABLE.search(message)
    return constraint, next((group for group in where.groups() if group), "") if where else ""
