"""The rules that prove a pair: only ids that Clever itself gave, never an e-mail, a SIS id or a name.

Source: Clever's upgrade guide, "Migrate to the v3.x User ID", and its migration CSVs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playbook.matching.columns import STUDENT, UNKNOWN, Ints
from playbook.matching.facts import Facts, take
from playbook.matching.rule import Rule


@dataclass(frozen=True, slots=True)
class Found:
    """What one proof says of each identity.

    Attributes:
        user: The user that it leads to; -1 where it says nothing.
        kind: The role of that user that it proves; -1 where it proves the user only.
    """

    user: Ints
    kind: Ints


def student_id(facts: Facts) -> Found:
    """The stored id is a student's id, which is the same in v2 and v3."""
    is_student = facts.roster.shows(facts.stored_user, STUDENT)
    user = np.where(is_student, facts.stored_user, np.int32(-1))
    return Found(user, np.where(is_student, np.int32(STUDENT), np.int32(UNKNOWN)))


def stored_v3_id(facts: Facts) -> Found:
    """The stored id is the v3 id of a user who is no student."""
    is_student = facts.roster.shows(facts.stored_user, STUDENT)
    user = np.where(is_student, np.int32(-1), facts.stored_user)
    return Found(user, _shown_kind(facts, user))


def v3_id_beside(facts: Facts) -> Found:
    """The column beside the old id holds a user's v3 id."""
    return Found(facts.beside_user, _shown_kind(facts, facts.beside_user))


def legacy_id(facts: Facts) -> Found:
    """The stored id is the legacy id of one of a user's roles, whichever role that is."""
    return Found(facts.legacy_user, take(facts.roster.role_kind, facts.legacy_role))


def official_csv(facts: Facts) -> Found:
    """Clever's migration CSV names a user of the snapshot for the stored id."""
    user = np.where(facts.csv_contradicts_itself, np.int32(-1), facts.csv_user)
    named = take(facts.csv.kind, facts.csv_row)
    return Found(user, np.where((user >= 0) & (named >= 0), named, _shown_kind(facts, user)))


PROOFS = tuple(Rule("proof", rule) for rule in (student_id, stored_v3_id, v3_id_beside, legacy_id, official_csv))
"""In the order in which they decide; the ones before the legacy id find nothing left to change."""


def _shown_kind(facts: Facts, user: Ints) -> Ints:
    """Return the account's own role where the user shows it, else the user's only role if the account's is unknown."""
    kind = np.full(len(user), UNKNOWN, dtype=np.int32)
    rows = np.flatnonzero(user >= 0)
    users, declared = user[rows], facts.identities.role[rows]
    alone = np.where(declared == UNKNOWN, facts.roster.only_kind(users), np.int32(UNKNOWN))
    kind[rows] = np.where(facts.roster.shows(users, declared), declared, alone)
    return kind
