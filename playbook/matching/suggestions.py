"""The rules that only suggest: what a reviewer may look at for an account whose ids prove nothing.

The order for each role is Clever's own; names never decide alone, and a contact is never guessed by name.
Source: Clever's onboarding guide, matching accounts without a Clever id; its guide on contacts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from playbook.matching.columns import CONTACT, DISTRICT_ADMIN, STAFF, STUDENT, TEACHER, UNKNOWN
from playbook.matching.people import People
from playbook.matching.rule import Rule

EMPLOYEES = (TEACHER, STAFF, DISTRICT_ADMIN)


def same_sis_id(people: People) -> pd.DataFrame:
    """The account and a user of the same role have the same SIS id."""
    return _of_same_role(people.alike["sis_id"])


def same_number(people: People) -> pd.DataFrame:
    """The account and a user of the same role have the same number."""
    return _of_same_role(people.alike["number"])


def same_state_id(people: People) -> pd.DataFrame:
    """The account and a user of the same role have the same state id."""
    return _of_same_role(people.alike["state_id"])


def same_email(people: People) -> pd.DataFrame:
    """The account and a user of the same role have the same e-mail address, which no third person shares."""
    return _of_same_role(people.alike["email"])


def same_name(people: People) -> pd.DataFrame:
    """The account and a user of the same role have the same first and last name."""
    return _of_same_role(people.alike["name"])


def same_email_other_role(people: People) -> pd.DataFrame:
    """The accounts and the user are employees with the same e-mail address, but the user does not show the role."""
    alike = people.alike["email"]
    are_employees = alike["kind"].isin(EMPLOYEES) & alike["account_kind"].isin(EMPLOYEES)
    user, kind = alike["user"].to_numpy(dtype=np.int32), alike["account_kind"].to_numpy(dtype=np.int32)
    return alike[are_employees & ~people.facts.roster.shows(user, kind)]


SUGGESTIONS = tuple(
    Rule("suggestion", rule)
    for rule in (same_sis_id, same_number, same_state_id, same_email, same_name, same_email_other_role)
)

ORDER: Mapping[int, tuple[str, ...]] = {
    STUDENT: ("same_sis_id", "same_number", "same_state_id", "same_email", "same_name"),
    TEACHER: ("same_email", "same_sis_id", "same_number", "same_state_id", "same_name", "same_email_other_role"),
    STAFF: ("same_email", "same_sis_id", "same_name", "same_email_other_role"),
    DISTRICT_ADMIN: ("same_email", "same_name", "same_email_other_role"),
    CONTACT: ("same_sis_id", "same_email"),
    UNKNOWN: ("same_email",),
}
"""For each role, the rules that may suggest, the strongest first. An account of unknown role has its e-mail only."""


def suggest(people: People) -> pd.DataFrame:
    """Return every suggestion for the open accounts.

    Returns:
        account and user (positions), kind, rule, rank (place in the role's order), users and accounts (how many share
        the value); one row an (account, user, kind, rule), sorted by account, rank, user and kind.
    """
    allowed = []
    for rule in SUGGESTIONS:
        found = rule.follow(people)
        ranks = {kind: rules.index(rule.name) for kind, rules in ORDER.items() if rule.name in rules}
        found = found[found["account_kind"].isin(list(ranks))]
        allowed.append(found.assign(rule=rule.name, rank=found["account_kind"].map(ranks).astype(np.int64)))
    suggestions: pd.DataFrame = pd.concat(allowed, ignore_index=True)
    return suggestions.sort_values(["account", "rank", "user", "kind"], kind="stable", ignore_index=True)


def _of_same_role(alike: pd.DataFrame) -> pd.DataFrame:
    return alike[(alike["kind"] == alike["account_kind"]) | (alike["account_kind"] == UNKNOWN)]
