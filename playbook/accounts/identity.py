"""Which database this is, so that a plan made for one is never applied to another, and whether its schema has changed.

PostgreSQL: the cluster's system identifier and the database's oid. MySQL: the server's UUID and the schema's name;
MariaDB has no UUID, so its host, port and data directory stand for it. SQLite: the row of a table
`database_identity`, where the application keeps one, else the file's path.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import CheckConstraint, Connection, Table, UniqueConstraint, inspect

from playbook.accounts.image import OURS
from playbook.accounts.schema import Schema
from playbook.district import Accounts

IDENTITY_TABLE = "database_identity"


def database_identity(connection: Connection) -> str:
    """Return what tells this database from every other, as engine and a hexadecimal or decimal name."""
    kind = connection.dialect.name
    if kind == "postgresql":
        query = "SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid FROM pg_database"
        return f"postgresql:{connection.exec_driver_sql(f'{query} WHERE datname = current_database()').scalar_one()}"
    if kind == "sqlite":
        return f"sqlite:{_sqlite_name(connection)}"
    return f"mysql:{_mysql_name(connection)}"


def _sqlite_name(connection: Connection) -> str:
    if inspect(connection).has_table(IDENTITY_TABLE):
        return str(connection.exec_driver_sql(f"SELECT id FROM {IDENTITY_TABLE}").scalar_one())
    return _short_hash(str(connection.engine.url.database))


def _mysql_name(connection: Connection) -> str:
    query = "SHOW VARIABLES WHERE Variable_name IN ('server_uuid', 'hostname', 'port', 'datadir')"
    server = {str(row[0]): str(row[1]) for row in connection.exec_driver_sql(query)}
    schema = connection.exec_driver_sql("SELECT DATABASE()").scalar_one()
    named = server.get("server_uuid") or _short_hash(json.dumps(sorted(server.items())))
    return f"{named}/{schema}"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def schema_digest(connection: Connection, schema: Schema, accounts: Accounts) -> str:
    """Return the SHA-256 of all that the schema says, apart from what the playbook itself adds to it.

    Tables, columns, types, defaults, keys, foreign keys, unique and check constraints, indexes, triggers and views
    count; the column that will hold the v3 id, its indexes, and names that begin with `playbook_` do not.
    """
    ours = (schema.accounts.name, accounts.v3_id)
    tables = {
        table.name: _described(table, ours) for table in schema.tables.sorted_tables if not table.name.startswith(OURS)
    }
    document = {"tables": tables, "triggers": triggers(connection), "views": _views(connection)}
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()


def _described(table: Table, ours: tuple[str, str]) -> dict[str, Any]:
    added = ours[1] if table.name == ours[0] else ""
    return {
        "columns": {
            c.name: [str(c.type), bool(c.nullable), str(getattr(c.server_default, "arg", "")), bool(c.primary_key)]
            for c in table.columns
            if c.name != added and not c.name.startswith(OURS)
        },
        "foreign_keys": sorted(
            [str(f.name), [*f.column_keys], [e.target_fullname for e in f.elements], str(f.ondelete), str(f.onupdate)]
            for f in table.foreign_key_constraints
        ),
        "unique": sorted(
            sorted(u.columns.keys())
            for u in table.constraints
            if isinstance(u, UniqueConstraint) and added not in u.columns
        ),
        "checks": sorted(str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)),
        "indexes": sorted(
            [str(i.name), i.columns.keys(), bool(i.unique)]
            for i in table.indexes
            if added not in i.columns and not str(i.name).startswith(OURS)
        ),
    }


_TRIGGERS = {
    "sqlite": "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 1, 2",
    "postgresql": (
        "SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE NOT t.tgisinternal AND n.nspname = current_schema() ORDER BY 1, 2"
    ),
    "mysql": (
        "SELECT event_object_table, trigger_name, concat(action_timing, ' ', event_manipulation, ' ', action_statement)"
        " FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY 1, 2"
    ),
}


def triggers(connection: Connection) -> list[tuple[str, str, str]]:
    """Return every trigger as (table, name, definition), the playbook's own apart."""
    rows = connection.exec_driver_sql(_TRIGGERS[connection.dialect.name].replace("%", "%%")).all()
    return [(str(table), str(name), str(body)) for table, name, body in rows if not str(name).startswith(OURS)]


def _views(connection: Connection) -> dict[str, str]:
    inspector = inspect(connection)
    return {name: str(inspector.get_view_definition(name)) for name in sorted(inspector.get_view_names())}
