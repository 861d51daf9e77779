"""A second opinion on the whole road, for a district small enough to be looked at person by person.

It says from Clever's raw JSON and the vendor's raw rows what must become of every account, who must answer every
sign-in, and what every login may do. It knows Clever's published rules and the district file, and none of the
playbook's code; it is slow, plain and meant to be read.
Source: https://dev.clever.com/docs/api-v3-upgrade-guide, /multi-role-users-in-clever, /users and /onboarding
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.road.raw import Row, World

KINDS = {"student": "student", "teacher": "teacher", "school_admin": "staff", "district_admin": "district_admin"}
KINDS["contact"] = "contact"
"""The application's role words in Clever's v3 words."""

EMPLOYEES = {"teacher", "staff", "district_admin"}
"""The only roles that Clever ever combines in one user."""

SIS_FIELD = {"student": "sis_id", "teacher": "sis_id", "staff": "staff_id", "contact": "sis_id"}
"""Where a role keeps what the application calls `sis_id`; district admins have nothing like it."""

WAITING = ("suggested", "tie", "conflict")
NOBODY = frozenset([""])


@dataclass(frozen=True)
class Expected:
    """What must be said of one account.

    Attributes:
        state: One of the six states.
        user_id: The user, where the state is certain, or the one that is suggested.
        role: The user's role that the account stands for, where the state is certain.
    """

    state: str
    user_id: str = ""
    role: str = ""


@dataclass(frozen=True)
class Answer:
    """Who may answer one sign-in, and what may be said of it.

    Several accounts only where two of them hold the same old id; several verdicts only where nobody has an account yet
    and one is suggested.
    """

    before: frozenset[str]
    after: frozenset[str]
    verdicts: frozenset[str]


@dataclass
class Oracle:
    """The second opinion on one world.

    Attributes:
        world: Both sides, raw.
        people: consolidate or role_accounts.
        states: For every account what must be said of it; derived, unless a test puts its own there.
    """

    world: World
    people: str = "consolidate"
    states: dict[str, Expected] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.users = {user["id"]: user for user in self.world.users}
        self.accounts = {account["id"]: account for account in self.world.accounts}
        self.old_ids = _old_ids(self.world.users)
        self.holders = _holders(self.world)
        self.mailboxes = _mailboxes(self.world.users)
        if not self.states:
            self.states = {account["id"]: self._state(account) for account in self.world.accounts}

    def _state(self, account: Row) -> Expected:
        """An id decides; without one, SIS id, number and e-mail suggest; another district's people are none of ours."""
        known = self._by_id(account)
        if account["district_id"] not in ("", self.world.district_id):
            return Expected("conflict" if known else "unmatched")
        if known and known.state != "conflict" and len(self.holders[account["clever_id"]]) > 1:
            return Expected("tie")
        return known or self._by_suggestion(account)

    def _by_id(self, account: Row) -> Expected | None:
        """Ids are compared whole. A student keeps hers; every other role's old id is that role's `legacy_id`.

        Where the application calls the holder of that id by another role, two sources contradict each other; so they do
        where it calls the holder of an employee's new id a student or a contact, who combine with nobody.
        """
        held, own_role = account["clever_id"], KINDS.get(account["kind"], "")
        if held in self.old_ids:
            user_id, role = self.old_ids[held]
            return Expected("matched", user_id, role) if own_role in ("", role) else Expected("conflict")
        if held in self.users:
            roles = list(self.users[held]["roles"])
            if own_role not in ("", *roles) and not {own_role, *roles} <= EMPLOYEES:
                return Expected("conflict")
            return Expected("already_v3", held, own_role if own_role in roles else roles[0] if len(roles) == 1 else "")
        return None

    def _by_suggestion(self, account: Row) -> Expected:
        """Whoever every trace leads to is suggested; a person decides where it leads to several or is not hers.

        E-mail crosses roles only where Clever itself joins by it: among employees. An empty one says nothing.
        """
        role = KINDS.get(account["kind"], "")
        kin = EMPLOYEES if role in EMPLOYEES else {role}
        readers = set(self.mailboxes.get(account["email"].strip().casefold(), ()))
        found = self._by_sis(account, role) | readers
        if len(readers) > 1 or any(not kin & set(self.users[reader]["roles"]) for reader in readers):
            return Expected("conflict")
        if len(found) > 1:
            return Expected("tie")
        return Expected("suggested", found.pop()) if found else Expected("unmatched")

    def _by_sis(self, account: Row, role: str) -> set[str]:
        column = SIS_FIELD.get(role, "")
        if not column or not account["sis_id"]:
            return set()
        return {
            user["id"]
            for user in self.world.users
            if role in user["roles"] and user["roles"][role].get(column) == account["sis_id"]
        }

    def persons(self) -> dict[str, list[str]]:
        """Return for every user who is no student the accounts that are certainly hers."""
        groups: dict[str, list[str]] = defaultdict(list)
        for account_id, expected in self.states.items():
            if expected.state in ("matched", "already_v3") and expected.role != "student":
                groups[expected.user_id].append(account_id)
        return dict(groups)

    def survivor(self, account_ids: Sequence[str]) -> str:
        """Most recent login, then most rows, then lowest key: the district file's rule."""

        def rank(account_id: str) -> tuple[str, int, int]:
            account = self.accounts[account_id]
            return account["last_login"], account["rows"], -int(account_id)

        return max(account_ids, key=rank)

    def destinations(self) -> dict[str, tuple[str, str]]:
        """Return for every account what becomes of it, and which account answers for it afterwards."""
        found = {account_id: (self._alone(state), account_id) for account_id, state in self.states.items()}
        for members in self.persons().values():
            if len(members) > 1 and self._needs_a_person(members):
                found |= {member: ("held", member) for member in members}
            elif len(members) > 1 and self.people == "consolidate":
                survivor = self.survivor(members)
                found |= dict.fromkeys(members, ("folded", survivor))
                found[survivor] = ("survivor", survivor)
        return found

    def _needs_a_person(self, members: Sequence[str]) -> bool:
        """Say whether a person's several accounts wait for a decision.

        Contacts are never combined; folding a suspended account would lift the suspension, or lose a working login;
        and accounts that stay apart are told apart by their role, so there is one of each.
        """
        roles = [self.states[member].role for member in members]
        if self.people == "role_accounts":
            return len(set(roles)) < len(roles)
        return "contact" in roles or any(self.accounts[member]["status"] != "active" for member in members)

    def _alone(self, expected: Expected) -> str:
        if expected.state in WAITING:
            return "held"
        if expected.state == "unmatched":
            return "left"
        return "unchanged" if expected.state == "already_v3" or expected.role == "student" else "linked"

    def sign_ins(self) -> dict[tuple[str, str], Answer]:
        """Return for every (user, role) which account answers today and after the cut-over."""
        destinations = self.destinations()
        return {
            (user["id"], role): self._answer(user["id"], role, old_id(user, role), destinations)
            for user in self.world.users
            for role in user["roles"]
        }

    def _answer(self, user_id: str, role: str, old: str, destinations: Mapping[str, tuple[str, str]]) -> Answer:
        holders = frozenset(self.holders.get(old) or self._holding(Expected("already_v3", user_id, role)))
        if not holders:
            is_awaited = bool(self._holding(Expected("suggested", user_id)))
            return Answer(NOBODY, NOBODY, frozenset(("new", "held") if is_awaited else ("new",)))
        after = frozenset(destinations[key][1] for key in holders)
        if any(self.accounts[key]["status"] != "active" for key in after):
            verdict = "blocked"
        elif any(destinations[key][0] == "held" for key in holders):
            verdict = "held"
        else:
            verdict = "same" if after == holders else "merged"
        return Answer(holders, after, frozenset([verdict]))

    def _holding(self, expected: Expected) -> list[str]:
        return [key for key, said in self.states.items() if said == expected]


def old_id(user: Row, role: str) -> str:
    """Return the id that v2 knows a user's role by: a student's own, every other role's `legacy_id`."""
    return str(user["id"] if role == "student" else user["roles"][role].get("legacy_id", "")).lower()


def _old_ids(users: Sequence[Row]) -> dict[str, tuple[str, str]]:
    return {old_id(user, role): (user["id"], role) for user in users for role in user["roles"] if old_id(user, role)}


def _holders(world: World) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for account in world.accounts:
        if account["clever_id"]:
            found[account["clever_id"]].append(account["id"])
    return dict(found)


def _mailboxes(users: Sequence[Row]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for user in users:
        if user.get("email"):
            found[user["email"].strip().casefold()].append(user["id"])
    return dict(found)
