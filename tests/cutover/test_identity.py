"""What `/me` and `/userinfo` of a real sign-in say, with the quirks of the wire."""

from __future__ import annotations

from typing import Any

import pytest

from playbook.clever.tables import ROLES
from playbook.cutover.identity import FAULTS, ODDITIES, check_identity

DISTRICT = "6f000000d1d1d1d1d1d1d101"
USER, TEACHER, STAFF, STUDENT = (f"7000000000000000000000{n:02x}" for n in range(4))


def _roles() -> Any:
    blank = dict.fromkeys(ROLES.columns, "")
    rows = [(USER, "teacher", TEACHER), (USER, "staff", STAFF), (STUDENT, "student", "")]
    return ROLES.make([blank | {"user_id": user, "role": role, "legacy_id": legacy} for user, role, legacy in rows])


def _me(user_id: str = USER, **changes: Any) -> dict[str, Any]:
    data = {"id": user_id, "district": DISTRICT, "type": "user", "authorized_by": "district"}
    return {"type": "user", "data": data | changes, "links": []}


def _userinfo(old_id: str = TEACHER, user_id: str = USER, **changes: Any) -> dict[str, Any]:
    shown = {"sub": user_id, "multi_role_user_id": user_id, "user_id": old_id, "user_type": "teacher"}
    return shown | {"district_id": DISTRICT} | changes


def _codes(me: dict[str, Any], userinfo: dict[str, Any], role: str = "") -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = check_identity(me, userinfo, _roles(), district_id=DISTRICT, expected_role=role)
    assert set(found.faults) <= set(FAULTS)
    assert set(found.oddities) <= set(ODDITIES)
    assert found.is_ok == (not found.faults)
    return found.faults, found.oddities


@pytest.mark.parametrize(
    ("me", "userinfo", "fault"),
    [
        (_me(TEACHER), _userinfo(), ("me_shows_the_old_id", "ids_differ")),
        (_me("ff" * 12), _userinfo(user_id="ff" * 12), ("user_unknown",)),
        (_me(STUDENT), _userinfo(STUDENT), ("ids_differ",)),
        (_me(), _userinfo("ff" * 12), ("old_id_unknown",)),
        (_me(district="ff" * 12), _userinfo(), ("other_district",)),
        ({}, _userinfo(), ("me_without_id",)),
        ({"data": None}, {}, ("me_without_id",)),
    ],
)
def test_a_sign_in_that_will_not_work_is_a_fault(
    me: dict[str, Any], userinfo: dict[str, Any], fault: tuple[str, ...]
) -> None:
    """An old id, an unknown user, two users at once or another district stop the cut-over."""
    assert _codes(me, userinfo)[0] == fault


def test_the_role_is_never_taken_from_me() -> None:
    """Whatever /me says in its type, the role is the one whose old id /userinfo shows."""
    for word in ("user", "teacher", "student", "", "district_admin"):
        found = check_identity(_me(type=word), _userinfo(STAFF), _roles(), district_id=DISTRICT)
        assert (found.user_id, found.role, found.roles) == (USER, "staff", ("staff", "teacher"))


@pytest.mark.parametrize(
    ("me", "userinfo", "oddities"),
    [
        (_me(), _userinfo(), ()),
        (_me(type="teacher"), _userinfo(), ("me_names_a_role",)),
        ({"data": {"id": USER}}, _userinfo(district_id=""), ("me_without_type", "no_district")),
        (_me(), _userinfo(""), ("no_old_id",)),
        (_me(), _userinfo(STAFF, user_type="school_admin"), ()),
        (_me(), _userinfo(STAFF, user_type="teacher"), ("type_disagrees",)),
        (_me(STUDENT), _userinfo(STUDENT, STUDENT, user_type="student"), ()),
        (_me(USER.upper()), _userinfo(TEACHER.upper()), ()),
    ],
)
def test_what_is_only_strange_is_no_fault(
    me: dict[str, Any], userinfo: dict[str, Any], oddities: tuple[str, ...]
) -> None:
    """The wire's known oddities are told and stop nothing; a student's old id is the id itself."""
    assert _codes(me, userinfo) == ((), oddities)


def test_a_rehearsal_of_one_role_must_sign_in_as_that_role() -> None:
    """A login per role is asked for: one of another role proves nothing about it."""
    assert _codes(_me(), _userinfo(STAFF, user_type="staff"), "staff") == ((), ())
    assert _codes(_me(), _userinfo(STAFF, user_type="staff"), "teacher") == (("other_role",), ())
