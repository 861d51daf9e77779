"""The recipe for the application's own sign-in, from the cut-over until nobody needs the old ids any more.

    found = reconcile_sign_in(user_id, legacy_ids, store, count, is_impersonated=...)

Look the account up by the v3 user id; where nobody answers, by the `legacy_id` of every role, not the teacher's alone;
then store the user id, so that the next look-up needs no fall-back. Districts that were disconnected during the
migration come back later with accounts that only know the old ids. Call it wherever the application finds an account
by a Clever id: sign-in, token refresh, account linking, roster import. A refresh that looks the new id up in the old
column updates nothing and says nothing.

The counter is the exit: when `by_legacy_id` has counted nothing for as long as you decide, the fall-back can go.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide, "Migrate to the v3.x User ID"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Outcome = Literal["by_user_id", "by_legacy_id", "several_accounts", "belongs_to_another", "nobody"]
Count = Callable[[str], None]
"""Adds one to the counter of that name: each `Outcome`, and `linked`, `raced`, `impersonated`."""


class Store(Protocol):
    """The application's own accounts, as the recipe needs them. Ids are lower case; "" means none."""

    def find_by_user_id(self, user_id: str, role: str) -> str:
        """Return the account that holds the v3 user id, or that answers for one that was folded into it.

        A student's id never changed: let this find it in the column of the old ids as well, so that the counter of the
        fall-back counts nobody who needs none.

        Args:
            user_id: The v3 user id.
            role: Where each role keeps its account, the role of this sign-in; elsewhere to be ignored.
        """

    def find_by_legacy_id(self, legacy_id: str) -> Iterable[tuple[str, str]]:
        """Return each account that holds the old id, with the v3 user id that it holds already.

        Where there are several, the one comes first that the application has been finding so far.
        """

    def link(self, account_id: str, user_id: str) -> bool:
        """Store the user id in one statement if and only if the account still has none, and say whether it did.

        Two sign-ins at once must not both write: `UPDATE … SET v3_id = ? WHERE id = ? AND v3_id IS NULL`, under a
        unique index on the v3 id (and on the role where each role keeps its account). Where the index refuses, return
        False; never overwrite, never delete.
        """


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Who signs in.

    Attributes:
        account_id: The account; blank where none may answer.
        outcome: How it was found, or why it was not.
        is_written: True where the user id was stored just now.
    """

    account_id: str
    outcome: Outcome
    is_written: bool = False


def reconcile_sign_in(
    user_id: str,
    legacy_ids: Mapping[str, str],
    store: Store,
    count: Count,
    *,
    role: str = "",
    is_impersonated: bool,
) -> Reconciled:
    """Return the account of somebody who signs in, and remember the v3 id on the way.

    Args:
        user_id: `data.id` of `/v3.1/me`.
        legacy_ids: For each role of `/v3.1/users/{id}`, its `legacy_id`, blank for a student; where each role keeps its
            account, that of this sign-in's role alone.
        store: The application's accounts.
        count: The application's counters.
        role: The role of this sign-in, where each role keeps its account or several accounts are found: the one whose
            legacy id is `user_id` of `/userinfo`. Never the type of `/me`.
        is_impersonated: True where somebody else signs in as this person (`loginas_by_admin=true`): nothing is written.

    Returns:
        The account. A blank one with the outcome `nobody` may be made anew. Whoever has `several_accounts` is let into
        the one of this role, as before, and nothing is stored until a person decides.
    """
    account_id = store.find_by_user_id(user_id, role)
    if account_id:
        count("by_user_id")
        return Reconciled(account_id, "by_user_id")
    found = _find_by_legacy_ids(user_id, legacy_ids, store)
    free = {account: roles for account, (owner, roles) in found.items() if owner in ("", user_id)}
    outcome = _outcome(found, free)
    count(outcome)
    if outcome != "by_legacy_id":
        return Reconciled(next((account for account, roles in free.items() if role in roles), ""), outcome)
    account_id = next(iter(free))
    if is_impersonated:
        count("impersonated")
        return Reconciled(account_id, outcome)
    return _link(account_id, user_id, role, store, count)


def _find_by_legacy_ids(user_id: str, legacy_ids: Mapping[str, str], store: Store) -> dict[str, tuple[str, set[str]]]:
    """Return each account that holds any of the old ids: who owns it already, and by which roles it was found."""
    found: dict[str, tuple[str, set[str]]] = {}
    for role, legacy_id in sorted(legacy_ids.items()):
        old_id = legacy_id or (user_id if role == "student" else "")
        for account_id, owner in store.find_by_legacy_id(old_id) if old_id else ():
            found.setdefault(account_id, (owner, set()))[1].add(role)
    return found


def _outcome(found: Mapping[str, object], free: Mapping[str, object]) -> Outcome:
    if not found:
        return "nobody"
    if not free:
        return "belongs_to_another"
    return "by_legacy_id" if len(free) == 1 else "several_accounts"


def _link(account_id: str, user_id: str, role: str, store: Store, count: Count) -> Reconciled:
    """Store the user id; where another sign-in was quicker, the account that it linked answers."""
    if store.link(account_id, user_id):
        count("linked")
        return Reconciled(account_id, "by_legacy_id", is_written=True)
    count("raced")
    winner = store.find_by_user_id(user_id, role)
    return Reconciled(winner, "by_legacy_id" if winner else "belongs_to_another")
