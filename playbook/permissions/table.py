"""The contracts of the permission preview: grants are (action, scope) pairs, never actions times scopes."""

from __future__ import annotations

from playbook.tables import Contract

GRANTS = Contract(
    "grants",
    {
        "principal": "text",  # an account id
        "action": "text",
        "scope_kind": "text",  # section, school, district
        "scope_id": "text",
        "because": "text",  # the role, or role.staff_role, whose policy grants it
    },
    sort=("principal", "action", "scope_kind", "scope_id", "because"),
)

CHANGES = Contract(
    "permission changes",
    {
        "principal": "text",
        "action": "text",
        "scope_kind": "text",
        "scope_id": "text",
        "change": "text",
        "because": "text",  # list, where several roles give the same
        "credential": "text",  # the account id whose login gains or loses it
    },
    sort=("change", "principal", "credential", "action", "scope_kind", "scope_id"),
    codes={"change": frozenset({"gain", "loss", "kept"})},
)
