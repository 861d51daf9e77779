"""What the rehearsal foretells is what the recipe for the application's own sign-in does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from playbook.accounts.table import ACCOUNTS
from playbook.clever.tables import ROLES
from playbook.cutover.reconcile import reconcile_sign_in
from playbook.cutover.sign_ins import rehearse_sign_ins
from playbook.cutover.table import SIGN_INS
from playbook.merging.table import DESTINATIONS

EMPLOYEES = ("district_admin", "staff", "teacher")


@dataclass(frozen=True)
class Account:
    """An account as the plan leaves it: its old id, its v3 id, and who answers for it."""

    account_id: str
    old_id: str
    role: str
    outcome: str
    user_id: str
    survivor_id: str


class Applied:
    """The accounts once the plan is applied."""

    def __init__(self, accounts: Sequence[Account], people: str) -> None:
        self.accounts = accounts
        self.people = people

    def find_by_user_id(self, user_id: str, role: str) -> str:
        found = [a for a in self.accounts if a.user_id == user_id and (self.people == "consolidate" or a.role == role)]
        return min((account.survivor_id for account in found), default="")

    def find_by_legacy_id(self, legacy_id: str) -> Iterable[tuple[str, str]]:
        return [(a.account_id, a.user_id) for a in self.accounts if a.old_id == legacy_id]

    def link(self, account_id: str, user_id: str) -> bool:
        return True


@st.composite
def _district(draw: st.DrawFn) -> tuple[list[tuple[str, str]], list[Account], str]:
    """Users with roles, accounts for some of the roles, and a plan that links, folds or holds each person's."""
    people = draw(st.sampled_from(["consolidate", "role_accounts"]))
    roles: list[tuple[str, str]] = []
    accounts: list[Account] = []
    for user in ("u", "v", "w")[: draw(st.integers(1, 3))]:
        own = draw(st.lists(st.sampled_from(EMPLOYEES), unique=True, min_size=1))
        roles += [(user, role) for role in own]
        held = [role for role in own for _ in range(draw(st.integers(0, 2)))]
        is_decided = len(set(held)) == len(held) and draw(st.booleans())
        ids = [f"{user}{number}" for number in range(len(held))]
        for account_id, role in zip(ids, held, strict=True):
            outcome = "held" if not is_decided else "linked"
            survivor = account_id
            if is_decided and people == "consolidate" and len(held) > 1:
                outcome, survivor = ("survivor" if account_id == ids[-1] else "folded"), ids[-1]
            linked = user if is_decided else ""
            accounts.append(Account(account_id, f"{user}-{role}", role, outcome, linked, survivor))
    return roles, accounts, people


def _rehearse(roles: list[tuple[str, str]], accounts: list[Account], people: str) -> pd.DataFrame:
    blank = dict.fromkeys(ROLES.columns, "")
    known = ROLES.make([blank | {"user_id": u, "role": role, "legacy_id": f"{u}-{role}"} for u, role in roles])
    own: dict[str, object] = dict.fromkeys(ACCOUNTS.columns, "") | {"rows": 0}
    stored = [own | {"account_id": a.account_id, "clever_id": a.old_id, "role": a.role} for a in accounts]
    ends = [
        {name: getattr(a, name) for name in ("account_id", "outcome", "user_id", "role", "survivor_id")}
        | {"reason": ""}
        for a in accounts
    ]
    return rehearse_sign_ins(
        known,
        ACCOUNTS.make(stored) if stored else ACCOUNTS.empty(),
        DESTINATIONS.make(ends) if ends else DESTINATIONS.empty(),
        people=people,
    )


@given(_district())
@settings(max_examples=80, deadline=None)
def test_the_recipe_lets_in_whom_the_rehearsal_foretold(
    world: tuple[list[tuple[str, str]], list[Account], str],
) -> None:
    """For any plan, every (user, role) reaches the account that the rehearsal says, and nobody a stranger's."""
    roles, accounts, people = world
    sign_ins = _rehearse(roles, accounts, people)
    SIGN_INS.check(sign_ins)
    assert len(sign_ins) == len(roles)
    for row in sign_ins.itertuples():
        own = [role for user, role in roles if user == row.user_id] if people == "consolidate" else [row.role]
        old_ids = {role: f"{row.user_id}-{role}" for role in own}
        found = reconcile_sign_in(
            row.user_id, old_ids, Applied(accounts, people), [].append, role=row.role, is_impersonated=True
        )
        assert found.account_id == row.after
        assert row.after == "" or row.after.startswith(row.user_id)
        assert (row.verdict == "new") == (row.before == row.after == "")
        assert row.verdict != "lost"
