"""Who looks like whom: both sides' e-mails, numbers and names in one comparable spelling, for suggestions only."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from playbook.matching.columns import Flags, Ints, Positions, find_words, pick, text_column
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
            account_kind and kind (role codes), value (a number for each text), and users and accounts (how many of
            each side share the value).
            Blanks are like nothing. Shared mailboxes are left out.
        in_shared_mailbox: The positions of the accounts whose address three or more people share.
    """

    facts: Facts
    seekers: Positions
    alike: Mapping[str, pd.DataFrame]
    in_shared_mailbox: Positions


def gather_people(facts: Facts, proven: Proven, users: pd.DataFrame, roles: pd.DataFrame, seekers: Positions) -> People:
    """Return the open accounts beside everybody of the district who has a clue in common with them."""
    accounts, wanted = {}, {}
    for clue in CLUES:
        accounts[clue], wanted[clue] = _accounts(facts, clue, seekers)
    # Most of the work is done on text columns, outside Python's lock.
    with ThreadPoolExecutor(max_workers=2) as threads:
        held = threads.submit(_find_shared_mailboxes, facts, proven, wanted["email"])
        found = threads.map(lambda clue: _users(facts, users, roles, clue, wanted[clue]), CLUES)
        theirs = dict(zip(CLUES, found, strict=True))
    mailboxes = held.result() | _are_crowded(theirs["email"]["value"], theirs["email"]["user"], len(wanted["email"]))
    is_crowd = mailboxes[accounts["email"]["value"]]
    in_mailbox = accounts["email"].loc[is_crowd, "account"].to_numpy()
    accounts["email"] = accounts["email"][~is_crowd]
    return People(facts, seekers, {clue: _pair(accounts[clue], theirs[clue]) for clue in CLUES}, in_mailbox)


def fold(values: pa.Array) -> pa.Array:
    """Return text in the spelling in which it is compared: in lower case, without spaces at the ends."""
    return pc.utf8_lower(pc.utf8_trim_whitespace(values))


def _accounts(facts: Facts, clue: str, accounts: Positions) -> tuple[pd.DataFrame, pa.Array]:
    """Return the accounts that have the clue, account, account_kind and value, and what each value is as text."""
    first = facts.identities.starts[accounts]
    texts = fold(pick(text_column(facts.identities.rows, clue), first))
    wanted = pc.unique(texts.filter(pc.not_equal(texts, "")))
    values = find_words(texts, wanted)
    table = pd.DataFrame({"account": accounts, "account_kind": facts.identities.role[first], "value": values})
    return table[values >= 0], wanted


def _users(facts: Facts, users: pd.DataFrame, roles: pd.DataFrame, clue: str, wanted: pa.Array) -> pd.DataFrame:
    """Return a row for each role of a user of this district whose clue is wanted: user, kind, value."""
    roster = facts.roster
    if not len(wanted):
        return pd.DataFrame({name: pd.Series(dtype=np.int32) for name in ("user", "kind", "value")})
    if clue in ("email", "name"):
        texts = fold(_full_name(users) if clue == "name" else text_column(users, clue))
        values = find_words(texts, wanted)[roster.role_user]
    else:
        values = find_words(fold(text_column(roles, clue)), wanted)
    rows = np.flatnonzero((values >= 0) & ~roster.is_foreign[roster.role_user])
    return pd.DataFrame({"user": roster.role_user[rows], "kind": roster.role_kind[rows], "value": values[rows]})


def _pair(accounts: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Return each account beside each role of a user that has the same value, and how many of each side have it."""
    accounts = accounts.assign(accounts=accounts.groupby("value")["account"].transform("size"))
    theirs = theirs.assign(users=theirs.groupby("value")["user"].transform("nunique"))
    return accounts.merge(theirs, on="value")


def _find_shared_mailboxes(facts: Facts, proven: Proven, wanted: pa.Array) -> Flags:
    """Return which of the wanted addresses three or more people hold among all accounts."""
    addresses = fold(facts.identities.pick_one(text_column(facts.identities.rows, "email"), facts.identities.starts))
    values = find_words(addresses, wanted)
    holders = np.flatnonzero(values >= 0)
    user = proven.user[holders]
    # Accounts that are proven to be one user are one person; an account that nothing proves is a person of its own.
    return _are_crowded(values[holders], np.where(user >= 0, user, -1 - holders), len(wanted))


def _full_name(users: pd.DataFrame) -> pa.Array:
    parts = (pc.utf8_trim_whitespace(text_column(users, column)) for column in ("first", "last"))
    return pc.binary_join_element_wise(*parts, " ")


def _are_crowded(values: Ints | pd.Series, people: Positions | pd.Series, count: int) -> Flags:
    """Return for each of so many values whether it is held by so many people that they are a crowd."""
    held = pd.DataFrame({"value": values, "person": people}).drop_duplicates()
    is_crowded: Flags = np.bincount(held["value"], minlength=count) >= _CROWD
    return is_crowded
