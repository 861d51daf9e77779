"""What apply and undo left as it was, by reason: what each code says, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from playbook.accounts.refusals import find_kind
from playbook.applying.result import Refusal
from playbook.sharing.summary import CountTable

REPLAN = "Match and plan again; preview and approve that plan."
AGAIN = "Run the same command again."

_EXPLANATIONS = MappingProxyType(
    {
        "changed": ("The row is no longer what the plan saw.", REPLAN),
        "row_missing": ("A row that the plan names is gone.", REPLAN),
        "v3_id_taken": ("Another account holds this v3 id by now.", REPLAN),
        "survivor_folded": ("The account to fold into was folded itself.", REPLAN),
        "racing_rows": ("Rows came or went while the group was written.", AGAIN),
        "too_many_rows": (
            "The group has more rows to move than one transaction may hold locked.",
            'Raise [merge] max_rows and plan again, or fold = "alias": then no row moves.',
        ),
        "unique_collision": (
            "Both accounts have a row where the unique index allows one.",
            'Say what becomes of the other row, and plan again: [merge.unique] "TABLE.COLUMNS" = "keep_survivor".',
        ),
        "suffix_too_long": (
            "The column has no room for the suffix that the rule of [merge.unique] puts behind the value.",
            'Give the column the rule "null" or "keep", or make it wider; and plan again.',
        ),
        "suffix_taken": (
            "Another account has what the rule of [merge.unique] would leave there: the value with its suffix.",
            'Give the column the rule "null" or "keep", or settle the other account; and plan again.',
        ),
        "unique_violation": (
            "The database lets the named unique index hold one of two rows, and no rule of [merge.unique] reaches it: "
            "it has no room for a new id beside the old, is over some rows only (such as WHERE deleted_at IS NULL), "
            "over an expression, or compares loosely.",
            "Settle the two rows in the application and run the same command again; where an account is allowed one "
            "credential, let the index hold the version or the id too, and plan again; where rows move, write "
            'fold = "alias" and plan again.',
        ),
        "place_taken": ("Another row stands where a removed one was.", "Move that row away, or leave this group."),
        "journal_altered": (
            "What the journal keeps of this group was altered.",
            "Look into who wrote to playbook_journal; restore it from a backup, then undo again.",
        ),
        "changed_since": ("A user changed it since; that is kept.", "Nothing, if the new value is right."),
        "kept": ("A user changed it since; that is kept.", "Nothing, if the new value is right."),
    }
)


def explain(code: str) -> tuple[str, str]:
    """Return what a code says of the rows that were left alone, and what to do."""
    if found := _EXPLANATIONS.get(code):
        return found
    kind = find_kind(code)
    return f"{kind.what[:1].upper()}{kind.what[1:]}.", kind.remedy


def _explained(code: str, columns: str) -> tuple[str, str]:
    """Return the same for rows of one index, which the remedy then names."""
    what, remedy = explain(code)
    return what, remedy.replace("TABLE.COLUMNS", columns or "TABLE.COLUMNS")


def count_refusals(refusals: Sequence[Refusal]) -> CountTable:
    """Return the table of what was left as it was: by code and columns, how many actions, and what to do."""
    counts: dict[tuple[str, str], int] = {}
    for refusal in refusals:
        key = (refusal.code, ", ".join(refusal.columns))
        counts[key] = counts.get(key, 0) + 1
    rows = tuple((code, at, count, *_explained(code, at)) for (code, at), count in sorted(counts.items()))
    return CountTable("Left as they are", ("code", "columns", "actions", "what it says", "what to do"), rows)
