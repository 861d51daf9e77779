"""The rules for accounts that nothing proves and nothing suggests: why not, in the order in which they are asked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from playbook.matching.columns import CONTACT, STUDENT, UNKNOWN, Flags, is_blank, pick
from playbook.matching.facts import Facts
from playbook.matching.people import People
from playbook.matching.reasons import Reason
from playbook.matching.rule import Rule


def shares_a_mailbox(people: People, former_ids: pa.Array | None) -> Flags:
    """Three or more people share the account's e-mail address."""
    return np.isin(people.seekers, people.in_shared_mailbox)


def looks_like_a_student(people: People, former_ids: pa.Array | None) -> Flags:
    """The e-mail address is that of a user with whom the account cannot be combined: one of the two is a student."""
    return _crosses(people, STUDENT)


def looks_like_a_contact(people: People, former_ids: pa.Array | None) -> Flags:
    """The e-mail address is that of a user with whom the account cannot be combined: one of the two is a contact."""
    return _crosses(people, CONTACT)


def never_had_an_id(people: People, former_ids: pa.Array | None) -> Flags:
    """The account holds no Clever id at all."""
    return ~has_id(people)[people.seekers]


def role_is_not_shared(people: People, former_ids: pa.Array | None) -> Flags:
    """No user of the snapshot shows the account's role."""
    identities, roster = people.facts.identities, people.facts.roster
    role = identities.role[identities.starts[people.seekers]]
    is_hidden: Flags = (role != UNKNOWN) & ~np.isin(role, roster.role_kind)
    return is_hidden


def id_is_unknown(people: People, former_ids: pa.Array | None) -> Flags:
    """None of the account's ids looks like Clever's, or no earlier snapshot knew one of them."""
    identities = people.facts.identities
    is_sought = np.zeros(len(identities.starts), dtype=np.bool_)
    is_sought[people.seekers] = True
    rows = np.flatnonzero(is_sought[identities.account])
    known = [_looks_known(pick(ids, rows), former_ids) for ids in (identities.clever_ids, identities.v3_ids)]
    return ~np.isin(people.seekers, identities.account[rows[known[0] | known[1]]])


def departed(people: People, former_ids: pa.Array | None) -> Flags:
    """Clever no longer knows the account's id."""
    return np.ones(len(people.seekers), dtype=np.bool_)


def account_of_other_district(facts: Facts) -> Flags:
    """The account says that it belongs to another district, and nothing is suggested across districts."""
    return facts.identities.any_of(facts.identities.is_foreign)


OTHER_DISTRICT = Rule("absence", account_of_other_district, Reason.ACCOUNT_OF_OTHER_DISTRICT)
"""Asked before anything is suggested."""

ABSENCES = (
    Rule("absence", shares_a_mailbox, Reason.SHARED_MAILBOX),
    Rule("absence", looks_like_a_student, Reason.STUDENT_COMBINED),
    Rule("absence", looks_like_a_contact, Reason.CONTACT_COMBINED),
    Rule("absence", never_had_an_id, Reason.NEVER_HAD_ID),
    Rule("absence", role_is_not_shared, Reason.ROLE_NOT_SHARED),
    Rule("absence", id_is_unknown, Reason.UNKNOWN_ID),
    Rule("absence", departed, Reason.DEPARTED),
)

BLOCKING = frozenset({Reason.SHARED_MAILBOX, Reason.STUDENT_COMBINED, Reason.CONTACT_COMBINED})
"""The absences that are conflicts: something does suggest a user, and it must not be followed."""


def has_id(people: People) -> Flags:
    """Return for each account whether it holds any Clever id, old or new."""
    identities = people.facts.identities
    return identities.any_of(~is_blank(identities.clever_ids) | ~is_blank(identities.v3_ids))


def _looks_known(ids: pa.Array, former_ids: pa.Array | None) -> Flags:
    is_known = np.asarray(pc.match_substring_regex(ids, "^[0-9a-f]{24}$"), dtype=np.bool_)
    if former_ids is not None:
        is_known &= np.asarray(pc.is_in(ids, value_set=former_ids), dtype=np.bool_)
    return is_known


def _crosses(people: People, kind: int) -> Flags:
    alike: pd.DataFrame = people.alike["email"]
    is_crossed = (alike["kind"] == kind) != (alike["account_kind"] == kind)
    return np.isin(people.seekers, alike.loc[is_crossed & (alike["account_kind"] != UNKNOWN), "account"])
