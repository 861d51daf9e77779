"""The rules that stop a proven pair: a person must look, and nothing is written until somebody has.

Source: Clever's guide on multi-role users (students and contacts combine with nobody; people never cross districts).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from playbook.district import ROLES
from playbook.matching.columns import CONTACT, STUDENT, UNKNOWN, Flags, Ints, is_blank
from playbook.matching.facts import Facts
from playbook.matching.proofs import PROOFS
from playbook.matching.proven import Proven
from playbook.matching.reasons import Reason
from playbook.matching.rule import Rule

_PLACES = {rule.name: place for place, rule in enumerate(PROOFS)}


def belongs_to_other_district(facts: Facts, proven: Proven) -> Flags:
    """The account or the user that its id leads to says that it belongs to another district."""
    is_foreign = facts.identities.any_of(facts.identities.is_foreign) | facts.roster.is_foreign[proven.user]
    return is_foreign & (proven.user >= 0)


def csv_and_api_disagree(facts: Facts, proven: Proven) -> Flags:
    """Clever's migration CSV names another user than Clever's API, or several, for the stored id."""
    api_user = facts.api_user
    is_other = (facts.csv_row >= 0) & (api_user >= 0) & (facts.csv_user != api_user)
    return facts.identities.any_of(is_other | facts.csv_contradicts_itself)


def matches_two_users(facts: Facts, proven: Proven) -> Flags:
    """The account's ids lead to more than one user."""
    return proven.is_rivalled


def stored_v3_id_differs(facts: Facts, proven: Proven) -> Flags:
    """The v3 id in the column beside is not the one that the stored id leads to."""
    by_id = facts.api_user
    by_csv = np.where(facts.csv_contradicts_itself, np.int32(-1), facts.csv_user)
    by_id = np.where(by_id >= 0, by_id, by_csv)
    is_other = ~is_blank(facts.identities.v3_ids) & (by_id >= 0) & (facts.beside_user != by_id)
    return facts.identities.any_of(is_other)


def combines_student(facts: Facts, proven: Proven) -> Flags:
    """A student would be combined with another role."""
    return _combines(facts, proven, STUDENT)


def combines_contact(facts: Facts, proven: Proven) -> Flags:
    """A contact would be combined with another role."""
    return _combines(facts, proven, CONTACT)


def version_mark_is_wrong(facts: Facts, proven: Proven) -> Flags:
    """The account's version mark says another API version than its deciding id does."""
    marks = facts.identities.rows["version"]
    says_v2, says_v3 = marks.eq("v2").to_numpy(dtype=np.bool_), marks.eq("v3").to_numpy(dtype=np.bool_)
    is_v3_id = proven.rule == _PLACES["stored_v3_id"]
    is_old_id = (proven.rule == _PLACES["legacy_id"]) | (proven.rule == _PLACES["official_csv"])
    is_wrong: Flags = (says_v2[proven.identity] & is_v3_id) | (says_v3[proven.identity] & is_old_id)
    return is_wrong


def role_differs(facts: Facts, proven: Proven) -> Flags:
    """The deciding id belongs to another role of the user than the account has."""
    declared = facts.identities.role[proven.identity]
    is_other: Flags = (proven.kind != UNKNOWN) & (declared != UNKNOWN) & (proven.kind != declared)
    return is_other


def id_on_several_accounts(facts: Facts, proven: Proven) -> Flags:
    """Several accounts hold the same id; a v3 id may stand once for each role."""
    by_v3_id = (proven.rule >= 0) & (proven.rule < _PLACES["legacy_id"])
    held = np.bincount(proven.user[by_v3_id], minlength=1)
    rows = np.flatnonzero(by_v3_id & (held[np.minimum(proven.user, len(held) - 1)] > 1))
    declared = facts.identities.role[proven.identity[rows]]
    role = np.where(proven.kind[rows] == UNKNOWN, declared + len(ROLES) + 1, proven.kind[rows])
    is_shared = np.zeros(len(proven.user), dtype=np.bool_)
    is_shared[rows] = _is_repeated(proven.user[rows].astype(np.int64) * 2 * (len(ROLES) + 1) + role)
    by_old_id = _is_shared(facts.legacy_role) | _is_shared(facts.csv_row)
    return is_shared | (facts.identities.any_of(by_old_id & (facts.stored_user < 0)) & (proven.user >= 0))


OBJECTIONS = (
    Rule("objection", belongs_to_other_district, Reason.USER_OF_OTHER_DISTRICT),
    Rule("objection", csv_and_api_disagree, Reason.CSV_DISAGREES),
    Rule("objection", stored_v3_id_differs, Reason.STORED_V3_ID_DIFFERS),
    Rule("objection", matches_two_users, Reason.MATCHES_TWO_USERS),
    Rule("objection", combines_student, Reason.STUDENT_COMBINED),
    Rule("objection", combines_contact, Reason.CONTACT_COMBINED),
    Rule("objection", version_mark_is_wrong, Reason.VERSION_MARK_WRONG),
    Rule("objection", role_differs, Reason.ROLE_DIFFERS),
    Rule("objection", id_on_several_accounts, Reason.ID_ON_SEVERAL_ACCOUNTS),
)
"""In the order in which they are raised; an account gets the first one's reason."""


def _combines(facts: Facts, proven: Proven, kind: int) -> Flags:
    shown = facts.roster.kinds[proven.user]
    bit = np.uint8(1 << kind)
    declared = facts.identities.role[proven.identity]
    is_mixed = (shown & bit != 0) & (shown != bit)
    is_crossed = (declared != UNKNOWN) & ((declared == kind) != (shown & bit != 0))
    combines: Flags = (proven.user >= 0) & (is_mixed | is_crossed)
    return combines


def _is_shared(led_to: Ints) -> Flags:
    """Return which identities lead to the same row as another account's; none does where -1 stands."""
    is_shared: Flags = (led_to >= 0) & (np.bincount(led_to + 1, minlength=1)[led_to + 1] > 1)
    return is_shared


def _is_repeated(keys: npt.NDArray[np.int64]) -> Flags:
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return counts[inverse] > 1
