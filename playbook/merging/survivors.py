"""Which of a person's accounts answers afterwards: ordered rules, each of which can say why in words.

The first rule under which one account stands alone decides; a rule that leaves several standing passes them on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Member = Mapping[str, object]
"""One account of a group: account_id, last_login, rows, status, state."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The account that answers, and why.

    Attributes:
        rule: The rule that decided; `only_account` where there was nothing to choose.
        because: One sentence that a support person can read out; it names no person.
    """

    account_id: str
    rule: str
    because: str


def choose_survivor(members: Sequence[Member], rules: Sequence[str], *, chosen: str = "") -> Choice:
    """Choose the account that answers for a person.

    Args:
        members: The person's accounts, at least one.
        rules: Names of `SURVIVOR_RULES`, the first one first; the lowest key decides where all of them tie.
        chosen: The account that a reviewer named; it wins where it is one of them.
    """
    by_id = {str(member["account_id"]): member for member in members}
    if chosen in by_id:
        return Choice(chosen, "reviewer", "a reviewer chose it")
    standing = sorted(by_id.values(), key=key_order)
    if len(standing) == 1:
        return Choice(str(standing[0]["account_id"]), "only_account", "the person has one account")
    for rule in (*rules, "lowest_key"):
        rank, sentence = _RULES[rule]
        best = max(rank(member) for member in standing)
        left = [member for member in standing if rank(member) == best]
        if len(left) == 1:
            return Choice(str(left[0]["account_id"]), rule, sentence)
        standing = left
    raise AssertionError("two accounts share a key")


def key_order(member: Member) -> tuple[int, int, str]:
    """Order keys as their database does: numbers by value, everything else as text after them."""
    key = str(member["account_id"])
    return (0, int(key), key) if key.isascii() and key.isdigit() else (1, 0, key)


def _lowest(member: Member) -> tuple[int, int, tuple[int, ...]]:
    # The lowest key must rank highest: turn every part round, the text by its characters.
    kind, number, text = key_order(member)
    return (-kind, -number, (*(-ord(character) for character in text), 1))


_RULES: Mapping[str, tuple[Callable[[Member], Any], str]] = {
    "most_recent_login": (lambda member: str(member["last_login"]), "it was signed in to last"),
    "most_rows": (lambda member: int(str(member["rows"])), "most rows of other tables belong to it"),
    "lowest_key": (_lowest, "it has the lowest key"),
    "active_first": (lambda member: member["status"] in ("active", ""), "it is the only one that is active"),
    "already_v3": (lambda member: member["state"] == "already_v3", "it has its v3 id already"),
}
