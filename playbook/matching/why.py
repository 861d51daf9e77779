"""Why an account ended where it did: every rule that was asked about it, what the plan does, which rights change."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playbook.district import ROLES
from playbook.errors import InputError
from playbook.matching.absences import ABSENCES, OTHER_DISTRICT
from playbook.matching.columns import Positions
from playbook.matching.companions import list_companions
from playbook.matching.consequences import tell_plan, tell_rights
from playbook.matching.considered import Considered, consider
from playbook.matching.match import Matches
from playbook.matching.objections import OBJECTIONS
from playbook.matching.proofs import PROOFS
from playbook.matching.reasons import EXPLANATIONS, Reason
from playbook.matching.rule import Rule
from playbook.matching.story import Asked, Story
from playbook.matching.suggestions import SUGGESTIONS

_IS = {
    "matched": "matched",
    "already_v3": "on v3 already",
    "suggested": "only suggested",
    "tie": "a tie",
    "conflict": "a conflict",
    "unmatched": "unmatched",
}


def explain_account(
    account_id: str,
    matches: Matches,
    accounts: pd.DataFrame,
    users: pd.DataFrame,
    roles: pd.DataFrame,
    *,
    district_id: str,
    mapping: pd.DataFrame | None = None,
    former_ids: Collection[str] | None = None,
    destinations: pd.DataFrame | None = None,
    changes: pd.DataFrame | None = None,
    show_names: bool = False,
) -> Story:
    """Return everything that is known and decided about one account.

    Args:
        account_id: The account.
        matches: What matching says, decisions carried out.
        accounts: The ACCOUNTS table that was matched; so are the next five arguments those of `match_accounts`.
        users: The USERS table.
        roles: The ROLES table.
        district_id: Clever's id of the district.
        mapping: The MAPPING table, where there are migration CSVs.
        former_ids: The ids of an earlier snapshot.
        destinations: The DESTINATIONS table of the plan, once there is one.
        changes: The CHANGES table of the permission preview, once there is one.
        show_names: Whether names are written out instead of masked.

    Raises:
        InputError: No account has this id.
    """
    row = matches.rows[matches.rows["account_id"] == account_id]
    if row.empty:
        raise InputError(
            "no account of this district has the given id",
            code="unknown_account",
            remedy="Give the account's key as it stands in the accounts table.",
        )
    considered = consider(accounts, users, roles, district_id=district_id, mapping=mapping, former_ids=former_ids)
    verdict = row.iloc[0]
    explanation = EXPLANATIONS[Reason(verdict["reason"])]
    account = accounts[accounts["account_id"] == account_id].iloc[0]
    person = f"{_name(account['name'], show_names)}, {account['role'] or 'role unknown'}"
    place = _position(considered, account_id)
    teller = _Teller(considered, place, users, show_names)
    return Story(
        account_id=account_id,
        person=person,
        state=verdict["state"],
        reason=verdict["reason"],
        headline=_headline(account_id, person, verdict),
        says=explanation.says,
        remedy=explanation.remedy,
        asked=tuple(teller.tell()),
        companions=list_companions(place, verdict["reason"], matches, considered),
        plan=tuple(tell_plan(account_id, destinations)),
        rights=tuple(tell_rights(account_id, changes)),
    )


@dataclass(frozen=True, slots=True)
class _Teller:
    """Retells what each rule said of the account at one position."""

    considered: Considered
    place: int
    users: pd.DataFrame
    show_names: bool

    def tell(self) -> Iterator[Asked]:
        considered, place = self.considered, self.place
        facts, proven = considered.facts, considered.proven
        yield from (self._tell_proof(number, rule) for number, rule in enumerate(PROOFS))
        objects = [bool(rule.follow(facts, proven)[place]) for rule in OBJECTIONS]
        is_asked = proven.user[place] >= 0 or any(objects)
        for rule, stops in zip(OBJECTIONS, objects, strict=True):
            yield _asked(rule, is_asked, "against" if stops else "nothing")
        yield _asked(OTHER_DISTRICT, not is_asked, "against" if OTHER_DISTRICT.follow(facts)[place] else "nothing")
        yield from self._tell_likeness()

    def _tell_proof(self, number: int, rule: Rule) -> Asked:
        found, identities = self.considered.proven.found[number], self._identities()
        led = identities[found.user[identities] >= 0]
        pairs = [self._user(found.user[row], found.kind[row]) for row in led]
        return _asked(rule, True, "for" if pairs else "nothing", "; ".join(pairs))

    def _tell_likeness(self) -> Iterator[Asked]:
        people, suggestions = self.considered.people, self.considered.suggestions
        seeker = np.flatnonzero(people.seekers == self.place)
        mine = suggestions[suggestions["account"] == self.place]
        for rule in SUGGESTIONS:
            rows = mine[mine["rule"] == rule.name]
            pairs = [self._user(user, kind) for user, kind in zip(rows["user"], rows["kind"], strict=True)]
            yield _asked(rule, len(seeker) > 0, "for" if pairs else "nothing", "; ".join(pairs))
        is_asked = len(seeker) > 0 and mine.empty
        for rule in ABSENCES:
            holds = rule.follow(people, self.considered.former_ids)[seeker].any()
            yield _asked(rule, is_asked, "against" if holds else "nothing")
            is_asked = is_asked and not holds

    def _identities(self) -> Positions:
        return np.flatnonzero(self.considered.facts.identities.account == self.place)

    def _user(self, user: int, kind: int) -> str:
        row = self.users.iloc[int(user)]
        name = _name(f"{row['first']} {row['last']}", self.show_names)
        return f"user {row['user_id']} ({name}, {ROLES[kind] if kind >= 0 else 'role not known'})"


def _asked(rule: Rule, is_asked: bool, outcome: str, evidence: str = "") -> Asked:
    return Asked(rule.name, rule.says, outcome if is_asked else "not asked", evidence if is_asked else "")


def _position(considered: Considered, account_id: str) -> int:
    return int(considered.facts.identities.account_ids.index(account_id).as_py())


def _headline(account_id: str, person: str, verdict: pd.Series) -> str:
    link = "for" if verdict["state"] == "suggested" else "with"
    user = f" {link} user {verdict['user_id']}" if verdict["user_id"] else ""
    role = f" as {verdict['role']}" if verdict["role"] else ""
    return f"Account {account_id} ({person}) is {_IS[verdict['state']]}{user}{role}."


def _name(name: str, show_names: bool) -> str:
    """Return a name for people's eyes: its initials, or the whole without what a terminal would obey."""
    words = ["".join(letter for letter in word if letter.isprintable()) for word in name.split()]
    words = [word for word in words if word]
    shown = " ".join(words if show_names else (f"{word[0]}." for word in words))
    return shown or "no name"
