"""Traps of MySQL and MariaDB: tables that cannot roll back, loose collations, other schemas' references, privileges."""

from __future__ import annotations

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
_GRANTED = """
SELECT privilege_type, '' AS held_on FROM information_schema.user_privileges WHERE grantee = :who
UNION SELECT privilege_type, '' FROM information_schema.schema_privileges
WHERE grantee = :who AND DATABASE() LIKE table_schema
UNION SELECT privilege_type, table_name FROM information_schema.table_privileges
WHERE grantee = :who AND table_schema = DATABASE()
"""
_NEEDED = ("SELECT", "INSERT", "UPDATE")


def look(connection: Connection, schema: Schema, written: frozenset[str]) -> Mapping[str, Iterable[str]]:
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
        "privileges_missing": _missing(connection, written),
    }


def _variable(connection: Connection, name: str) -> object:
    return connection.execute(text(f"SELECT @@{name}")).scalar_one()


def _is_unique(schema: Schema, table: str, column: str) -> bool:
    return bool(unique_columns(schema.tables.tables[table], column))


def _missing(connection: Connection, written: frozenset[str]) -> Iterator[str]:
    user, _, host = str(connection.execute(text("SELECT CURRENT_USER()")).scalar_one()).rpartition("@")
    granted = {(kind, table) for kind, table in connection.execute(text(_GRANTED), {"who": f"'{user}'@'{host}'"})}
    for table in written:
        yield from (f"{table} {kind}" for kind in _NEEDED if not granted & {(kind, ""), (kind, table)})
    if ("CREATE", "") not in granted:
        yield "CREATE"
