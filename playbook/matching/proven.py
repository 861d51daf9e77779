"""What the proofs say of each account, all its ids and all proofs taken together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from playbook.matching.columns import UNKNOWN, Flags, Ints, Positions
from playbook.matching.facts import Facts
from playbook.matching.identities import Identities
from playbook.matching.proofs import PROOFS, Found

_NEVER = np.int64(np.iinfo(np.int64).max)


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
    with ThreadPoolExecutor(max_workers=2) as threads:
        found = tuple(threads.map(lambda rule: rule.follow(facts), PROOFS))
    user, kind, rule, is_rivalled = _best_of_identity(facts, found)
    identity = _best_of_account(facts, user, kind, rule)
    is_rivalled |= np.append(facts.is_contested, False)[facts.legacy_role]
    return Proven(
        user=user[identity],
        kind=kind[identity],
        rule=rule[identity],
        identity=identity,
        is_rivalled=facts.identities.any_of(is_rivalled) | _has_several_users(facts.identities, user),
        found=found,
    )


def _best_of_identity(facts: Facts, found: tuple[Found, ...]) -> tuple[Ints, Ints, Ints, Flags]:
    """Return each identity's user, kind and rule, and whether a later proof finds another user for it."""
    count = len(facts.stored_user)
    user, kind, rule = (np.full(count, -1, dtype=np.int32) for _ in range(3))
    is_rivalled = np.zeros(count, dtype=np.bool_)
    for place, proof in enumerate(found):
        rows = np.flatnonzero(proof.user >= 0)
        theirs, known = proof.user[rows], user[rows]
        is_new = known == -1
        is_rivalled[rows] |= ~is_new & (known != theirs)
        user[rows[is_new]], rule[rows[is_new]] = theirs[is_new], place
        # A later proof of the same user may know the role where the first one knows the user only.
        rows = rows[(is_new | (known == theirs)) & (kind[rows] == UNKNOWN)]
        kind[rows] = proof.kind[rows]
    return user, kind, rule, is_rivalled


def _best_of_account(facts: Facts, user: Ints, kind: Ints, rule: Ints) -> Positions:
    """Return each account's best row: proven, of the account's own role, by the first proof, first in the table."""
    identities = facts.identities
    if identities.has_one_each:
        return identities.starts
    is_other_role = (kind != identities.role).astype(np.int64)
    rank = np.where(user >= 0, is_other_role * len(PROOFS) + rule, 2 * len(PROOFS))
    return identities.least_of(rank * len(user) + np.arange(len(user))) % len(user)


def _has_several_users(identities: Identities, user: Ints) -> Flags:
    """Return for each account whether its ids lead to more than one user."""
    if identities.has_one_each:
        return np.zeros(len(user), dtype=np.bool_)
    lowest = identities.least_of(np.where(user >= 0, user, _NEVER))
    highest = -identities.least_of(np.where(user >= 0, -user, _NEVER))
    has_two: Flags = (lowest != _NEVER) & (lowest != highest)
    return has_two
