"""The second opinion on rights: what each login may do today and after the cut-over, as pairs of action and scope.

A grant is a pair, never an action times every scope: a teacher's schools are not the same person's schools as staff.
Clever's v2 has no `SchoolTechLead`, so nobody has its grants before.
Source: https://dev.clever.com/docs/migrating-to-api-30 and /multi-role-users-in-clever
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.road.oracle import KINDS, Oracle
from tests.road.raw import Row, World

Pair = tuple[str, str, str]
"""Action, kind of scope, id of the scope."""

Policy = Mapping[str, Sequence[str]]


def rights_before(oracle: Oracle, policy: Policy) -> dict[str, frozenset[Pair]]:
    """Return what each certain account's login may do today: what its own role word grants, where Clever knows it."""
    found = {}
    for account_id, said in _certain(oracle):
        role = KINDS.get(oracle.accounts[account_id]["kind"], "")
        found[account_id] = role_pairs(policy, oracle.world, oracle.users[said[0]], role, [role])
    return found


def rights_after(oracle: Oracle, policy: Policy, mode: str) -> dict[str, frozenset[Pair]]:
    """Return what each certain account's login may do after the cut-over.

    Args:
        oracle: The second opinion on who is who.
        policy: For each role, `action:scope` grants.
        mode: `per_role`, where every login keeps its role's rights, or `union`, where a person's accounts share them.
    """
    found = {}
    for account_id, (user_id, role) in _certain(oracle):
        user = oracle.users[user_id]
        roles = list(user["roles"]) if mode == "union" else [role]
        pairs = [role_pairs(policy, oracle.world, user, each, _words(user, each)) for each in roles]
        found[account_id] = frozenset().union(*pairs)
    return found


def role_pairs(policy: Policy, world: World, user: Row, role: str, words: Sequence[str]) -> frozenset[Pair]:
    """Return the pairs that a role's policy words give a user; none where she does not have the role."""
    grants = [grant.split(":") for word in words for grant in policy.get(word, ())]
    return frozenset(
        (action, kind, scope) for action, kind in grants for scope in _scopes(world, user, role, kind) if scope
    )


def _certain(oracle: Oracle) -> list[tuple[str, tuple[str, str]]]:
    said = oracle.states.items()
    return [(key, (one.user_id, one.role)) for key, one in said if one.state in ("matched", "already_v3")]


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
