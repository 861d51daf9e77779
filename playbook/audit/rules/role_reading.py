"""What reads like a role that Clever sent, and how a place that reads one is reported.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Account for Identity API Changes")
"""

from __future__ import annotations

import re

from playbook.audit.evidence import names_clever
from playbook.audit.findings import Finding, Severity, State
from playbook.audit.view import View
from playbook.audit.words import words

TYPE_NAMES = words("type user_type usertype")


IDENTITIES = re.compile(
    r"^(?:me|raw_info|raw|identity|who|who_am_i|whoami|my_info|user_?info|me_\w+|\w+_me|identity_\w+|omniauth\w*|auth|"
    r"auth_hash|auth_info|extra|info|id_token|claims|userinfo|identities|profile|self_info|token_info|me\(\)|get_me\(\)|"
    r"fetch_me\(\)|identity\(\)|whoami\(\)|current_identity|login|sso_\w+|principal)$"
)


NOT_IDENTITY = re.compile(
    r"(?:^|_)(?:event|phone|content|link|media|mime|token_type|grant|resource|section|school|column|field|input|error|"
    r"notification|message|contact|relationship|scope|file|asset|node|ast|record_type|credential|webhook)"
)


def is_not_identity(part: str) -> bool:
    """Say whether a name is that of something else that has a type: an event, a phone, a link."""
    found = NOT_IDENTITY.search(part)
    return found is not None and not (names_clever(part) and "resource" in found[0])


OLD_WORDS = frozenset(
    {"school_admin", "schooladmin", "district_admin", "districtadmin", "school_admins", "district_admins"}
)


def report_role(
    view: View, offset: int, what: str, variant: str, remedy: str, severity: Severity = "high", state: State = "legacy"
) -> Finding:
    """Return a place that takes a role from where v3 has none."""
    return view.find(
        "identity_me_type", offset, legacy=what, v3="roles of GET /v3.1/users/{id}", change=("semantics",),
        remedy=remedy, severity=severity, variant=variant, state=state,
    )  # fmt: skip


READ_ROLES = "Ask /v3.1/users/{{id}} and read the keys of roles: under v3 {what} is user for everybody."
