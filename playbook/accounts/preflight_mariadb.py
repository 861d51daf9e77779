"""Traps of MySQL and MariaDB: tables that cannot roll back, loose collations, other schemas' references, privileges."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, text

from playbook.accounts.references import unique_columns
from playbook.accounts.schema import Schema

_ENGINES = """
SELECT table_name, engine FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND engine NOT IN ('InnoDB', 'ndbcluster', 'ROCKSDB')
"""
_OUTSIDE = """
SELECT DISTINCT CONCAT(table_schema, '.', table_name) FROM information_schema.key_column_usage
WHERE referenced_table_schema = DATABASE() AND referenced_table_name = :accounts AND table_schema <> DATABASE()
"""
_COLLATIONS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = DATABASE() AND collation_name LIKE '%\\_ci'
"""
_NAME = r"\*|`(?:[^`]|``)+`"
_GRANT = re.compile(rf"GRANT (.+?) ON (?:TABLE )?({_NAME})\.({_NAME}) TO ")
"""A line of SHOW GRANTS, which tells what comes with roles too; information_schema does not."""
_OF_COLUMNS = re.compile(r"[A-Z ]+\([^)]*\)")
ANY, ALL = "*", "ALL PRIVILEGES"


def look(
    connection: Connection, schema: Schema, written: frozenset[str], needed: frozenset[tuple[str, str]]
) -> Mapping[str, Iterable[str]]:
    """Return what was found by the name of the trap; see `playbook.accounts.traps.RULES`."""
    loose = {(table, column) for table, column in connection.execute(text(_COLLATIONS))}
    return {
        "not_transactional": (f"{t} {engine}" for t, engine in connection.execute(text(_ENGINES)) if t in written),
        "references_outside_schema": connection.execute(text(_OUTSIDE), {"accounts": schema.accounts.name}).scalars(),
        "foreign_keys_unchecked": [] if _variable(connection, "GLOBAL.foreign_key_checks") else ["foreign_key_checks"],
        "loose_collations": (
            f"{table}.{column}" for table, column in loose if table in written and _is_unique(schema, table, column)
        ),
        "replicas": ["binary log"] if _variable(connection, "GLOBAL.log_bin") else [],
        "privileges_missing": _missing(connection, needed),
    }


def _variable(connection: Connection, name: str) -> object:
    return connection.execute(text(f"SELECT @@{name}")).scalar_one()


def _is_unique(schema: Schema, table: str, column: str) -> bool:
    return bool(unique_columns(schema.tables.tables[table], column))


def _missing(connection: Connection, needed: frozenset[tuple[str, str]]) -> Iterator[str]:
    granted = set(_granted(connection))
    for table, kind in needed | {(ANY, "CREATE")}:
        if granted.isdisjoint({(ANY, ALL), (ANY, kind), (table, ALL), (table, kind)}):
            yield kind if table == ANY else f"{table} {kind}"


def _granted(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield what this session may do here: a table or `*`, and a privilege; grants on some columns do not count."""
    database = str(connection.execute(text("SELECT DATABASE()")).scalar_one())
    for line in connection.execute(text("SHOW GRANTS")).scalars():
        if (found := _GRANT.match(line)) and _is_about(found[2], database):
            for kind in _OF_COLUMNS.sub("", found[1]).split(","):
                yield _plain(found[3]), kind.strip()


def _is_about(pattern: str, database: str) -> bool:
    """Say whether a grant's database, which may hold wildcards, is this one."""
    wild = {"%": ".*", "_": "."}
    parts = re.split(r"(\\.|[%_])", _plain(pattern))
    like = "".join(wild.get(part, re.escape(part.removeprefix("\\"))) for part in parts)
    return pattern == ANY or re.fullmatch(like, database) is not None


def _plain(name: str) -> str:
    return name if name == ANY else name[1:-1].replace("``", "`")
