"""Little districts at random, with every accident that real databases have, in reach of each other's ids and names."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.matching.small_district import DISTRICT, OTHER_DISTRICT

ROLES = ("student", "teacher", "staff", "district_admin", "contact")


@dataclass(frozen=True, slots=True)
class LittleDistrict:
    """Plain records; ids and clues hold the district's number, so that several can be matched in one call."""

    accounts: list[dict]
    users: list[dict]
    roles: list[dict]
    mapping: list[dict]
    former_ids: set[str]


def make_district(dice: Random, number: int, role_words: tuple[str, ...] = ROLES) -> LittleDistrict:
    """Return a district of a few users and accounts; its ids are so few that they collide."""
    v3 = [f"c{number:022x}{n}" for n in range(5)]
    old = [f"b{number:022x}{n}" for n in range(6)]
    clues = _Clues(dice, number)
    users = [_user(dice, clues, user_id) for user_id in v3 if dice.random() < 0.8]
    known = [user["user_id"] for user in users]
    roles = [role for user_id in known for role in _roles(dice, clues, user_id, old, role_words)]
    unshared = f"b{number:022x}9"
    ids = ["", *v3, *old, *old, unshared, f"a{number:022x}0", "not-an-id"]
    accounts = [row for n in range(dice.randint(0, 6)) for row in _account(dice, clues, f"{number:04d}-{n}", ids, v3)]
    mapping = [_line(dice, n, [*old, unshared, unshared], v3, role_words) for n in range(dice.choice([0, 0, 0, 2, 4]))]
    return LittleDistrict(accounts, users, roles, mapping, set(dice.sample(old + v3, 8)))


class _Clues:
    """The few e-mails, numbers and names of a district, most of them shared by somebody."""

    def __init__(self, dice: Random, number: int):
        self.dice, self.number = dice, number

    def draw(self, kind: str) -> str:
        """One clue, in one of its spellings, or a blank."""
        word = self.dice.choice(["", "", "ana", "bo", "cy", "dee"])
        if not word:
            return self.dice.choice(["", "  "])
        text = f"{word}{self.number}" + ("@d.example" if kind == "email" else "")
        return self.dice.choice([text, text, text.upper(), f" {text} "])

    def all(self) -> dict[str, str]:
        """The clues that accounts and roles have under the same names."""
        return {kind: self.draw(kind) for kind in ("sis_id", "number", "state_id")}


def _user(dice: Random, clues: _Clues, user_id: str) -> dict:
    district = dice.choices([DISTRICT, "", OTHER_DISTRICT], [18, 2, 1])[0]
    names = {"first": clues.draw("name"), "last": clues.draw("name")}
    return {"user_id": user_id, "district_id": district, "email": clues.draw("email"), **names}


def _roles(dice: Random, clues: _Clues, user_id: str, old: list[str], words: tuple[str, ...]) -> list[dict]:
    count = dice.choices([1, 2, 3], [12, 4, 1])[0]
    chosen = dice.sample(words, min(count, len(words)))
    if dice.random() < 0.8:
        employees = [word for word in chosen if word not in ("student", "contact")]
        chosen = employees or chosen[:1]
    return [
        {
            "user_id": user_id,
            "role": role,
            "legacy_id": dice.choice(["", user_id]) if role == "student" else dice.choice(["", *old]),
            **clues.all(),
        }
        for role in chosen
    ]


def _account(dice: Random, clues: _Clues, account_id: str, ids: list[str], v3: list[str]) -> list[dict]:
    shared = {
        "account_id": account_id,
        "role": dice.choice(["", *ROLES, *ROLES]),
        "email": clues.draw("email"),
        "name": f"{clues.draw('name')} {clues.draw('name')}",
        "district_id": dice.choices(["", DISTRICT, OTHER_DISTRICT], [10, 9, 1])[0],
        "v3_id": dice.choice(v3) if dice.random() < 0.15 else "",
        **clues.all(),
    }
    held = dice.sample(sorted(set(ids)), 2) if dice.random() < 0.15 else [dice.choice(ids)]
    marks = ["", "", "", "v2", "v3"]
    return [{**shared, "clever_id": held_id, "version": dice.choice(marks)} for held_id in held]


def _line(dice: Random, number: int, old: list[str], v3: list[str], words: tuple[str, ...]) -> dict:
    return {
        "line": number + 2,
        "legacy_id": dice.choice([*old, *v3, ""]),
        "user_id": dice.choice([*v3, ""]),
        "role": dice.choice(["", "", *words]),
        "district_id": dice.choices(["", DISTRICT, OTHER_DISTRICT], [5, 5, 1])[0],
        "fault": dice.choices(["", "conflicting_user", "malformed_user_id"], [8, 1, 1])[0],
    }
