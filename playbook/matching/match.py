"""Who is who: every account of the vendor's database beside the v3 user that it belongs to, or the reason why not.

Source: Clever's upgrade guide, "Migrate to the v3.x User ID", and its guide on multi-role users.
"""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from playbook.district import ROLES
from playbook.matching.candidates import list_candidates
from playbook.matching.columns import as_series, decode, is_blank, pick
from playbook.matching.considered import consider
from playbook.matching.facts import Facts
from playbook.matching.ids import pick_ids
from playbook.matching.proven import Proven
from playbook.matching.reasons import Reason
from playbook.matching.rules import RULE_NAMES
from playbook.matching.table import MATCHES, NEW_USERS, STATES, WAITING
from playbook.matching.verdicts import REASONS, Verdicts


@dataclass(frozen=True, slots=True)
class Matches:
    """What matching says.

    Attributes:
        rows: The MATCHES table, one row an account, sorted by account_id.
        candidates: The CANDIDATES table, for the accounts that are not settled by their ids.
        new_users: The NEW_USERS table, one row for each role of a user without an account.
    """

    rows: pd.DataFrame
    candidates: pd.DataFrame
    new_users: pd.DataFrame

    @property
    def states(self) -> dict[str, int]:
        """How many accounts are in each state; the sum is the number of accounts."""
        return {state: int((self.rows["state"] == state).sum()) for state in STATES}

    @property
    def reasons(self) -> dict[str, int]:
        """How many accounts have each reason that occurs."""
        return {str(reason): int(count) for reason, count in sorted(self.rows["reason"].value_counts().items())}

    def awaited_users(self) -> frozenset[str]:
        """Return the users who may be the person of an account that waits for review."""
        waiting = self.rows.loc[self.rows["state"].isin(WAITING), "account_id"]
        return frozenset(self.candidates.loc[self.candidates["account_id"].isin(waiting), "user_id"])


def match_accounts(
    accounts: pd.DataFrame,
    users: pd.DataFrame,
    roles: pd.DataFrame,
    *,
    district_id: str,
    mapping: pd.DataFrame | None = None,
    former_ids: Collection[str] | None = None,
) -> Matches:
    """Pair every account with the v3 user that it belongs to.

    Args:
        accounts: The ACCOUNTS table, one row an (account, Clever identity).
        users: The USERS table of the district's snapshot.
        roles: The ROLES table of the same snapshot.
        district_id: Clever's id of the district; nothing is matched across districts.
        mapping: The MAPPING table of Clever's migration CSVs, where there are any.
        former_ids: The ids that an earlier snapshot held; tells an id that left from one that Clever never gave.

    Returns:
        Matches whose rows hold each account once, sorted by it, with a state, a rule and a reason code.

    Raises:
        TableError: A table breaks its contract, or a role belongs to no user; all faults in one message.

    Source: Clever's upgrade guide, "Migrate to the v3.x User ID".
    """
    considered = consider(accounts, users, roles, district_id=district_id, mapping=mapping, former_ids=former_ids)
    facts, proven, verdicts = considered.facts, considered.proven, considered.verdicts
    with ThreadPoolExecutor(max_workers=1) as thread:
        rows = thread.submit(_list_matches, facts, proven, verdicts)
        candidates = list_candidates(facts, proven, considered.suggestions, verdicts.is_settled)
        new_users = _list_new_users(facts, verdicts, candidates, roles)
        return Matches(rows.result(), candidates, new_users)


def _list_new_users(facts: Facts, verdicts: Verdicts, candidates: pd.DataFrame, roles: pd.DataFrame) -> pd.DataFrame:
    """Return each role of the users whom no account is settled to belong to."""
    has_account = np.zeros(len(facts.roster.user_ids), dtype=np.bool_)
    has_account[verdicts.user[verdicts.is_settled]] = True
    theirs = roles.loc[~has_account[facts.roster.role_user], ["user_id", "role", "legacy_id"]]
    waits = theirs["user_id"].isin(candidates["user_id"]).to_numpy(dtype=np.bool_)
    reason = as_series(decode(waits.astype(np.int32), [Reason.NO_ACCOUNT, Reason.WAITS_FOR_REVIEW]))
    return NEW_USERS.make(theirs.assign(reason=reason.array))


def _list_matches(facts: Facts, proven: Proven, verdicts: Verdicts) -> pd.DataFrame:
    columns = {
        "account_id": facts.identities.account_ids,
        "state": decode(verdicts.state, STATES),
        "user_id": pick_ids(facts.roster.user_ids, verdicts.user),
        "role": decode(verdicts.kind, ROLES),
        "rule": decode(verdicts.rule, RULE_NAMES),
        "evidence": _evidence(facts, proven),
        "reason": decode(verdicts.reason, REASONS),
    }
    return MATCHES.check(pd.DataFrame({name: as_series(values) for name, values in columns.items()}))


def _evidence(facts: Facts, proven: Proven) -> pa.Array:
    """Return the deciding id, and how many accounts' ids lead to the same user where there are several."""
    identities = facts.identities
    old = identities.pick_one(identities.clever_ids, proven.identity)
    led = proven.user + 1
    held = np.where(led > 0, np.bincount(led)[led], 1)
    several = decode(held - 2, [f"|accounts={count}" for count in range(2, int(held.max(initial=0)) + 1)])
    evidence = pc.binary_join_element_wise("clever_id=", old, several, "")
    without = is_blank(old)
    if not without.any():
        return evidence
    rows = np.flatnonzero(without)
    new = pick(identities.v3_ids, proven.identity[rows])
    column = decode(np.where(is_blank(new), -1, 0), ["v3_id="])
    beside = pc.binary_join_element_wise(column, new, several.take(pa.array(rows)), "")
    return pc.replace_with_mask(evidence, pa.array(without), beside)
