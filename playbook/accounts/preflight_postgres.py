"""Traps of PostgreSQL: row security, rewrite rules, other schemas' references, followers, and missing privileges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, text

from playbook.accounts.schema import Schema

_ROW_SECURITY = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relrowsecurity
AND NOT (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)
"""
_RULES = "SELECT tablename, rulename FROM pg_rules WHERE schemaname = current_schema()"
_OUTSIDE = """
SELECT DISTINCT n.nspname || '.' || c.relname FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.confrelid = to_regclass(quote_ident(:accounts)) AND n.nspname <> current_schema()
"""
_FOLLOWERS = """
SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE database IS NULL OR database = current_database()
UNION SELECT 'publication ' || pubname FROM pg_publication
"""
_PRIVILEGES = """
SELECT c.relname, p.name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
(VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS p (name)
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT has_table_privilege(c.oid, p.name)
UNION SELECT c.relname, 'ALTER' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT pg_has_role(c.relowner, 'USAGE')
"""
_SEQUENCES = """
SELECT t.relname, s.relname || ' USAGE' FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype = 'a'
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname = current_schema()
AND CASE s.relkind WHEN 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE') ELSE FALSE END
"""
_CREATE = "SELECT current_schema() || ' CREATE' WHERE NOT has_schema_privilege(current_schema(), 'CREATE')"


def look(
    connection: Connection, schema: Schema, written: frozenset[str], needed: frozenset[tuple[str, str]]
) -> Mapping[str, Iterable[str]]:
    """Return what was found by the name of the trap; see `playbook.accounts.traps.RULES`."""
    return {
        "row_security": (name for (name,) in connection.execute(text(_ROW_SECURITY)) if name in written),
        "rewrite_rules": (f"{table}.{rule}" for table, rule in connection.execute(text(_RULES)) if table in written),
        "references_outside_schema": connection.execute(text(_OUTSIDE), {"accounts": schema.accounts.name}).scalars(),
        "replicas": connection.execute(text(_FOLLOWERS)).scalars(),
        "privileges_missing": [
            *(f"{table} {kind}" for table, kind in connection.execute(text(_PRIVILEGES)) if (table, kind) in needed),
            *(lack for table, lack in connection.execute(text(_SEQUENCES)) if (table, "INSERT") in needed),
            *connection.execute(text(_CREATE)).scalars(),
        ],
    }
