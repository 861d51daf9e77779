"""Pages that are not of the common shape, brought to it: every form that spec, prose and wire disagree about.

Roles as an array, old role words, a name as one text, numbers where texts belong, a single school instead of a list.
The common shape is decoded straight into types; only a page that does not fit comes here, so this may be slow.

Source: Clever's spec, documentation and recorded answers, where they contradict each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Document = dict[str, Any]

ROLE_ALIASES = {
    "school_admin": "staff",
    "schooladmin": "staff",
    "districtadmin": "district_admin",
    "district admin": "district_admin",
}
_TEXT_LISTS = frozenset({"schools", "roles", "teachers", "students"})


def straighten_user(user: Mapping[str, Any]) -> Document:
    """Return one user in the common shape."""
    straight = _straighten(user)
    straight["name"] = _straighten_name(user.get("name"))
    straight["roles"] = {name: _straighten_role(role) for name, role in _roles_by_name(user.get("roles")).items()}
    return straight


def straighten_record(record: Mapping[str, Any]) -> Document:
    """Return one section or school in the common shape."""
    return _straighten(record)


def straighten_page(page: Any, straighten: Callable[[Mapping[str, Any]], Document]) -> Document:
    """Return a page in the common shape; what is no record at all is left for the decoder to refuse."""
    if not isinstance(page, dict):
        return {}
    items = page.get("data") if page.get("data") is not None else page.get("resources")
    if not isinstance(items, list):
        return {}
    records = [item.get("data", item) if isinstance(item, dict) else item for item in items]
    return {
        "data": [{"data": straighten(record) if isinstance(record, dict) else record} for record in records],
        "links": [_straighten(link) for link in _list(page.get("links")) if isinstance(link, dict)],
    }


def _roles_by_name(roles: Any) -> Document:
    if isinstance(roles, list):
        pairs = [(role.get("type") or role.get("role"), role) for role in roles if isinstance(role, dict)]
        pairs += [(role, {}) for role in roles if isinstance(role, str)]
    else:
        pairs = list(roles.items()) if isinstance(roles, dict) else []
    named = [(str(name).lower(), role) for name, role in pairs if isinstance(role, dict)]
    by_name = {ROLE_ALIASES[name]: role for name, role in named if name in ROLE_ALIASES}
    return by_name | {name: role for name, role in named if name not in ROLE_ALIASES}


def _straighten_role(role: Mapping[str, Any]) -> Document:
    straight = _straighten(role)
    pairs = [pair for pair in _list(role.get("student_relationships")) if isinstance(pair, dict)]
    return straight | {"student_relationships": [_straighten(pair) for pair in pairs]}


def _straighten_name(name: Any) -> Document:
    return _straighten(name) if isinstance(name, dict) else {"last": _text(name)}


def _straighten(record: Mapping[str, Any]) -> Document:
    return {
        key: [_text(item) for item in _list(value)] if key in _TEXT_LISTS else _text(value)
        for key, value in record.items()
    }


def _list(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str | None:
    """A text, or a number as text; anything else says nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)
