"""Small districts for the permission tests, written person by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from playbook.accounts.table import ACCOUNTS
from playbook.clever.tables import ROLES, SCHOOLS, SECTIONS
from playbook.district import Permissions
from playbook.merging.table import DESTINATIONS
from playbook.permissions.preview import Preview, preview_permissions
from playbook.tables import join

DISTRICT = "6f000000d1d1d1d1d1d1d101"
SCHOOL_SECTIONS: Mapping[str, tuple[str, ...]] = {"A": ("A1", "A2"), "B": ("B1", "B2")}


@dataclass(frozen=True)
class Role:
    """One role of a person in Clever."""

    name: str
    schools: Sequence[str] = ()
    teaches: Sequence[str] = ()
    staff_roles: Sequence[str] = ()


@dataclass(frozen=True)
class Account:
    """One account at the vendor; it holds the v2 id of one of the person's roles."""

    role: str
    status: str = "active"
    outcome: str = "linked"
    survivor: str = ""
    word: str = "="


@dataclass(frozen=True)
class Person:
    """Somebody with roles in Clever and accounts at the vendor, an account a role."""

    roles: Sequence[Role]
    accounts: Sequence[Account] = field(default=())


def tables(people: Sequence[Person]) -> dict[str, pd.DataFrame]:
    """Return the tables of a district in which these people live; account ids are person number and role."""
    roles, accounts, ends = [], [], []
    taught: dict[str, list[str]] = {section: [] for sections in SCHOOL_SECTIONS.values() for section in sections}
    for number, person in enumerate(people):
        user_id = f"user{number}"
        for role in person.roles:
            roles.append(_role(user_id, role))
            for section in role.teaches:
                taught[section].append(user_id)
        for account in person.accounts:
            account_id = f"{number}-{account.role}"
            word = account.role if account.word == "=" else account.word
            accounts.append(_account(account_id, f"{user_id}-{account.role}", word, account.status))
            survivor = f"{number}-{account.survivor}" if account.survivor else account_id
            held = account.outcome in ("held", "left", "retired")
            ends.append((account_id, account.outcome, "" if held else user_id, account.role, survivor, ""))
    return {
        "roles": ROLES.make(roles) if roles else ROLES.empty(),
        "sections": SECTIONS.make(
            [
                {
                    "section_id": section,
                    "school_id": school,
                    "teacher_id": taught[section][0] if taught[section] else "",
                    "teachers": join(taught[section]),
                    "students": 20,
                }
                for school, sections in SCHOOL_SECTIONS.items()
                for section in sections
            ]
        ),
        "schools": SCHOOLS.make([{"school_id": s, "district_id": DISTRICT, "name": s} for s in SCHOOL_SECTIONS]),
        "accounts": ACCOUNTS.make(accounts) if accounts else ACCOUNTS.empty(),
        "destinations": DESTINATIONS.make(pd.DataFrame(ends, columns=list(DESTINATIONS.columns))),
    }


def preview(people: Sequence[Person], grants: Mapping[str, tuple[str, ...]], mode: str) -> Preview:
    """Preview what becomes of these people's rights under a policy."""
    return preview_permissions(Permissions(mode=mode, grants=grants), **tables(people))


def changes(shown: Preview, change: str) -> set[tuple[str, str, str]]:
    """Return the gains, losses or kept grants as (login, action, place)."""
    rows = shown.changes[shown.changes["change"] == change]
    return set(zip(rows["credential"], rows["action"], rows["scope_id"], strict=True))


def _role(user_id: str, role: Role) -> dict[str, str]:
    blank = dict.fromkeys(ROLES.columns, "")
    return blank | {
        "user_id": user_id,
        "role": role.name,
        "legacy_id": "" if role.name == "student" else f"{user_id}-{role.name}",
        "staff_roles": join(role.staff_roles),
        "school": role.schools[0] if role.schools and role.name in ("teacher", "student") else "",
        "schools": join(role.schools),
    }


def _account(account_id: str, clever_id: str, word: str, status: str) -> dict[str, object]:
    blank: dict[str, object] = dict.fromkeys(ACCOUNTS.columns, "")
    return blank | {"account_id": account_id, "clever_id": clever_id, "role": word, "status": status, "rows": 0}
