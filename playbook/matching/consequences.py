"""What follows for one account, in sentences: what the plan does to it, and which rights change."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

_OUTCOMES = {
    "unchanged": "Nothing changes: the account's id is right as it is.",
    "linked": "The account gets the v3 id and stands alone.",
    "survivor": "The account gets the v3 id and answers for the person's other accounts as well.",
    "folded": "Another account of the same person answers for this one from then on.",
    "held": "Nothing is written until a person has decided.",
    "left": "Nothing is written: there is no user to link to.",
    "retired": "The account's old id is retired on the day that the district file names.",
}
_CHANGES = {"gain": "gains", "loss": "loses", "kept": "keeps"}


def tell_plan(account_id: str, destinations: pd.DataFrame | None) -> Iterator[str]:
    """Yield what the plan does to the account; nothing where there is no plan yet."""
    if destinations is None:
        return
    for row in destinations[destinations["account_id"] == account_id].to_dict("records"):
        yield _OUTCOMES[row["outcome"]]
        if row["outcome"] == "survivor":
            yield f"It survives by the rule {row['reason']}."
            folded = destinations[(destinations["survivor_id"] == account_id) & (destinations["outcome"] == "folded")]
            yield f"It answers for {', '.join(folded['account_id'])} from then on."
        elif row["outcome"] == "folded":
            yield f"Account {row['survivor_id']} survives, by the rule {row['reason']}."
        elif row["reason"]:
            yield f"The plan's reason is {row['reason']}."


def tell_rights(account_id: str, changes: pd.DataFrame | None) -> Iterator[str]:
    """Yield which rights change by the account or by its login; nothing where there is no preview yet."""
    if changes is None:
        return
    mine = changes[(changes["principal"] == account_id) | (changes["credential"] == account_id)]
    for row in mine.to_dict("records"):
        scope = f"{row['scope_kind']} {row['scope_id']}".strip()
        what = f"{_CHANGES[row['change']]} {row['action']} in {scope}"
        yield f"The login of account {row['credential']} {what}, because of {row['because']}."
