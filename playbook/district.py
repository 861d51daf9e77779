"""The district file: which district, which accounts, which way to merge. TOML, safe to commit, no secrets in it.

The dataclasses are the schema: their field names are the allowed keys, their types the allowed values, and `rule` in
a field's metadata what a value must look like. `playbook.district_file` reads a file into them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playbook.errors import Fault
from playbook.settings import looks_like_reference

CLEVER_ID = re.compile(r"[0-9a-f]{24}")
ROLES = ("student", "teacher", "staff", "district_admin", "contact")
SCOPE_KINDS = ("section", "school", "district")
SURVIVOR_RULES = ("most_recent_login", "most_rows", "lowest_key", "active_first", "already_v3")
ROW_RULES = ("keep_survivor",)
VALUE_RULES = ("suffix", "null", "keep")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Rule = Callable[[Any], str]
"""Says what is wrong with a value, or nothing."""


def _is_clever_id(value: str) -> str:
    return "" if CLEVER_ID.fullmatch(value) else "a Clever id is 24 characters of 0-9 and a-f"


def _is_origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.path.strip("/") or parts.query:
        return "must be an origin such as https://api.clever.com, without path or query"
    if parts.username or parts.password:
        return "must not hold a user name or password"
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        return "must be https; plain http is for the sandbox on loopback only"
    return ""


def _is_reference(value: str) -> str:
    return "" if looks_like_reference(value) else "must be a reference: env:NAME, file:PATH or keyring:SERVICE/NAME"


def _are_references(values: Mapping[str, str]) -> str:
    return next((wrong for value in values.values() if (wrong := _is_reference(value))), "")


def _is_reference_or_blank(value: str) -> str:
    return _is_reference(value) if value else ""


def _are_all_references(values: tuple[str, ...]) -> str:
    return next((wrong for value in values if (wrong := _is_reference(value))), "")


def _is_accounts_url(value: str) -> str:
    if looks_like_reference(value):
        return ""
    parts = urlsplit(value)
    if not parts.scheme:
        return "must be env:NAME, a SQLAlchemy URL, or file:accounts.csv"
    return "a password belongs in the environment: write env:NAME" if parts.password else ""


def one_of(*allowed: str) -> Rule:
    """Make a rule: the value, or each of a list's values, is one of these."""

    def rule(value: str | tuple[str, ...]) -> str:
        unknown = [v for v in ([value] if isinstance(value, str) else value) if v not in allowed]
        return f"must be one of {', '.join(allowed)}" if unknown else ""

    return rule


def _are_words(phrases: tuple[str, ...]) -> str:
    if all(any(letter.isalpha() for letter in phrase) for phrase in phrases):
        return ""
    return 'must be words of names, such as ["clave", "llave api"]'


def _are_pairs(pairs: tuple[tuple[str, ...], ...]) -> str:
    if all(len({*pair}) == len(pair) == 2 and all(map(_is_right, pair)) for pair in pairs):
        return ""
    return 'must be pairs of two different rights, such as [["grade:section", "approve:section"]]'


def _is_right(grant: str) -> bool:
    action, _, scope_kind = grant.rpartition(":")
    return bool(action) and scope_kind in SCOPE_KINDS


