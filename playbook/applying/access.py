"""Tables of accounts' rows that open doors: sessions, keys, tokens, impersonations, grants, LTI links, who is billed.

Such a row is nobody's work: given to another account it gives that account's owner a key that she never asked for,
and left where it is it goes on working for the account that was folded. Only a person can say which are to be revoked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, Table, func, select, text

from playbook.accounts.references import FoundReference
from playbook.accounts.schema import Schema

MOVED, KEPT = "access_rows", "access_kept"
"""The safety checks: access that a plan would give to another account, and access that stays with a folded one."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "keys and tokens": ("token", "api key", "apikey", "access key", "ssh key", "secret", "passkey", "credential"),
    "impersonations": ("impersonation", "impersonator", "impersonated", "impersonate", "masquerade"),
    "grants": (
        "grant",
        "permission",
        "privilege",
        "entitlement",
        "acl",
        "user role",
        "account role",
        "role assignment",
    ),
    "other applications": ("lti", "oauth"),
    "who is billed": ("billing",),
}
"""What the name of a table, or of the column that references an account, says: whole words, in the singular."""

HELD = ("token", "api key", "apikey", "secret", "passkey", "impersonator", "impersonated")
"""What another column of the table says: the row itself is a key."""

SESSIONS = frozenset(
    ("session", "user", "account", "login", "auth", "web", "sso", "browser", "device", "mobile", "admin", "django")
)
"""A table of sessions is named by these words alone; a class session or a tutoring session opens no door."""

_JOINT = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W\d_]+")


def find_access(
    connection: Connection,
    schema: Schema,
    references: Iterable[FoundReference],
    *,
    moved: Collection[tuple[str, str]],
    own: Collection[str] = (),
) -> dict[str, tuple[str, ...]]:
    """Return, for each of the two checks, the columns of access rows with about how many rows each has.

    Args:
        connection: A read-only transaction.
        schema: The reflected database.
        references: Every column that holds accounts' keys.
        moved: The table and column of each reference whose rows the plan gives to other accounts.
        own: The application's own words for what opens doors, beside the English ones.
    """
    found: dict[str, set[str]] = {MOVED: set(), KEPT: set()}
    for reference in references:
        if is_access(schema, reference, own):
            check = MOVED if (reference.table, reference.column) in moved else KEPT
            found[check].add(f"{reference.name} ({_about(_count(connection, schema, reference))})")
    return {check: tuple(sorted(things)) for check, things in found.items()}


def is_access(schema: Schema, reference: FoundReference, own: Collection[str] = ()) -> bool:
    """Say whether the rows that reference accounts here open doors, by the names of table and columns.

    Args:
        schema: The reflected database.
        reference: A column that holds accounts' keys.
        own: The application's own words, as it has them in names; with these, not only English ones count.
    """
    if reference.kind == "copied_id" or reference.is_credential:
        return False
    table, spoken = schema.tables.tables[reference.table], [" ".join(_words(phrase)) for phrase in own]
    named = [*spoken, *(phrase for kind in KINDS.values() for phrase in kind)]
    if reference.is_self:  # the accounts' own columns hold the accounts' own secrets, which never move
        return _says(reference.column, named)
    return (
        _says(table.name, named)
        or _says(reference.column, named)
        or _is_sessions(table)
        or _holds(table, [*HELD, *spoken])
    )


def _is_sessions(table: Table) -> bool:
    words = _words(table.name)
    return "session" in words and SESSIONS.issuperset(words)


def _holds(table: Table, phrases: Collection[str]) -> bool:
    return any(_says(column.name, phrases) for column in table.columns)


def _says(name: str, phrases: Iterable[str]) -> bool:
    spoken = f" {' '.join(_words(name))} "
    return any(f" {phrase} " in spoken for phrase in phrases)


def _words(name: str) -> list[str]:
    """Return the words of a name in the singular: user_api_keys and UserApiKey are user, api, key."""
    return [re.sub(r"(?<!s)s$", "", word.lower()) for word in _JOINT.split(name) if word]


def _count(connection: Connection, schema: Schema, reference: FoundReference) -> int:
    table = schema.tables.tables[reference.table]
    query = select(func.count()).select_from(table).where(table.columns[reference.column].is_not(None))
    query = query.where(text(f"({reference.where})")) if reference.where else query
    return connection.scalar(query) or 0


def _about(rows: int) -> str:
    """Return a count by its first digit: whoever signs in meanwhile does not make it another plan."""
    if rows < 10:
        return "a few rows" if rows else "no rows"
    step = 10 ** (len(str(rows)) - 1)
    return f"about {rows // step * step:,} rows"
