"""The second opinion on rights: what each login may do today and after the cut-over, as pairs of action and scope.

A grant is a pair, never an action times every scope: a teacher's schools are not the same person's schools as staff.
Clever's v2 has no `SchoolTechLead`, so nobody has its grants before. Students are left out: nothing changes for them.
Source: https://dev.clever.com/docs/migrating-to-api-30 and /multi-role-users-in-clever
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.road.oracle import KINDS, Expected, Oracle
from tests.road.raw import Row, World

Pair = tuple[str, str, str]
"""Action, kind of scope, id of the scope."""

Policy = Mapping[str, Sequence[str]]


def rights_before(oracle: Oracle, policy: Policy) -> dict[str, frozenset[Pair]]:
    """Return what each employee's and contact's login may do today: what its role grants, and nothing more."""
    return {
        key: role_pairs(policy, oracle.world, oracle.users[said.user_id], said.role, [said.role])
        for key, said in _logins(oracle).items()
    }


def rights_after(oracle: Oracle, policy: Policy, mode: str) -> dict[str, frozenset[Pair]]:
    """Return what each employee's and contact's login may do after the cut-over.

    Args:
        oracle: The second opinion on who is who.
        policy: For each role, `action:scope` grants.
        mode: `per_role`, where every login keeps its role's rights and no more, or `union`, where it has those of all
            the roles that its account answers for, `SchoolTechLead` included.
    """
    before, destinations = rights_before(oracle, policy), oracle.destinations()
    if mode == "per_role":
        return before
    return {
        key: before[key] if destinations[key][0] == "held" else _all_pairs(policy, oracle, said)
        for key, said in _logins(oracle).items()
    }


def _all_pairs(policy: Policy, oracle: Oracle, said: Expected) -> frozenset[Pair]:
    user = oracle.users[said.user_id]
    roles = user["roles"] if oracle.people == "consolidate" else [said.role]
    return frozenset().union(*(role_pairs(policy, oracle.world, user, role, _words(user, role)) for role in roles))


def role_pairs(policy: Policy, world: World, user: Row, role: str, words: Sequence[str]) -> frozenset[Pair]:
    """Return the pairs that a role's policy words give a user; none where she does not have the role."""
    grants = [grant.split(":") for word in words for grant in policy.get(word, ())]
    return frozenset(
        (action, kind, scope) for action, kind in grants for scope in _scopes(world, user, role, kind) if scope
    )


def _logins(oracle: Oracle) -> dict[str, Expected]:
    """The accounts whose rights are certain: known people, known role words; a suspended login may do nothing."""
    return {
        key: said
        for key, said in oracle.states.items()
        if said.state in ("matched", "already_v3")
        and said.role != "student"
        and oracle.accounts[key]["kind"] in KINDS
        and oracle.accounts[key]["status"] == "active"
    }


def _words(user: Row, role: str) -> list[str]:
    return [role, *(f"staff.{word}" for word in user["roles"]["staff"]["roles"])] if role == "staff" else [role]


def _scopes(world: World, user: Row, role: str, kind: str) -> set[str]:
    """A teacher's and a student's sections, the role's own schools, and the district for district admins only."""
    part = user["roles"].get(role)
    if part is None:
        return set()
    if kind == "section":
        return {section["id"] for section in world.sections if user["id"] in _members(section, role)}
    if kind == "school":
        return {part.get("school", ""), *part.get("schools", ())}
    return {world.district_id} if role == "district_admin" else set()


def _members(section: Row, role: str) -> set[str]:
    if role == "student":
        return set(section.get("students", ()))
    return {section.get("teacher", ""), *section.get("teachers", ())} if role == "teacher" else set()
