"""Watch after the cut-over: v3 ids are not for ever, and some path still writes v2 ids.

Two snapshots are compared by the old ids, which say who is who when a user id changes, and the accounts with both.
Clever issues a new user id after 300 days of absence, when an SIS id changes, and when a changed e-mail merges or
splits employees.

Source: https://dev.clever.com/docs/users, https://dev.clever.com/docs/data-model-quirks-and-supported-features-district-integrations
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from playbook.tables import TEXT, Contract

CODES: Mapping[str, str] = {
    "reissued": "the person has a new user id, and the old one is gone: store the new one",
    "merged": "two users became one: the accounts of both belong together, so plan again",
    "split": "one user became two: take the old id's account from the first, so plan again",
    "reissue_suspected": "a new user has the SIS id of one who is gone: a person must decide",
    "role_added": "a user has a further role: check the rights",
    "role_removed": "a user has a role less: the rights of that role end",
    "departed": "the user is gone, and no old id of theirs stands elsewhere",
    "v2_id_written": "an account that the plan did not know holds a v2 id only: some path still writes them",
    "v3_id_lost": "an account that the plan linked holds no v3 id any more",
    "v3_id_unknown": "an account holds a v3 id that the snapshot does not know",
}
"""What the watch finds, and what to do about it."""

ACTING = frozenset(CODES) - {"departed", "role_removed"}
"""Findings that somebody must do something about."""

WATCH = Contract(
    "watch",
    {
        "code": "text",
        "user_id": "text",  # the user who lives now; the one who is gone where nobody took over
        "role": "text",
        "other_user_id": "text",  # the user id from before
        "account_id": "text",
    },
    sort=("code", "user_id", "role", "other_user_id", "account_id"),
    codes={"code": frozenset(CODES)},
)


@dataclass(frozen=True, slots=True)
class Watched:
    """What changed since the cut-over.

    Attributes:
        findings: By the contract `WATCH`.
        counts: How many findings of each code, every code named.
        fallbacks: How often the application's sign-in fell back to a legacy id since the last look; -1 where unknown.
        verdict: "quiet", or "act" where somebody must do something.
        is_fallback_idle: True where the fall-back was counted and never needed.
    """

    findings: pd.DataFrame
    counts: Mapping[str, int]
    fallbacks: int
    verdict: Literal["quiet", "act"]

    @property
    def is_fallback_idle(self) -> bool:
        """True where the fall-back was counted and never needed: a step towards taking it out."""
        return self.fallbacks == 0


def watch(
    roles_before: pd.DataFrame,
    roles_now: pd.DataFrame,
    accounts: pd.DataFrame,
    destinations: pd.DataFrame,
    *,
    fallbacks: int = -1,
) -> Watched:
    """Return what changed since the cut-over, and what to do about it.

    Args:
        roles_before: One row a (user, role), by the contract ROLES, as the plan saw them.
        roles_now: The same, freshly read.
        accounts: One row an (account, Clever identity), by the contract ACCOUNTS, freshly read.
        destinations: What the plan did to each account, by the contract DESTINATIONS.
        fallbacks: The application's counter `by_legacy_id` (see `playbook.cutover.reconcile`); -1 where unknown.

    Returns:
        The findings, sorted; they name ids and never a person.
    """
    found = pd.concat(
        [
            *_moved(roles_before, roles_now),
            *_changed(roles_before, roles_now),
            *_written(accounts, roles_now, destinations),
        ],
        ignore_index=True,
    )
    findings = WATCH.make(found.reindex(columns=list(WATCH.columns)).fillna("").drop_duplicates())
    counts = findings["code"].value_counts()
    return Watched(
        findings=findings,
        counts={code: int(counts.get(code, 0)) for code in CODES},
        fallbacks=fallbacks,
        verdict="act" if findings["code"].isin(list(ACTING)).any() or fallbacks > 0 else "quiet",
    )


def _moved(before: pd.DataFrame, now: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the old ids that stand under another user id now."""
    old = before.loc[before["legacy_id"] != "", ["legacy_id", "user_id"]].rename(columns={"user_id": "other_user_id"})
    moved = now.merge(old, on="legacy_id")
    moved = moved[moved["user_id"] != moved["other_user_id"]]
    lives_on = moved["other_user_id"].isin(now["user_id"])
    was_there = moved["user_id"].isin(before["user_id"])
    gathers = moved.groupby("user_id")["other_user_id"].transform("nunique") > 1
    yield _findings(moved[lives_on & ~was_there], "split")
    yield _findings(moved[was_there | (gathers & ~lives_on)], "merged")
    yield _findings(moved[~lives_on & ~was_there & ~gathers], "reissued")


def _changed(before: pd.DataFrame, now: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield who is gone, who may be somebody gone under a new id, and whose roles changed under the same id."""
    gone = before[~before["user_id"].isin(now["user_id"])]
    gone = gone[(gone["legacy_id"] == "") | ~gone["legacy_id"].isin(now["legacy_id"])]
    known = before.loc[before["legacy_id"] != "", "legacy_id"]
    new = now[~now["user_id"].isin(before["user_id"]) & ~now["legacy_id"].isin(known)]
    numbered = gone.loc[gone["sis_id"] != "", ["role", "sis_id", "user_id"]].rename(
        columns={"user_id": "other_user_id"}
    )
    yield _findings(new[["user_id", "role", "sis_id"]].merge(numbered, on=["role", "sis_id"]), "reissue_suspected")
    yield _findings(gone[["user_id", "role"]], "departed")
    key = ["user_id", "role"]
    both = before[key].merge(now[key], on=key, how="outer", indicator=True)
    stays = both["user_id"].isin(before["user_id"]) & both["user_id"].isin(now["user_id"])
    yield _findings(both[stays & (both["_merge"] == "right_only")], "role_added")
    yield _findings(both[stays & (both["_merge"] == "left_only")], "role_removed")


def _written(accounts: pd.DataFrame, now: pd.DataFrame, destinations: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the accounts whose ids are not what the plan left behind."""
    legacy = now.loc[now["legacy_id"] != "", ["legacy_id", "user_id", "role"]]
    stored = accounts[["account_id", "clever_id", "v3_id"]]
    is_on_v3 = (stored["v3_id"] != "") | stored["clever_id"].isin(now["user_id"])
    on_v3 = set(stored.loc[is_on_v3, "account_id"])
    late = stored[~stored["account_id"].isin([*destinations["account_id"], *on_v3])]
    yield _findings(late.merge(legacy, left_on="clever_id", right_on="legacy_id"), "v2_id_written")
    linked = destinations[destinations["outcome"].isin(["linked", "survivor"]) & (destinations["role"] != "student")]
    lost = linked[linked["account_id"].isin(stored["account_id"]) & ~linked["account_id"].isin(on_v3)]
    yield _findings(lost[["account_id", "user_id", "role"]], "v3_id_lost")
    unknown = stored[(stored["v3_id"] != "") & ~stored["v3_id"].isin(now["user_id"])]
    yield _findings(unknown[["account_id", "v3_id"]].rename(columns={"v3_id": "other_user_id"}), "v3_id_unknown")


def _findings(rows: pd.DataFrame, code: str) -> pd.DataFrame:
    return rows.reindex(columns=["user_id", "role", "other_user_id", "account_id"]).assign(code=code).astype(TEXT)
