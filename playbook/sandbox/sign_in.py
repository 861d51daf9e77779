"""What a person's sign-in shows: `/me` under each version, and `/userinfo` with both ids at once.

Source: https://dev.clever.com/docs/the-userinfo-endpoint and https://dev.clever.com/docs/api-v3-upgrade-guide
"""

from __future__ import annotations

from typing import Any

from playbook.sandbox.access import Caller
from playbook.sandbox.person import Person
from playbook.sandbox.query import Refusal
from playbook.sandbox.role_records import V2_PATHS, V2_TYPES

Record = dict[str, Any]
UNVERSIONED = "v2.0"
"""The version that `/me` without one speaks, as for the clients that were written before versions mattered."""


def signed_in(caller: Caller) -> Person:
    """Return the person whose token it is.

    Raises:
        Refusal: 404 for a district's token, which nobody signed in with.
    """
    if caller.index is None:
        raise Refusal(404, "Resource not found")
    return caller.district.person(caller.index)


def show_me(caller: Caller, version: str, *, shows_role_inside: bool = False) -> Record:
    """Return who is signed in: the user under v3, the record of the chosen role under v2.

    Args:
        caller: Whose token it is.
        version: The version in the path; `UNVERSIONED` where it has none.
        shows_role_inside: Under v3, name the role in `data.type`, as recorded on the wire, instead of `user`.
    """
    person = signed_in(caller)
    word = V2_TYPES[caller.role]
    if version >= "v3":
        kind, inner, path, identifier = "user", word if shows_role_inside else "user", "users", person.user_id
    else:
        kind = inner = word
        path, identifier = V2_PATHS[caller.role], caller.district.v2_id(person.index, caller.role)
    authorized = {"authorized_by": "district"} if version >= "v2.1" else {}
    return {
        "type": kind,
        "data": {"id": identifier, "district": caller.district.id, "type": inner, **authorized},
        "links": [
            {"rel": "self", "uri": "/me"},
            {"rel": "canonical", "uri": f"/{version}/{path}/{identifier}"},
            {"rel": "district", "uri": f"/{version}/districts/{caller.district.id}"},
        ],
    }


def show_userinfo(caller: Caller) -> Record:
    """Return the OpenID claims; `user_id` is the v2 id of the role of this sign-in, `sub` the v3 id."""
    person = signed_in(caller)
    role = person.role(caller.role)
    assert role is not None, "a token is given for a role that the person holds"
    name = {"first": person.first, "middle": person.middle, "last": person.last}
    return {
        "sub": person.user_id,
        "user_id": role.v2_id,
        "multi_role_user_id": person.user_id,
        "user_type": V2_TYPES[caller.role] if caller.role != "staff" else "staff",
        "district": caller.district.id,
        "district_id": caller.district.id,
        "email": person.email,
        "email_verified": False,
        "name": name,
        "given_name": person.first,
        "family_name": person.last,
        "schools": list(role.schools),
        "authorized_by": "district",
    }
