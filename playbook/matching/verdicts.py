"""The verdict on each account: exactly one state, one rule and one reason, whatever the rules said before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from playbook.district import ROLES
from playbook.matching.absences import ABSENCES, BLOCKING, OTHER_DISTRICT, has_id
from playbook.matching.columns import STUDENT, UNKNOWN, Flags, Ints, Positions, find_words
from playbook.matching.facts import Facts
from playbook.matching.objections import OBJECTIONS
from playbook.matching.people import People
from playbook.matching.proofs import PROOFS
from playbook.matching.proven import Proven
from playbook.matching.reasons import Reason
from playbook.matching.rules import RULE_NAMES
from playbook.matching.table import STATES
from playbook.tables import TEXT

REASONS = tuple(Reason)
_STATE = {state: code for code, state in enumerate(STATES)}
_REASON = {reason: code for code, reason in enumerate(REASONS)}
_RULE = {rule: code for code, rule in enumerate(RULE_NAMES)}
_PROVEN_BY = {
    "student_id": ("matched", Reason.STUDENT_ID_KEPT),
    "stored_v3_id": ("already_v3", Reason.ON_V3_ALREADY),
    "v3_id_beside": ("already_v3", Reason.ON_V3_ALREADY),
    "legacy_id": ("matched", Reason.LEGACY_ID_FOUND),
    "official_csv": ("matched", Reason.NAMED_BY_CSV),
}
_PROOFS = [rule.name for rule in PROOFS]
_PROVEN_CODES: Ints = np.array(
    [*((_STATE[_PROVEN_BY[name][0]], _RULE[name], _REASON[_PROVEN_BY[name][1]]) for name in _PROOFS), (-1, -1, -1)],
    dtype=np.int32,
).T
"""State, rule and reason for the place of each proof; the last column is for an account that nothing proves."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One entry an account; codes into STATES, RULE_NAMES, REASONS and Clever's roles, positions of users.

    The arrays are filled while the rules are asked and given to nobody before.
    """

    state: Ints
    rule: Ints
    reason: Ints
    user: Ints
    kind: Ints

    @property
    def is_open(self) -> Flags:
        """Where no verdict stands yet."""
        is_open: Flags = self.state == -1
        return is_open

    @property
    def is_settled(self) -> Flags:
        """Where the account is proven or accepted to be its user."""
        is_settled: Flags = (self.state == _STATE["matched"]) | (self.state == _STATE["already_v3"])
        return is_settled

    def put(self, where: Flags | Positions, state: str, rule: str, reason: str) -> None:
        """Set a verdict without a user on some accounts."""
        rows = np.flatnonzero(where) if where.dtype == np.bool_ else where
        self.state[rows], self.rule[rows] = _STATE[state], _RULE[rule]
        self.reason[rows] = _REASON[Reason(reason)]
        self.user[rows] = self.kind[rows] = -1

    def pair(self, where: Flags | Positions, user: Ints, kind: Ints) -> None:
        """Name the user, and its role, on some accounts."""
        self.user[where], self.kind[where] = user, kind

    def give(self, where: Flags | Positions, reason: Reason) -> None:
        """Change the reason on some accounts."""
        self.reason[where] = _REASON[reason]


def judge_proven(facts: Facts, proven: Proven) -> Verdicts:
    """Return the verdicts on the accounts that the ids prove, or lead astray; the others stay open."""
    states, rules, reasons = (codes[proven.rule] for codes in _PROVEN_CODES)
    verdicts = Verdicts(states, rules, reasons, proven.user.copy(), proven.kind.copy())
    is_student = facts.roster.shows(proven.user, STUDENT)
    verdicts.state[is_student] = _STATE["matched"]
    verdicts.give(is_student, Reason.STUDENT_ID_KEPT)
    with ThreadPoolExecutor(max_workers=2) as threads:
        objected = list(threads.map(lambda rule: rule.follow(facts, proven), OBJECTIONS))
    # The first objection is the one that counts, so it is written last.
    for rule, where in reversed(list(zip(OBJECTIONS, objected, strict=True))):
        state = "tie" if rule.reason == Reason.ID_ON_SEVERAL_ACCOUNTS else "conflict"
        verdicts.put(where, state, rule.name, rule.reason)
    _flag_several_accounts(verdicts, len(facts.roster.user_ids))
    _flag_hidden_roles(facts, proven, verdicts)
    is_foreign = verdicts.is_open & OTHER_DISTRICT.follow(facts)
    verdicts.put(is_foreign, "unmatched", OTHER_DISTRICT.name, OTHER_DISTRICT.reason)
    return verdicts


def judge_suggested(people: People, verdicts: Verdicts, suggestions: pd.DataFrame) -> None:
    """Give the open accounts that look like a user their verdict."""
    best = best_tier(suggestions)
    first = best.drop_duplicates("account")
    account = first["account"].to_numpy()
    users = best.groupby("account")["user"].nunique().to_numpy()
    is_hidden = (first["rule"] == "same_email_other_role").to_numpy()
    user = first["user"].to_numpy(dtype=np.int32)
    kind = np.where(is_hidden | _has_several_kinds(best), UNKNOWN, first["kind"].to_numpy(dtype=np.int32))
    taken = np.zeros((len(people.facts.roster.user_ids), len(ROLES) + 1), dtype=np.bool_)
    taken[verdicts.user[verdicts.is_settled], verdicts.kind[verdicts.is_settled]] = True
    verdicts.state[account] = _STATE["suggested"]
    verdicts.rule[account] = find_words(pa.array(first["rule"].astype(TEXT)), pa.array(RULE_NAMES))
    verdicts.pair(account, user, kind)
    verdicts.give(account, Reason.ID_REISSUED)
    verdicts.give(account[~has_id(people)[account]], Reason.NEVER_HAD_ID)
    verdicts.give(account[taken[user, kind]], Reason.USER_HAS_ACCOUNT)
    verdicts.give(account[is_hidden], Reason.ROLE_NOT_SHARED)
    is_one = users == 1
    alike = account[is_one][pd.Series(_pairs(user, kind)[is_one]).duplicated(keep=False).to_numpy()]
    for tied, reason in ((account[~is_one], Reason.SEVERAL_USERS_ALIKE), (alike, Reason.SEVERAL_ACCOUNTS_ALIKE)):
        verdicts.state[tied] = _STATE["tie"]
        verdicts.pair(tied, np.full(len(tied), -1, dtype=np.int32), np.full(len(tied), -1, dtype=np.int32))
        verdicts.give(tied, reason)


def judge_absent(people: People, verdicts: Verdicts, former_ids: pa.Array | None) -> None:
    """Give every account that is still open the first reason for which nothing was found."""
    is_open = verdicts.is_open[people.seekers]
    for rule in reversed(ABSENCES):
        state = "conflict" if rule.reason in BLOCKING else "unmatched"
        verdicts.put(people.seekers[is_open & rule.follow(people, former_ids)], state, rule.name, rule.reason)


def _flag_several_accounts(verdicts: Verdicts, users: int) -> None:
    settled = np.flatnonzero(verdicts.is_settled)
    held = np.bincount(verdicts.user[settled], minlength=users)
    verdicts.give(settled[held[verdicts.user[settled]] > 1], Reason.SEVERAL_ACCOUNTS_ONE_USER)


def _flag_hidden_roles(facts: Facts, proven: Proven, verdicts: Verdicts) -> None:
    """Take the role away where the user does not show it: a role that nobody sees gives no rights."""
    declared = facts.identities.role[proven.identity]
    is_hidden = ~facts.roster.shows(proven.user, proven.kind) & ((declared != UNKNOWN) | (proven.kind != UNKNOWN))
    is_hidden &= verdicts.is_settled
    verdicts.give(is_hidden, Reason.ROLE_NOT_SHARED)
    verdicts.kind[is_hidden] = UNKNOWN


def best_tier(suggestions: pd.DataFrame) -> pd.DataFrame:
    """Return each account's suggestions of the best sort: by number or e-mail, else by name, else across roles."""
    rules = suggestions["rule"]
    tiers = (rules == "same_name") + 2 * (rules == "same_email_other_role").astype(np.int64)
    return suggestions[tiers == tiers.groupby(suggestions["account"]).transform("min")]


def _has_several_kinds(best: pd.DataFrame) -> Flags:
    return (best.groupby("account")["kind"].nunique() > 1).to_numpy()


def _pairs(user: Ints, kind: Ints) -> Positions:
    return user.astype(np.int64) * 8 + kind + 1
