"""What happens to each account: its match and its person's other accounts decide the operation. Pure.

Source: Clever's "Multi-role users": one user may stand for several old ids; students and contacts never combine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from playbook.district import Merge
from playbook.merging.survivors import Choice, choose_survivor, key_order

NEVER_COMBINED = frozenset({"student", "contact"})
LINKABLE = ("matched", "already_v3")
SUSPENDED = "suspended_in_group"
"""The check to acknowledge where the survivor's own status is to decide; until then such people are held."""
TOO_LARGE = "group_too_large"
"""The check to acknowledge where so many accounts may be merged at once; until then such people are held."""
MOST_ACCOUNTS = 100
"""A person with more accounts than this is no person, but an id that many share."""


def decide_accounts(
    members: pd.DataFrame, merge: Merge, *, chosen: Mapping[str, str], holds: Mapping[str, str]
) -> pd.DataFrame:
    """Return one row an operation: kind, group, account_id, user_id, role, survivor_id, old_id, reason, detail.

    Args:
        members: One row an account: its match (state, user_id, role, reason) beside its account columns.
        merge: The district's way to merge.
        chosen: For a user id, the account that a reviewer chose to survive.
        holds: For an account id, the reason for which it is held whatever else is known of it.
    """
    if merge.people == "start_fresh":
        return _frame(_retire(members, holds))
    linkable = members[members["state"].isin(LINKABLE) & (members["user_id"] != "")]
    several = linkable["user_id"].isin(linkable.loc[linkable["user_id"].duplicated(), "user_id"])
    alone = linkable[~several]
    is_held = alone["account_id"].isin(list(holds))
    to_link = alone[(alone["state"] == "matched") & (alone["role"] != "student") & ~is_held]
    links = _as_links(to_link)
    grouped = _frame(
        row
        for user_id, group in linkable[several].groupby("user_id", sort=True)
        for row in _decide_group(_records(group), merge, chosen.get(str(user_id), ""), holds)
    )
    undecided = members[members["state"].isin(["suggested", "tie", "conflict"])]
    held = _frame(_hold(row, holds.get(row["account_id"]) or row["reason"]) for row in _records(undecided))
    also = _frame(_hold(row, holds[row["account_id"]]) for row in _records(alone[is_held]))
    return pd.concat([grouped, links, held, also], ignore_index=True)


def _decide_group(
    members: list[dict[str, str]], merge: Merge, chosen: str, holds: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    """Decide about all accounts of one user at once: together or not at all."""
    reason = _why_held(members, merge, holds)
    if reason:
        yield from (_hold(member, reason) for member in members)
    elif merge.people == "role_accounts":
        for member in members:
            if member["state"] == "matched":
                yield _row("link", member, reason="shares_user_id")
    else:
        yield from _consolidate(members, merge, choose_survivor(members, merge.survivor, chosen=chosen))


def _consolidate(members: list[dict[str, str]], merge: Merge, choice: Choice) -> Iterator[dict[str, object]]:
    """Fold a person's accounts into the chosen one, unless more rows would move than one transaction may lock."""
    moved = sum(int(member["rows"]) for member in members if member["account_id"] != choice.account_id)
    if merge.fold == "move" and moved > merge.max_rows:
        yield from (_hold(member, TOO_LARGE) for member in members)
        return
    for member in sorted(members, key=lambda m: (m["account_id"] != choice.account_id, key_order(m))):
        survives = member["account_id"] == choice.account_id
        if survives and member["state"] == "already_v3":
            continue
        yield _row(
            "link" if survives else merge.fold,
            member,
            group=choice.account_id,
            survivor_id="" if survives else choice.account_id,
            reason=choice.rule,
            detail=choice.because,
        )


def _why_held(members: list[dict[str, str]], merge: Merge, holds: Mapping[str, str]) -> str:
    roles = [str(member["role"]) for member in members]
    if NEVER_COMBINED & set(roles):
        return "never_combined"
    if reasons := sorted(holds[str(m["account_id"])] for m in members if m["account_id"] in holds):
        return reasons[0]
    districts = {str(member["district_id"]) for member in members} - {""}
    if len(districts) > 1:
        return "other_district"
    if merge.people == "role_accounts" and len(set(roles)) < len(roles):
        return "same_role_twice"
    if merge.people == "consolidate" and SUSPENDED not in merge.acknowledge and has_suspended(members):
        return SUSPENDED
    if merge.people == "consolidate" and TOO_LARGE not in merge.acknowledge and len(members) > MOST_ACCOUNTS:
        return TOO_LARGE
    return ""


def has_suspended(members: list[dict[str, str]]) -> bool:
    """Say whether a suspended account stands beside one that is not: merging would let the person in again."""
    return len({member["status"] == "suspended" for member in members}) > 1


def _retire(members: pd.DataFrame, holds: Mapping[str, str]) -> Iterator[dict[str, object]]:
    """Students keep their id, so only other people's old ids are retired; an unknown role is never guessed."""
    concerned = members[(members["clever_id"] != "") & (members["state"] != "already_v3")]
    for member in _records(concerned):
        role = member["role"] or member["account_role"]
        if role == "student":
            continue
        reason = holds.get(member["account_id"], "" if role else "role_unknown")
        yield _hold(member, reason) if reason else _row("retire", member, user_id="", reason="start_fresh")


def _as_links(alone: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": "link",
            "group": alone["account_id"],
            "account_id": alone["account_id"],
            "user_id": alone["user_id"],
            "role": alone["role"],
            "survivor_id": "",
            "old_id": alone["clever_id"],
            "reason": "only_account",
            "detail": "",
        }
    )


def _hold(member: Mapping[str, object], reason: str) -> dict[str, object]:
    return _row("hold", member, reason=reason or "undecided")


def _row(kind: str, member: Mapping[str, object], **values: object) -> dict[str, object]:
    return {
        "kind": kind,
        "group": member["account_id"],
        "account_id": member["account_id"],
        "user_id": member["user_id"],
        "role": member["role"],
        "survivor_id": "",
        "old_id": member["clever_id"],
        "reason": "",
        "detail": "",
    } | values


def _records(table: pd.DataFrame) -> list[dict[str, str]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _frame(rows: Iterator[dict[str, object]]) -> pd.DataFrame:
    columns = ("kind", "group", "account_id", "user_id", "role", "survivor_id", "old_id", "reason", "detail")
    return pd.DataFrame(list(rows), columns=list(columns))
