"""The application's own words for roles, versions and states, in the playbook's.

Role words: v2 calls a role `school_admin` that v3 calls `staff`; Clever's pages spell them with a blank, a dash or in
the plural as well. A word that nobody explained gives no role, and with it no rights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "student": ("student", "students"),
    "teacher": ("teacher", "teachers"),
    "staff": ("staff", "school_admin", "school_admins", "schooladmin", "schooladmins"),
    "district_admin": ("district_admin", "district_admins", "districtadmin", "districtadmins"),
    "contact": ("contact", "contacts"),
}

V3_VERSIONS = tuple(f"{prefix}3{minor}" for prefix in ("", "v") for minor in ("", ".0", ".1", "_0", "_1"))
"""How applications spell that a credential is one of v3; `version_of` reads the same spellings."""

_STATUSES: Mapping[str, tuple[str, ...]] = {
    "active": ("active", "enabled", "ok", "normal", "confirmed", "registered"),
    "suspended": ("suspended", "disabled", "inactive", "blocked", "locked", "banned", "deactivated"),
    "deleted": ("deleted", "archived", "removed", "discarded", "purged", "tombstone"),
}


_NAMED_STATE = re.compile(r"^(is|was)_|_(at|on|date|flag)$")


def role_words(roles: Mapping[str, str]) -> dict[str, str]:
    """Return word to Clever role.

    Args:
        roles: What the district file says: Clever role to the application's word, several of them joined by `|`.
            A role that is named there is known by these words only.
    """
    spoken = {role: tuple(roles[role].split("|")) if role in roles else words for role, words in _SPELLINGS.items()}
    own = {_plain(word): role for role in roles for word in spoken[role]}
    return {_plain(word): role for role, words in spoken.items() for word in words} | own


def role_of(word: str, words: Mapping[str, str]) -> str:
    """Return the Clever role that a word stands for, or "" where nobody explained it."""
    return words.get(_plain(word), "")


def version_of(word: str) -> str:
    """Return `v2` or `v3` for what a version column holds (`v3.1`, `3.0`, `v2_1`, …), or "" where it says neither."""
    found = re.fullmatch(r"v?([23])(?:[._]\d+)?", word.strip().lower())
    return f"v{found[1]}" if found else ""


def status_of(word: str, column: str = "") -> str:
    """Return `active`, `suspended` or `deleted`, or "" where the application's word is another.

    Args:
        word: What the column holds; "" for nothing.
        column: The column's name, which gives `deleted_at`, `is_active` or `locked` their meaning: the first holds a
            moment once it has happened, the others yes or no.
    """
    spoken = next((status for status, words in _STATUSES.items() if _plain(word) in words), "")
    named = next((status for status in _STATUSES if names_a_state(column, status)), "")
    if spoken or not named:
        return spoken
    has_happened = _plain(word) not in ("", "0", "false", "f", "n", "no")
    return named if has_happened else "suspended" if named == "active" else "active"


def names_a_state(column: str, status: str) -> bool:
    """Say whether a column's name, such as `deleted_at` or `is_archived`, is one of a state."""
    return _NAMED_STATE.sub("", _plain(column)) in _STATUSES[status]


def _plain(word: str) -> str:
    return re.sub(r"[\s-]+", "_", word.strip().casefold())