def grant_faults(grants: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    """Yield what is no grant, and which designations nobody can have; whether a role is Clever's is asked elsewhere."""
    for because, rights in grants.items():
        role, _, staff_role = because.partition(".")
        if staff_role and role != "staff":
            yield Fault(f"permissions.grants.{because}", "only staff have designations after a dot")
        for right in rights:
            if not _is_right(right):
                hint = f"with a scope of {', '.join(SCOPE_KINDS)}"
                yield Fault(f"permissions.grants.{because}", f"{right} is not action:scope", hint)


def _is_date_or_blank(value: str) -> str:
    return "" if not value or is_date(value) else 'must be a date such as "2026-07-01"'


def is_date(text: str) -> bool:
    """Say whether a text is a day as the district file writes one."""
    try:
        return len(text) == 10 and bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def _is_positive(value: int) -> str:
    return "" if value > 0 else "must be above zero"


def _key(rule: Rule | None = None, **options: Any) -> Any:
    return field(metadata={"rule": rule} if rule else {}, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """Which district: Clever's id for it, and its name for people."""

    id: str = _key(_is_clever_id)
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CleverSource:
    """Where Clever answers, with which token, and which of its own mapping files we hold.

    The token is named, or found with the application's client id and secret each time it is needed: tokens rotate.
    """

    base_url: str = _key(_is_origin, default="https://api.clever.com")
    token: str = _key(_is_reference_or_blank, default="")
    client_id: str = _key(_is_reference_or_blank, default="")
    client_secret: str = _key(_is_reference_or_blank, default="")
    version: str = _key(one_of("v3.0", "v3.1"), default="v3.1")
    csv: tuple[str, ...] = ()
    legacy_version: str = _key(one_of("", "v2.0", "v2.1"), default="")
    parallel: str = _key(one_of("off", "roles", "ranges"), default="off")
    logins: Mapping[str, str] = _key(_are_references, default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """A separate credential table: one row a (account, provider, version)."""

    table: str
    account: str
    clever_id: str
    version: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A column that holds account ids although no foreign key says so."""

    table: str
    column: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Where the application keeps its accounts, and what its columns are called; "" where it has no such column."""

    url: str = _key(_is_accounts_url)
    table: str = "users"
    key: str = "id"
    clever_id: str = ""
    role: str = ""
    email: str = ""
    sis_id: str = ""
    number: str = ""
    state_id: str = ""
    name: str = ""
    district: str = ""
    status: str = ""
    last_login: str = ""
    v3_id: str = "clever_v3_id"
    roles: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    identities: Identities | None = None
    reference: tuple[Reference, ...] = ()
    waive: tuple[str, ...] = ()
    access: tuple[str, ...] = _key(_are_words, default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What happens to people with several accounts, and how the new id is stored."""

    people: str = _key(one_of("consolidate", "role_accounts", "start_fresh"), default="consolidate")
    fold: str = _key(one_of("alias", "move"), default="alias")
    store: str = _key(one_of("beside", "replace"), default="beside")
    survivor: tuple[str, ...] = _key(one_of(*SURVIVOR_RULES), default=("most_recent_login", "most_rows", "lowest_key"))
    unique: Mapping[str, str] = field(default_factory=dict)
    tombstone: str = "deleted"
    max_rows: int = _key(_is_positive, default=2_000)
    contacts: str = _key(one_of("leave", "create"), default="leave")
    retire_on: str = _key(_is_date_or_blank, default="")
    expires_days: int = _key(_is_positive, default=7)
    on_drift: str = _key(one_of("stop", "skip"), default="stop")
    acknowledge: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """The application's own policy: for each role, `action:scope` grants; and pairs that nobody may hold together."""

    mode: str = _key(one_of("per_role", "union", "highest", "lowest"), default="per_role")
    grants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    apart: tuple[tuple[str, ...], ...] = _key(_are_pairs, default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What of the application's own is searched for v2 use."""

    paths: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    har: tuple[str, ...] = ()
    postman: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """How long people's data may stay, and with which key the journal is encrypted; "" for one that we keep."""

    retention_days: int = _key(_is_positive, default=30)
    journal_key: str = _key(_is_reference_or_blank, default="")
    journal_keys_before: tuple[str, ...] = _key(_are_all_references, default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictFile:
    """One district's migration, as its file says it.

    Attributes:
        path: The file that it was read from; relative paths in it start from this file's directory.
    """

    path: Path
    district: District
    clever: CleverSource
    accounts: Accounts
    merge: Merge = Merge()
    permissions: Permissions = Permissions()
    audit: Audit = Audit()
    privacy: Privacy = Privacy()

    @property
    def directory(self) -> Path:
        """The directory that relative paths in the file start from."""
        return self.path.parent
