"""The contracts of the permission preview: grants are (action, scope) pairs, never actions times scopes."""

from __future__ import annotations

from collections.abc import Mapping

from playbook.tables import Contract

VANISHES: Mapping[str, str] = {
    "role_not_shared": "Clever no longer shows this role of theirs: it ended, or is not shared with the application",
    "departed": "Clever no longer shows anybody with this id",
}
"""Why a login's role is not among the user's roles, in matching's own codes."""

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
        "user_id": "text",  # the person behind the login; blank where Clever does not know it
        "reason": "text",  # of a loss: why Clever no longer shows the role; blank where it does
    },
    sort=("change", "principal", "credential", "action", "scope_kind", "scope_id"),
    codes={"change": frozenset({"gain", "loss", "kept"}), "reason": frozenset({"", *VANISHES})},
)

FORMER_ROLES = Contract(
    "former roles",
    {
        "clever_id": "text",  # the id that stood for the role: the old one, or the v3 id
        "user_id": "text",  # blank where the source does not say whose it is
        "role": "text",
        "school": "text",
        "schools": "text",  # list
        "last_seen": "text",  # ISO; blank where the source does not say
    },
    sort=("clever_id", "role", "user_id", "last_seen", "schools"),
)
"""What is known of the roles that ids stood for beside the snapshot: from earlier ones, v2's lists, Clever's CSVs."""

VANISHED = Contract(
    "vanished roles",
    {
        "credential": "text",  # the account id whose login had the role
        "role": "text",
        "reason": "text",
        "school": "text",
        "schools": "text",  # list; blank where nothing says where the role counted
    },
    key=("credential", "role"),
    codes={"reason": frozenset(VANISHES)},
)
