"""What follows for one account, in sentences: what the plan does to it, and which rights change."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playbook.matching.reasons import Reason

_OUTCOMES = {
    "unchanged": "Nothing changes: the account's id is right as it is.",
    "linked": "The account gets the v3 id and stands alone.",
    "survivor": "The account has the v3 id from then on and answers for the person's other accounts as well.",
    "folded": "Another account of the same person answers for this one from then on.",
    "held": "Nothing is written until a person has decided.",
    "left": "Nothing is written: there is no user to link to.",
    "retired": "The account's old id is retired on the day that the district file names.",
}
SURVIVES = {
    "most_recent_login": "because it was signed in to last",
    "most_rows": "because most rows of other tables belong to it",
    "lowest_key": "because it has the lowest key",
    "active_first": "because it is the only one that is active",
    "already_v3": "because it has its v3 id already",
    "only_account": "because the person has one account",
    "reviewer": "because a reviewer chose it",
}
"""What each rule that chooses a survivor says of it."""
_CHOSEN_BEFORE = "as an earlier plan chose"
_TOLD = frozenset(Reason)
"""The reasons that a story gives before it comes to the plan."""
_VANISHED = {
    "role_not_shared": "Clever no longer shows: it ended, or is not shared with the application",
    "departed": "Clever no longer shows, nor anybody with this id",
}
_CHANGES = {"gain": "gains", "loss": "loses", "kept": "keeps"}


def tell_plan(account_id: str, destinations: pd.DataFrame | None) -> Iterator[str]:
    """Yield what the plan does to the account; nothing where there is no plan yet."""
    if destinations is None:
        return
    for row in destinations[destinations["account_id"] == account_id].to_dict("records"):
        yield _OUTCOMES[row["outcome"]]
        if row["outcome"] in ("survivor", "folded"):
            folded = destinations[
                (destinations["survivor_id"] == row["survivor_id"]) & (destinations["outcome"] == "folded")
            ]
            survives = _tell_choice([row["reason"], *folded["reason"]])
            if row["outcome"] == "folded":
                yield f"Account {row['survivor_id']} survives, {survives}."
            else:
                yield f"It survives, {survives}."
                yield f"It answers for {', '.join(folded['account_id'])} from then on."
        elif row["reason"] and row["reason"] not in _TOLD:
            yield f"The plan's reason is {row['reason']}."


def tell_rights(account_id: str, changes: pd.DataFrame | None) -> Iterator[str]:
    """Yield which rights change by the account or by its login; nothing where there is no preview yet."""
    if changes is None:
        return
    mine = changes[(changes["principal"] == account_id) | (changes["credential"] == account_id)]
    for row in mine.to_dict("records"):
        scope = f"{row['scope_kind']} {row['scope_id'] or '(nobody knows which any more)'}"
        what = f"{_CHANGES[row['change']]} {row['action']} in {scope}"
        why = f"{row['because']}, which {_VANISHED[row['reason']]}" if row["reason"] else row["because"]
        yield f"The login of account {row['credential']} {what}, because of {why}."


def _tell_choice(reasons: list[str]) -> str:
    """Return why a survivor was chosen: one that is on v3 already has no operation, so its group's others say it."""
    return next((SURVIVES[reason] for reason in reasons if reason in SURVIVES), _CHOSEN_BEFORE)
