"""Check what a real sign-in shows: do `/me` and `/userinfo` lead to the user, and the old id to one of the roles.

The role is never taken from `/me`: its type says `user`, or a role word, or nothing, and all three are normal. It comes
from the roles of the user, and the old id of `/userinfo` says as which of them somebody signed in.

Source: https://dev.clever.com/docs/the-userinfo-endpoint, https://dev.clever.com/docs/api-v3-upgrade-guide
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

FAULTS: Mapping[str, str] = {
    "me_without_id": "/me shows no id",
    "me_shows_the_old_id": "/me was asked without v3 in its path: it shows the old id of a role",
    "user_unknown": "the snapshot has no user of this id",
    "ids_differ": "/me and /userinfo show different users",
    "old_id_unknown": "the old id of /userinfo stands in none of the user's roles",
    "other_district": "the sign-in belongs to another district",
    "other_role": "the sign-in was made as another role than the rehearsal's",
}
"""What stops a cut-over."""

ODDITIES: Mapping[str, str] = {
    "me_names_a_role": "/me names a role in its type; it means nothing",
    "me_without_type": "/me has no type",
    "no_district": "the sign-in names no district, as those of Clever Library do",
    "no_old_id": "/userinfo shows no old id",
    "type_disagrees": "user_type of /userinfo is not the role whose old id it shows",
}
"""What is strange on the wire and harmless, as long as nobody reads the role from it."""

_TYPES = {"schooladmin": "staff", "districtadmin": "district_admin"}


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """What one sign-in showed.

    Attributes:
        user_id: The v3 user; blank where none was shown.
        role: As which role somebody signed in, told by the old id; blank where it cannot be told.
        roles: All roles of the user.
        faults: Codes of `FAULTS`.
        oddities: Codes of `ODDITIES`.
    """

    user_id: str
    role: str
    roles: tuple[str, ...]
    faults: tuple[str, ...]
    oddities: tuple[str, ...]

    @property
    def is_ok(self) -> bool:
        """True where the sign-in will work after the cut-over."""
        return not self.faults


def check_identity(
    me: Mapping[str, Any],
    userinfo: Mapping[str, Any],
    roles: pd.DataFrame,
    *,
    district_id: str,
    expected_role: str = "",
) -> IdentityCheck:
    """Return what the answers of one login say about the cut-over.

    Args:
        me: The whole answer of `/v3.1/me`.
        userinfo: The whole answer of `/userinfo`.
        roles: One row a (user, role), by the contract ROLES.
        district_id: The district that is being migrated.
        expected_role: As which role the rehearsal signed in; any where blank.
    """
    inner = me.get("data") or {}
    user_id = _id(inner.get("id"))
    legacy_id, sub = _id(userinfo.get("user_id")), _id(userinfo.get("multi_role_user_id") or userinfo.get("sub"))
    own = roles[roles["user_id"] == user_id]
    old_ids = own["legacy_id"].where(own["legacy_id"] != "", own["user_id"])
    signed_in_as = next(iter(own.loc[old_ids == legacy_id, "role"]), "")
    district = _id(inner.get("district") or userinfo.get("district_id") or userinfo.get("district"))
    faults = {
        "me_without_id": not user_id,
        "me_shows_the_old_id": bool(user_id) and own.empty and user_id in set(roles["legacy_id"]),
        "user_unknown": bool(user_id) and own.empty and user_id not in set(roles["legacy_id"]),
        "ids_differ": bool(sub) and bool(user_id) and sub != user_id,
        "old_id_unknown": bool(legacy_id) and not own.empty and not signed_in_as,
        "other_district": bool(district) and district != district_id,
        "other_role": bool(expected_role) and bool(signed_in_as) and signed_in_as != expected_role,
    }
    oddities = _oddities(me, userinfo, district, signed_in_as)
    return IdentityCheck(user_id, signed_in_as, tuple(sorted(own["role"])), _codes(faults), _codes(oddities))


def _oddities(
    me: Mapping[str, Any], userinfo: Mapping[str, Any], district: str, signed_in_as: str
) -> Mapping[str, bool]:
    stated = {_word(me.get("type")), _word((me.get("data") or {}).get("type"))} - {""}
    return {
        "me_names_a_role": bool(stated - {"user"}),
        "me_without_type": not stated,
        "no_district": not district,
        "no_old_id": not _id(userinfo.get("user_id")),
        "type_disagrees": bool(signed_in_as) and _word(userinfo.get("user_type")) not in ("", signed_in_as),
    }


def _id(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


def _word(value: object) -> str:
    """Return a role word in Clever's current spelling: three pages of its documentation spell three ways."""
    word = _id(value)
    return _TYPES.get(re.sub(r"[^a-z]", "", word), word)


def _codes(found: Mapping[str, bool]) -> tuple[str, ...]:
    return tuple(code for code, is_so in found.items() if is_so)
