"""Who looks like whom: both sides' e-mails, numbers and names in one comparable spelling, for suggestions only."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from playbook.matching.columns import Flags, Positions, as_series, is_blank, pick, text_column
from playbook.matching.facts import Facts
from playbook.matching.proven import Proven

CLUES = ("email", "sis_id", "number", "state_id", "name")
_CROWD = 3
"""From so many people on, an e-mail address is a shared mailbox."""


@dataclass(frozen=True, slots=True)
class People:
    """The accounts that nothing proves beside the users who have a clue in common with them.

    Attributes:
        facts: Both sides, laid out.
        seekers: The positions of those accounts.
        alike: For each clue, a row an (account, role of a user) with the same value: account and user (positions),
            account_kind and kind (role codes), and users and accounts (how many of each side share the value).
            Blanks are like nothing. Shared mailboxes are left out.
        in_shared_mailbox: The positions of the accounts whose address three or more people share.
    """

    facts: Facts
    seekers: Positions
    alike: Mapping[str, pd.DataFrame]
    in_shared_mailbox: Positions


def gather_people(facts: Facts, proven: Proven, users: pd.DataFrame, roles: pd.DataFrame, seekers: Positions) -> People:
    """Return the open accounts beside everybody of the district who has a clue in common with them."""

    def gather(clue: str) -> tuple[pd.DataFrame, Positions]:
        accounts = _accounts(facts, clue, seekers)
        theirs = _users(facts, users, roles, clue, pa.array(accounts["value"]).unique())
        is_crowd = np.zeros(len(accounts), dtype=np.bool_)
        if clue == "email":
            mailboxes = _find_shared_mailboxes(facts, proven, accounts["value"], theirs)
            is_crowd = accounts["value"].isin(mailboxes).to_numpy(dtype=np.bool_)
        return _pair(accounts[~is_crowd], theirs), accounts["account"].to_numpy()[is_crowd]

    # Most of the work is done on text columns, outside Python's lock.
    with ThreadPoolExecutor(max_workers=2) as threads:
        gathered = dict(zip(CLUES, threads.map(gather, CLUES), strict=True))
    return People(facts, seekers, {clue: alike for clue, (alike, _) in gathered.items()}, gathered["email"][1])


def fold(values: pa.Array) -> pa.Array:
    """Return text in the spelling in which it is compared: in lower case, without spaces at the ends."""
    return pc.utf8_lower(pc.utf8_trim_whitespace(values))


def _accounts(facts: Facts, clue: str, accounts: Positions) -> pd.DataFrame:
    """Return the accounts that have the clue: account, account_kind, value."""
    first = facts.identities.starts[accounts]
    values = fold(pick(text_column(facts.identities.rows, clue), first))
    table = {"account": accounts, "account_kind": facts.identities.role[first], "value": as_series(values)}
    return pd.DataFrame(table)[~is_blank(values)]


def _users(facts: Facts, users: pd.DataFrame, roles: pd.DataFrame, clue: str, wanted: pa.Array) -> pd.DataFrame:
    """Return a row for each role of a user of this district whose clue is wanted: user, kind, value."""
    roster = facts.roster
    if not len(wanted):
        return pd.DataFrame(
            {"user": pd.Series(dtype=np.int32), "kind": pd.Series(dtype=np.int32), "value": as_series(wanted)}
        )
    if clue in ("email", "name"):
        values = fold(_full_name(users) if clue == "name" else text_column(users, clue))
        place = roster.role_user
    else:
        values = fold(text_column(roles, clue))
        place = np.arange(len(roles), dtype=np.int32)
    is_wanted = _is_among(values, wanted)
    rows = np.flatnonzero(is_wanted[place] & ~roster.is_foreign[roster.role_user])
    shared = as_series(pick(values, place[rows]))
    return pd.DataFrame({"user": roster.role_user[rows], "kind": roster.role_kind[rows], "value": shared})


def _pair(accounts: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Return each account beside each role of a user that has the same value, and how many of each side have it."""
    accounts = accounts.assign(accounts=accounts.groupby("value")["account"].transform("size"))
    theirs = theirs.assign(users=theirs.groupby("value")["user"].transform("nunique"))
    return accounts.merge(theirs, on="value")


def _find_shared_mailboxes(facts: Facts, proven: Proven, wanted: pd.Series, theirs: pd.DataFrame) -> frozenset[str]:
    """Return the wanted addresses that three or more people hold, among the users or among all accounts."""
    addresses = fold(facts.identities.pick_one(text_column(facts.identities.rows, "email"), facts.identities.starts))
    holders = np.flatnonzero(_is_among(addresses, pa.array(wanted)))
    user = proven.user[holders]
    # Accounts that are proven to be one user are one person; an account that nothing proves is a person of its own.
    person = pd.Series(np.where(user >= 0, user, -1 - holders))
    held = as_series(pick(addresses, holders))
    return _crowded(held, person) | _crowded(theirs["value"], theirs["user"])


def _full_name(users: pd.DataFrame) -> pa.Array:
    parts = (pc.utf8_trim_whitespace(text_column(users, column)) for column in ("first", "last"))
    return pc.binary_join_element_wise(*parts, " ")


def _is_among(values: pa.Array, wanted: pa.Array) -> Flags:
    return np.asarray(pc.is_in(values, value_set=wanted), dtype=np.bool_)


def _crowded(values: pd.Series, people: pd.Series) -> frozenset[str]:
    counts = people.groupby(values).nunique()
    return frozenset(counts.index[counts >= _CROWD])
