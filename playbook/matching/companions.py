"""Which other accounts an account's reason speaks of: they hold the same id, look alike, or are the same user's."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from playbook.matching.columns import Flags, is_blank
from playbook.matching.considered import Considered
from playbook.matching.match import Matches
from playbook.matching.objections import id_on_several_accounts
from playbook.matching.reasons import Reason
from playbook.matching.verdicts import REASONS, best_tier

_SETTLED = ("matched", "already_v3")


def list_companions(place: int, reason: str, matches: Matches, considered: Considered) -> tuple[str, ...]:
    """Return the keys of the other accounts that an account's reason speaks of, sorted; none for most reasons.

    Args:
        place: The account's position in what was considered.
        reason: The account's reason.
        matches: What matching says, decisions carried out.
        considered: The whole consideration.
    """
    account_ids = considered.facts.identities.account_ids
    if reason == Reason.ID_ON_SEVERAL_ACCOUNTS:
        found = _pick(account_ids, _hold_same_id(place, considered))
    elif reason == Reason.SEVERAL_ACCOUNTS_ALIKE:
        found = _pick(account_ids, _look_alike(place, considered))
    elif reason in (Reason.SEVERAL_ACCOUNTS_ONE_USER, Reason.USER_HAS_ACCOUNT):
        found = _of_same_user(account_ids[place].as_py(), matches)
    else:
        return ()
    return tuple(sorted(found - {account_ids[place].as_py()}))


def _hold_same_id(place: int, considered: Considered) -> Flags:
    """Return which accounts hold an id of this one and are tied by it."""
    identities = considered.facts.identities
    columns = (identities.clever_ids, identities.v3_ids)
    mine = pa.array(identities.account == place)
    ids = pa.chunked_array([ids.filter(mine) for ids in columns])
    ids = ids.filter(pa.array(~is_blank(ids.combine_chunks())))
    holds = [np.asarray(pc.is_in(column, value_set=ids.combine_chunks()), dtype=np.bool_) for column in columns]
    return identities.any_of(holds[0] | holds[1]) & id_on_several_accounts(considered.facts, considered.proven)


def _look_alike(place: int, considered: Considered) -> Flags:
    """Return which accounts are tied because they look like the same user as this one."""
    best = best_tier(considered.suggestions)
    users = best.loc[best["account"] == place, "user"]
    alike = np.zeros(len(considered.verdicts.reason), dtype=np.bool_)
    alike[best.loc[best["user"].isin(users), "account"]] = True
    is_tied: Flags = alike & (considered.verdicts.reason == REASONS.index(Reason.SEVERAL_ACCOUNTS_ALIKE))
    return is_tied


def _of_same_user(account_id: str, matches: Matches) -> set[str]:
    """Return the accounts that are settled to be the user whom this account names."""
    rows = matches.rows
    user_id = rows.loc[rows["account_id"] == account_id, "user_id"].iloc[0]
    is_settled = rows["state"].isin(_SETTLED) & (rows["user_id"] == user_id) & (user_id != "")
    return set(rows.loc[is_settled, "account_id"])


def _pick(account_ids: pa.Array, flags: Flags) -> set[str]:
    return set(account_ids.filter(pa.array(flags)).to_pylist())
