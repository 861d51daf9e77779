"""What the proofs say of each account, all its ids and all proofs taken together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playbook.matching.columns import UNKNOWN, Flags, Ints, Positions
from playbook.matching.facts import Facts
from playbook.matching.proofs import PROOFS, Found

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Proven:
    """One entry an account; -1 where nothing is proven.

    Attributes:
        user: The user that the best proof leads to.
        kind: The role of that user that the account stands for; -1 where the user does not show it.
        rule: The best proof's place in the order.
        identity: The row that holds the deciding id; the account's first row where nothing is proven.
        is_rivalled: Whether another of the account's ids leads to another user.
        found: What each proof says, for the record.
    """

    user: Ints
    kind: Ints
    rule: Ints
    identity: Positions
    is_rivalled: Flags
    found: tuple[Found, ...]


def prove(facts: Facts) -> Proven:
    """Return for each account the user that its ids prove, by the first proof in the order that finds one."""
    found = tuple(rule.follow(facts) for rule in PROOFS)
    user, kind, rule = _best_of_identity(facts, found)
    identity = _best_of_account(facts, user, kind, rule)
    return Proven(
        user=user[identity],
        kind=kind[identity],
        rule=rule[identity],
        identity=identity,
        is_rivalled=_rivalled(facts, found),
        found=found,
    )


def _best_of_identity(facts: Facts, found: tuple[Found, ...]) -> tuple[Ints, Ints, Ints]:
    count = len(facts.stored_user)
    user, kind, rule = (np.full(count, -1, dtype=np.int32) for _ in range(3))
    for place, proof in enumerate(found):
        is_new = (user == -1) & (proof.user >= 0)
        np.copyto(user, proof.user, where=is_new)
        np.copyto(rule, np.int32(place), where=is_new)
        # A later proof of the same user may know the role where the first one knows the user only.
        np.copyto(kind, proof.kind, where=(proof.user >= 0) & (user == proof.user) & (kind == UNKNOWN))
    return user, kind, rule


def _best_of_account(facts: Facts, user: Ints, kind: Ints, rule: Ints) -> Positions:
    """Return each account's best row: proven, of the account's own role, by the first proof, first in the table."""
    identities = facts.identities
    if identities.has_one_each:
        return identities.starts
    is_other_role = (kind != identities.role).astype(np.int64)
    rank = np.where(user >= 0, is_other_role * len(PROOFS) + rule, 2 * len(PROOFS))
    return identities.least_of(rank * len(user) + np.arange(len(user))) % len(user)


def _rivalled(facts: Facts, found: tuple[Found, ...]) -> Flags:
    """Return for each account whether its ids lead to more than one user."""
    low, high = np.full(len(facts.stored_user), _NEVER), np.full(len(facts.stored_user), _NEVER)
    for proof in found:
        np.minimum(low, proof.user, out=low, where=proof.user >= 0)
        np.minimum(high, -proof.user, out=high, where=proof.user >= 0)
    lowest, highest = facts.identities.least_of(low), facts.identities.least_of(high)
    is_contested = np.append(facts.roster.is_contested, False)[facts.legacy_role]
    has_two: Flags = (lowest != _NEVER) & (lowest != -highest)
    return has_two | facts.identities.any_of(is_contested)
