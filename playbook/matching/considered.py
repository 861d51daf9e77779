"""Everything that was considered on the way to a verdict: what the ids say, who looks like whom, and what follows."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from playbook.accounts.table import ACCOUNTS
from playbook.clever.tables import ROLES, USERS
from playbook.matching.facts import Facts, look_up
from playbook.matching.identities import lay_out_identities
from playbook.matching.official import lay_out_csv
from playbook.matching.people import People, gather_people
from playbook.matching.proven import Proven, prove
from playbook.matching.roster import lay_out_roster
from playbook.matching.suggestions import suggest
from playbook.matching.verdicts import Verdicts, judge_absent, judge_proven, judge_suggested


@dataclass(frozen=True, slots=True)
class Considered:
    """The whole consideration; positions are those of the accounts and users inside it.

    Attributes:
        facts: Both sides and where each id leads.
        proven: What the proofs say of each account.
        people: The accounts that nothing proves beside the users who have a clue in common with them.
        suggestions: Whom those accounts look like.
        former_ids: The ids that an earlier snapshot held, where there is one.
        verdicts: The verdict on each account.
    """

    facts: Facts
    proven: Proven
    people: People
    suggestions: pd.DataFrame
    former_ids: pa.Array | None
    verdicts: Verdicts


def consider(
    accounts: pd.DataFrame,
    users: pd.DataFrame,
    roles: pd.DataFrame,
    *,
    district_id: str,
    mapping: pd.DataFrame | None = None,
    former_ids: Collection[str] | None = None,
) -> Considered:
    """Ask every rule about every account; the arguments are those of `match_accounts`.

    Raises:
        TableError: A table breaks its contract, or a role belongs to no user; all faults in one message.
    """
    tables = ((ACCOUNTS, accounts), (USERS, users), (ROLES, roles))
    with ThreadPoolExecutor(max_workers=2) as threads:
        for checked in [threads.submit(contract.check, table) for contract, table in tables]:
            checked.result()
        identities = threads.submit(lay_out_identities, accounts, district_id)
        roster = lay_out_roster(users, roles, district_id)
        csv = lay_out_csv(mapping, roster.user_ids, district_id)
        facts = look_up(identities.result(), roster, csv)
    proven = prove(facts)
    verdicts = judge_proven(facts, proven)
    people = gather_people(facts, proven, users, roles, np.flatnonzero(verdicts.is_open))
    suggestions = suggest(people)
    judge_suggested(people, verdicts, suggestions)
    known = None if former_ids is None else pa.array(sorted(former_ids), pa.string())
    judge_absent(people, verdicts, known)
    return Considered(facts, proven, people, suggestions, known, verdicts)
